"""What must be true of every score. `faults` says what is not, in words; a good score has none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import TICKS, Chord, Note, Part, PitchClass, Role, Score, SectionKind, Sung, Ticks

IN_KEY, ON_CHORD, PART_IN_KEY = 0.95, 0.8, 0.85
"""Shares of the melody's notes, of those on strong beats, and of a part's notes."""

OCTAVE, WIDE, STEP = 12, 7, 2
"""Semitones: the widest leap; from where one must come back; by how much."""

_UNPITCHED = frozenset({Role.DRUMS, Role.PERCUSSION, Role.EFFECTS})
_FEW = 8
_KEYS = range(128)
_VELOCITIES = range(1, 128)


def faults(score: Score) -> list[str]:
    """What is wrong with a score; nothing where all is well."""
    return [fault for check in _CHECKS for fault in check(score)]


def tune_of(score: Score) -> tuple[Sung | Note, ...]:
    """The melody: what is sung, else what the lead plays, where that is one note at a time."""
    if score.vocal is not None:
        return score.vocal.lead
    lead = next((part.notes for part in score.parts if part.role is Role.LEAD), ())
    alone = all(before.start + before.length <= after.start for before, after in pairwise(lead))
    return lead if alone else ()


def in_key_share(score: Score) -> float:
    """How many of the melody's notes are in the key, or explained: the chord's own, or short ones in passing."""
    tune = tune_of(score)
    explained = [_explained(score, tune, place) for place in range(len(tune))]
    return sum(explained) / len(explained) if explained else 1.0


def on_chord_share(score: Score) -> float:
    """How many of the melody's notes on strong beats belong to the chord."""
    strong = [note for note in tune_of(score) if strength(score.meter, note.start) >= STRONG]
    chords = _chords_at(score, (note.start for note in strong))
    fitting = sum(note.pitch % OCTAVE in chord.pitch_classes() for note, chord in zip(strong, chords, strict=True))
    return fitting / len(strong) if strong else 1.0


def doubled(score: Score) -> Iterator[Ticks]:
    """Where melody and bass arrive in octaves: at one change of chord and the next, both going the same way."""
    tune = {note.start: note.pitch for note in tune_of(score)}
    bass = {note.start: note.pitch for part in score.parts if part.role is Role.BASS for note in part.notes}
    for before, after in pairwise(score.chords):
        if not {before.start, after.start} <= tune.keys():
            continue
        lows = [bass.get(chord.start, chord.root if chord.bass is None else chord.bass) for chord in (before, after)]
        high = [tune[before.start], tune[after.start]]
        moved = lows[0] % OCTAVE != lows[1] % OCTAVE
        if moved and all((one - other) % OCTAVE == 0 for one, other in zip(high, lows, strict=True)):
            played = {before.start, after.start} <= bass.keys()
            if not played or (high[1] - high[0]) * (lows[1] - lows[0]) > 0:
                yield after.start


def _sections(score: Score) -> Iterator[str]:
    bar = 0
    for place, section in enumerate(score.sections):
        if section.first_bar != bar or section.bars < 1:
            yield f"section {place} does not begin where the one before it ends"
        bar = section.first_bar + section.bars
        like = score.sections[section.like] if section.like is not None and section.like < place else None
        if section.like is not None and (like is None or (like.kind, like.bars) != (section.kind, section.bars)):
            yield f"section {place} is like one that it cannot be like"


def _chords(score: Score) -> Iterator[str]:
    at = 0
    for chord in score.chords:
        if chord.start != at or chord.length < 1:
            yield f"the chord at {chord.start} leaves a gap or overlaps"
        at = chord.end
    if at != score.end:
        yield "the chords do not end where the song ends"


def _repeats(score: Score) -> Iterator[str]:
    for place, section in enumerate(score.sections):
        if section.like is not None and _shape(score, section.like) != _shape(score, place):
            yield f"section {place} has other chords than the one it is like"


def _shape(score: Score, place: int) -> list[tuple[int, int, PitchClass, tuple[int, ...], PitchClass | None]]:
    """A section's chords, counted from its beginning."""
    start, end = _bounds(score, place)
    return [
        (max(0, chord.start - start), min(end, chord.end) - start, chord.root, chord.intervals, chord.bass)
        for chord in score.chords
        if chord.start < end and chord.end > start
    ]


def _bounds(score: Score, place: int) -> tuple[int, int]:
    section = score.sections[place]
    return section.first_bar * score.meter.bar, (section.first_bar + section.bars) * score.meter.bar


def _harmony_of_tune(score: Score) -> Iterator[str]:
    if (share := in_key_share(score)) < IN_KEY:
        yield f"only {share:.0%} of the melody is in the key or explained"
    strong = [note for note in tune_of(score) if strength(score.meter, note.start) >= STRONG]
    if len(strong) >= _FEW and (share := on_chord_share(score)) < ON_CHORD:
        yield f"only {share:.0%} of the melody's strong beats are on chord tones"


def _explained(score: Score, tune: Sequence[Sung | Note], place: int) -> bool:
    note = tune[place]
    allowed = {*score.key.scale(), *score.chord_at(note.start).pitch_classes()}
    if note.pitch % OCTAVE in allowed:
        return True
    beside = [tune[near].pitch for near in (place - 1, place + 1) if 0 <= near < len(tune)]
    return note.length <= TICKS // 2 and all(abs(note.pitch - pitch) <= STEP for pitch in beside)


