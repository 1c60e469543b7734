"""Mashup: one song of two. The second one's tune and words on the first one's band, in turns with the first one's own.

The form is the first one's. Kinds of sections take turns, as they appear: if its verses are its own, its choruses are
the second one's, with as many bars as they have there. Where there is but one kind, its sections take turns, and a song
of one section is followed by one of the second. Key, meter and tempo are the first one's: the second one is transposed
the shorter way, a minor song to the relative key of a major one, and in another meter its tune gets a rhythm of that.
Both singers are heard, each in their own range; a singer of the second one beside a duet of the first gives way to it.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import tune_of
from antiphon.engines.song.harmony import MAJOR_LIKE
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.request import Change
from antiphon.engines.song.rhythm import Taste, taste
from antiphon.engines.song.score import (
    TICKS,
    Chord,
    Key,
    Note,
    Part,
    Pitch,
    Role,
    Score,
    Section,
    Singer,
    Sung,
    Tempo,
    Ticks,
    Vocal,
    Word,
)
from antiphon.engines.song.style import Brief, Seat
from antiphon.engines.song.tune import Range
from antiphon.engines.song.verbs.again import brief_again, pinned
from antiphon.engines.song.verbs.frame import Frame, frame
from antiphon.engines.song.verbs.recast import Floor, framed, is_playable, is_singable, like, mended, remade, retimed
from antiphon.engines.song.verbs.reharmony import Ground, apart, harmonised
from antiphon.engines.song.verbs.staged import (
    Setting,
    band_of,
    between,
    replaced_between,
    second_voices,
    sung_places,
    untangled,
)
from antiphon.engines.song.verbs.strains import Strain, notes_of, played, strains, tune
from antiphon.engines.song.verbs.turns import Turn, sections, turns

OCTAVE = 12

_LOYALTY = 4.0
_RELATIVE = 3
_SYNCOPATION = 0.1
_LONGEST_TITLE = 120
_ANY = "soft_lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Both songs, and how the second one gets into the first.

    Args:
        first: The one whose band plays.
        second: The one that is lent from.
        form: The second one's sections in the first one's bars.
        turns: The sections of the mashup: whose they are.
        sections: What they are.
        singers: Who sings, if anybody does.
    """

    first: Score
    second: Score
    form: tuple[Section, ...]
    turns: tuple[Turn, ...]
    sections: tuple[Section, ...]
    singers: tuple[Singer, Singer] | None

    def start(self, place: int) -> int:
        """Where a section begins."""
        return self.sections[place].first_bar * self.first.meter.bar

    def end(self, place: int) -> int:
        """Where it ends."""
        return self.start(place) + self.sections[place].bars * self.first.meter.bar

    def source(self, strain: Strain) -> Score:
        """The song that a strain is of, by the section in which it stands."""
        return self.first if self.turns[strain.section].guest is None else self.second

    def within(self, strain: Strain) -> Range:
        """What may be sung or played of a strain."""
        return self.reach(strain.syllables[0].singer, self.source(strain))

    def reach(self, who: Literal[0, 1], score: Score) -> Range:
        """The range of who sings a song's tune, or of what plays it."""
        if self.singers is None or score.vocal is None:
            own = instrument(_lead_of(self.first, self.second))
            return Range(lowest=Pitch(own.lowest), highest=Pitch(own.highest), key=self.first.key)
        singer = self.singers[who]
        return Range(lowest=singer.lowest, highest=singer.highest, key=self.first.key)


def mashed(first: Score, second: Score, change: Change, speaker: Speaker) -> Score:  # noqa: ARG001 - as all verbs
    """One song of two.

    Args:
        first: The one whose band, key, meter and tempo it has.
        second: The one whose tune and words are lent.
        change: The title, the seed; what is unsaid is the first one's.
        speaker: Not needed: how the words sound is known.

    Raises:
        InvalidRequest: "missing": the second song has no tune. "language": they are sung in two languages.
    """
    one, other = first.vocal, second.vocal
    if one is not None and other is not None and one.language != other.language:
        raise InvalidRequest("language", "language", first=one.language, second=other.language)
    fit = frame(second.sections, old=(second.meter, _bpm(second)), new=(first.meter, _bpm(first)))
    own, guests = strains(first, tune(first)), strains(second, tune(second))
    if not guests:
        raise InvalidRequest("missing", "second")
    pair = _pair(first, second, tuple(fit.sections(second.sections)), turns(first, second, own, guests))
    brief = _brief(pair, change)
    wish = tuple(_wish(pair))
    laid = _remade(pair, _laid(pair, own, tuple(_lent(pair, own, guests, fit))), fit, wish)
    notes = tuple(note for strain in laid for note in notes_of(strain))
    ground = Ground(key=first.key, meter=first.meter, sections=pair.sections, tune=notes)
    chords = apart(ground, tuple(_chords(pair, wish, harmonised(ground, wish, loyalty=_LOYALTY))))
    setting = Setting(brief=brief, key=first.key, meter=first.meter, sections=pair.sections, chords=chords)
    return _performed(pair, setting, laid)


def _bpm(score: Score) -> float:
    """The mean tempo."""
    return float(score.end) / TICKS * 60.0 / score.seconds


def _pair(first: Score, second: Score, form: tuple[Section, ...], order: tuple[Turn, ...]) -> _Pair:
    one, other = first.vocal, second.vocal
    singers = None if other is None else other.singers
    if one is not None:
        guest = other.singer if other is not None and one.partner is None else one.singers[1]
        singers = one.singer, guest
    form_ = tuple(sections(first, form, order))
    return _Pair(first=first, second=second, form=form, turns=order, sections=form_, singers=singers)


def _brief(pair: _Pair, change: Change) -> Brief:
    """The first song's style and band; where the second one is played, somebody who can."""
    title = change.title or " / ".join(filter(None, (pair.first.title, pair.second.title)))
    wanted = pinned(brief_again(pair.first, replace(change, title=title[:_LONGEST_TITLE], lyrics=None)), pair.first)
    palette = wanted.style.palette
    if pair.second.vocal is None and all(seat.role is not Role.LEAD for seat in palette):
        palette = (*palette, Seat(role=Role.LEAD, instruments=((_lead_of(pair.first, pair.second), 1.0),)))
    return replace(wanted, style=replace(wanted.style, palette=palette), instrumental=pair.singers is None)


def _lead_of(first: Score, second: Score) -> str:
    """Which instrument leads: the first song's, else the second's."""
    return next((part.instrument for score in (first, second) for part in score.parts if part.role is Role.LEAD), _ANY)


def _wish(pair: _Pair) -> Iterator[Chord]:
    """The first song's chords: in each section those that stand there, again and again where it is longer now."""
    bar = pair.first.meter.bar
    for place, turn in enumerate(pair.turns):
        old = pair.first.sections[turn.place]
        begin, length = old.first_bar * bar, old.bars * bar
        for at in range(pair.start(place), pair.end(place), length):
            end = min(pair.end(place), at + length)
            for chord in between(pair.first.chords, Ticks(begin), Ticks(begin + end - at)):
                yield replace(chord, start=Ticks(chord.start - begin + at))


def _chords(pair: _Pair, wish: Sequence[Chord], fitting: Sequence[Chord]) -> Iterator[Chord]:
    """The wanted chords in the first song's own sections, those that fit the tune in the second one's."""
    for place, turn in enumerate(pair.turns):
        chosen = wish if turn.guest is None else fitting
        yield from between(chosen, Ticks(pair.start(place)), Ticks(pair.end(place)))


def _lent(pair: _Pair, own: Sequence[Strain], guests: Sequence[Strain], fit: Frame) -> Iterator[Strain]:
    """The second song's strains in the first one's bars and key, each singer's by the octaves that suit them best."""
    shift = _shift(pair.second.key, pair.first.key)
    voice: Literal[0, 1] = 0 if pair.first.vocal is None or pair.first.vocal.partner is not None else 1
    octaves = {
        who: _octaves(pair, own, [s for s in guests if s.syllables[0].singer == who], shift=shift, voice=voice)
        for who in (0, 1)
    }
    for strain in guests:
        who = strain.syllables[0].singer
        moved = framed(strain, fit, functools.partial(_moved, way=shift + octaves[who], pair=pair))
        heard = voice if pair.first.vocal is not None else who
        yield replace(moved, syllables=tuple(replace(each, singer=heard) for each in moved.syllables))