def _leaps(score: Score) -> Iterator[str]:
    for before, after in pairwise(tune_of(score)):
        handed_over = isinstance(before, Sung) and isinstance(after, Sung) and before.singer != after.singer
        if not handed_over and abs(after.pitch - before.pitch) > OCTAVE:
            yield f"the melody leaps over an octave at {after.start}"
    if score.vocal is not None:
        for phrase in _phrases(score):
            yield from _unresolved(phrase)


def _phrases(score: Score) -> list[list[Sung]]:
    vocal = score.vocal
    if vocal is None:
        return []
    phrases: dict[int, list[Sung]] = {}
    for note in vocal.lead:
        if note.word < len(vocal.words):
            phrases.setdefault(vocal.words[note.word].line, []).append(note)
    return list(phrases.values())


def _unresolved(phrase: Sequence[Sung]) -> Iterator[str]:
    moves = [(after.start, after.pitch - before.pitch) for before, after in pairwise(phrase)]
    moves = [move for move in moves if move[1]]
    for place, (start, leap) in enumerate(moves):
        following = moves[place + 1][1] if place + 1 < len(moves) else 0
        if abs(leap) > WIDE and not (following * leap < 0 and abs(following) <= STEP):
            yield f"the leap at {start} is not followed by a step back"


def _singable(score: Score) -> Iterator[str]:
    vocal = score.vocal
    if vocal is None:
        return
    for number, voice in enumerate((vocal.lead, *vocal.harmonies)):
        for note in voice:
            singer = vocal.singers[note.singer]
            if not singer.lowest <= note.pitch <= singer.highest:
                yield f"voice {number} leaves the singer's range at {note.start}"
        for before, after in pairwise(voice):
            if before.start + before.length > after.start:
                yield f"voice {number} sings two notes at once at {after.start}"
        if any(note.start < 0 or note.length < 1 or note.start + note.length > score.end for note in voice):
            yield f"voice {number} sings outside of the song"


def _words(score: Score) -> Iterator[str]:
    vocal = score.vocal
    if vocal is None:
        return
    begun = [note.word for note in vocal.lead if note.phonemes]
    if any(before > after for before, after in pairwise(begun)):
        yield "the words are not sung in order"
    if set(begun) != set(range(len(vocal.words))):
        yield "not all words are sung"
    if any(before.word != after.word for before, after in pairwise(vocal.lead) if not after.phonemes):
        yield "a held note has another word than the note before it"
    if any(note.phonemes and not 0 <= note.vowel < len(note.phonemes) for note in vocal.lead):
        yield "a syllable has no vowel"
    if any(before.line > after.line for before, after in pairwise(vocal.words)):
        yield "the lines are not in order"


def _choruses(score: Score) -> Iterator[str]:
    for place, section in enumerate(score.sections):
        if section.kind is SectionKind.CHORUS and section.like is not None:
            one, other = _tune_in(score, section.like), _tune_in(score, place)
            if one and other and not (_agrees(one, other) and _agrees(other, one)):
                yield f"section {place} has another tune than the chorus it repeats"


def _tune_in(score: Score, place: int) -> list[tuple[int, int, int]]:
    """The melody of a section: start, end and pitch, counted from its beginning."""
    start, end = _bounds(score, place)
    return [
        (note.start - start, note.start + note.length - start, note.pitch)
        for note in tune_of(score)
        if start <= note.start < end
    ]


def _agrees(one: Sequence[tuple[int, int, int]], other: Sequence[tuple[int, int, int]]) -> bool:
    """Whether wherever a note of one begins the other is silent or has the same pitch."""
    return all(pitch == sounding for start, _, pitch in one for begin, end, sounding in other if begin <= start < end)


def _octaves(score: Score) -> Iterator[str]:
    return (f"melody and bass go in octaves at {tick}" for tick in doubled(score))


def _parts(score: Score) -> Iterator[str]:
    for part in score.parts:
        name = f"{part.role} ({part.instrument})"
        if any((a.start, a.pitch) > (b.start, b.pitch) for a, b in pairwise(part.notes)):
            yield f"{name}: notes are not in order"
        if any(not 0 <= note.start < score.end or note.length < 1 for note in part.notes):
            yield f"{name}: notes lie outside of the song"
        if any(note.pitch not in _KEYS or note.velocity not in _VELOCITIES for note in part.notes):
            yield f"{name}: there are keys or velocities that MIDI has not"
        if part.role not in _UNPITCHED and _part_in_key(score, part) < PART_IN_KEY:
            yield f"{name}: too many notes are neither in the key nor in the chord"


def _part_in_key(score: Score, part: Part) -> float:
    """How many of a part's notes are in the key, in the chord, or lead by a step to the next one, as a bass walks."""
    scale = set(score.key.scale())
    chords = _chords_at(score, (note.start for note in part.notes))
    following = [*part.notes[1:], *part.notes[-1:]]
    fitting = sum(
        note.pitch % OCTAVE in scale
        or note.pitch % OCTAVE in chord.pitch_classes()
        or 0 < abs(after.pitch - note.pitch) <= STEP
        for note, after, chord in zip(part.notes, following, chords, strict=True)
    )
    return fitting / len(part.notes) if part.notes else 1.0


def _chords_at(score: Score, ticks: Iterable[int]) -> Iterator[Chord]:
    """The chord at each of some ascending ticks."""
    place = 0
    for tick in ticks:
        while place < len(score.chords) - 1 and score.chords[place].end <= tick:
            place += 1
        yield score.chords[place]


_CHECKS: Sequence[Callable[[Score], Iterator[str]]] = (
    _sections,
    _chords,
    _repeats,
    _harmony_of_tune,
    _leaps,
    _singable,
    _words,
    _choruses,
    _octaves,
    _parts,
)