def _octaves(pair: _Pair, own: Sequence[Strain], guests: Sequence[Strain], *, shift: int, voice: Literal[0, 1]) -> int:
    """Semitones of octaves by which few notes are out of range, and instruments are near the first song's tune."""
    if not guests:
        return 0
    within = pair.reach(voice if pair.first.vocal is not None else guests[0].syllables[0].singer, pair.second)
    keys = [tone.pitch + shift for strain in guests for tone in strain.tones]

    near = [tone.pitch for strain in own for tone in strain.tones] if pair.singers is None else keys

    def outside(way: int) -> tuple[int, float, int]:
        apart = abs(sum(keys) / len(keys) + way - sum(near) / len(near)) if near and pair.singers is None else 0.0
        return sum(not within.lowest <= key + way <= within.highest for key in keys), apart, abs(way)

    return min((0, -OCTAVE, OCTAVE, -2 * OCTAVE, 2 * OCTAVE), key=outside)


def _shift(old: Key, new: Key) -> int:
    """Semitones from a key to another, the shorter way; between major and minor to the relative one."""
    between_modes = {(True, False): _RELATIVE * -1, (False, True): _RELATIVE}
    relative = between_modes.get((old.mode in MAJOR_LIKE, new.mode in MAJOR_LIKE), 0)
    up = (new.tonic - old.tonic - relative) % OCTAVE
    return up - OCTAVE if up > OCTAVE // 2 else up


def _moved(pitch: int, *, way: int, pair: _Pair) -> Pitch:
    """A pitch so much higher; one of the second song's scale gets on the nearest of the first one's."""
    if pitch % OCTAVE not in pair.second.key.scale():
        return Pitch(pitch + way)
    scale = pair.first.key.scale()
    return Pitch(
        next((key for key in (pitch + way, pitch + way - 1, pitch + way + 1) if key % OCTAVE in scale), pitch + way)
    )


def _laid(pair: _Pair, own: Sequence[Strain], guests: Sequence[Strain]) -> Iterator[Strain]:
    """All strains where they are sung now."""
    for place, turn in enumerate(pair.turns):
        theirs, form, at = own, pair.first.sections, turn.place
        if turn.guest is not None:
            theirs, form, at = guests, pair.form, turn.guest
        way = pair.start(place) - form[at].first_bar * pair.first.meter.bar
        for strain in theirs:
            start = Ticks(strain.start + way)
            if strain.section == at:
                yield replace(
                    strain, section=place, start=start, length=Ticks(min(strain.length, pair.end(place) - start))
                )


def _remade(pair: _Pair, laid: Iterable[Strain], fit: Frame, chords: tuple[Chord, ...]) -> tuple[Strain, ...]:
    """The strains, in a rhythm of the first song's meter, and mended where somebody could not sing them."""
    meter = pair.first.meter

    def motif(strain: Strain) -> Taste:
        return taste(pair.first.seed, f"mashup {strain.number % 2}", _SYNCOPATION)

    def anew(strain: Strain) -> Strain:
        last = strain.tones[-1]
        foreign = fit.old != fit.new and pair.turns[strain.section].guest is not None
        crowded = last.start + last.length > strain.length
        return retimed(strain, meter, motif(strain), strain.steps) if foreign or crowded else strain

    def mend(strain: Strain, before: Strain | None) -> Strain:
        floor = Floor(seed=pair.first.seed, meter=meter, chords=chords, within=pair.within(strain))
        return mended(strain, before, floor, is_playable if pair.source(strain).vocal is None else is_singable)

    return remade(
        laid,
        pair.sections,
        anew=anew,
        mend=mend,
        alike=lambda strain, model: like(strain, model, meter, motif(strain)),
    )


def _performed(pair: _Pair, setting: Setting, laid: Sequence[Strain]) -> Score:
    """The mashup, sung and played: the first song's band as it was, and on in its way under the second one's tune."""
    sung = [strain for strain in laid if pair.source(strain).vocal is not None]
    # Where both are played, one lead has all of it: its leaps from one song to the other are mended.
    alone = pair.singers is None and bool(tune_of(pair.first))
    lent = [
        note
        for strain in laid
        if pair.source(strain).vocal is None and (alone or pair.turns[strain.section].guest is not None)
        for note in notes_of(strain)
    ]
    vocal = None if pair.singers is None else _vocal(pair, setting, sung, pair.singers)
    arranged = _leading(band_of(setting, vocal, played(lent)), played(lent))
    stretches = [
        (Ticks(pair.start(place)), Ticks(pair.end(place)))
        for place, turn in enumerate(pair.turns)
        if turn.guest is not None
    ]
    parts = replaced_between(tuple(_kept(pair)), arranged, stretches)
    made = Score(
        title=setting.brief.title,
        seed=setting.brief.seed,
        key=setting.key,
        meter=setting.meter,
        tempos=(Tempo(start=Ticks(0), bpm=setting.brief.style.bpm),),
        swing=pair.first.swing,
        sections=setting.sections,
        chords=setting.chords,
        parts=_leading(parts, played(lent)) if alone else parts,
        vocal=vocal,
        credits=setting.brief.credits,
        master=pair.first.master,
    )
    return untangled(made)


def _leading(parts: Sequence[Part], notes: tuple[Note, ...]) -> tuple[Part, ...]:
    """The parts, the first lead with exactly the notes that it is lent, if it is lent any."""
    place = next((place for place, part in enumerate(parts) if part.role is Role.LEAD and notes), None)
    return tuple(replace(part, notes=notes) if number == place else part for number, part in enumerate(parts))


def _kept(pair: _Pair) -> Iterator[Part]:
    """The first song's parts in its own sections."""
    for part in pair.first.parts:
        notes: list[Note] = []
        for place, turn in enumerate(pair.turns):
            begin = pair.first.sections[turn.place].first_bar * pair.first.meter.bar
            way = pair.start(place) - begin
            end = begin + pair.end(place) - pair.start(place)
            if turn.guest is None:
                notes += [replace(n, start=Ticks(n.start + way)) for n in part.notes if begin <= n.start < end]
        yield replace(part, notes=tuple(notes))


def _vocal(pair: _Pair, setting: Setting, sung: Sequence[Strain], singers: tuple[Singer, Singer]) -> Vocal:
    """What is sung of both songs, line by line."""
    language = ""
    texts: list[str] = []
    words: list[Word] = []
    lead: list[Sung] = []
    for strain in sung:
        old = pair.source(strain).vocal
        if old is None:
            continue
        language = old.language
        numbers: dict[int, int] = {}
        for note in notes_of(strain):
            if note.word not in numbers:
                numbers[note.word] = len(words)
                words.append(replace(old.words[note.word], line=len(texts)))
            lead.append(replace(note, word=numbers[note.word]))
        texts.append(old.lines[old.words[strain.syllables[0].word].line])
    return Vocal(
        language=language,
        lines=tuple(texts),
        words=tuple(words),
        lead=tuple(lead),
        harmonies=second_voices(setting, lead, _backed(pair), singers),
        singer=singers[0],
        partner=None if singers[0] == singers[1] else singers[1],
    )


def _backed(pair: _Pair) -> frozenset[int]:
    """The sections that had second voices."""
    places = []
    for score in (pair.first, pair.second):
        voices = () if score.vocal is None else score.vocal.harmonies
        places.append(sung_places(score.sections, score.meter, [note for voice in voices for note in voice]))
    return frozenset(
        place
        for place, turn in enumerate(pair.turns)
        if (turn.place in places[0] if turn.guest is None else turn.guest in places[1])
    )
