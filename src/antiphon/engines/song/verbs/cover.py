"""Cover: the same tune and words in another style.

How near it stays to its source is `audio_weight`. From 0.65 on it is close: key, meter and chords are the source's, the
tune is the same note for note, and from 0.5 to 1 the tempo goes from the style's to the source's. Around a half it is
the style's tempo, meter and chords' vocabulary under the same tune. Below, ever more sections have the style's own
chords and rhythm: there the words stay, and the tune's contour.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from antiphon.engines.song.chance import chance
from antiphon.engines.song.duet import partner_of
from antiphon.engines.song.harmony import decorated, harmony, key_of
from antiphon.engines.song.numerals import Harmony, respelt, symbol, tables
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.request import Change
from antiphon.engines.song.rhythm import Taste, taste
from antiphon.engines.song.score import (
    STEPS,
    TICKS,
    Chord,
    Key,
    Note,
    Pitch,
    PitchClass,
    Score,
    Section,
    SectionKind,
    Singer,
    Sung,
    Tempo,
    Ticks,
    Vocal,
)
from antiphon.engines.song.style import Brief
from antiphon.engines.song.tune import Range
from antiphon.engines.song.verbs.again import brief_again
from antiphon.engines.song.verbs.frame import Frame, frame
from antiphon.engines.song.verbs.recast import (
    LOOSE,
    Floor,
    framed,
    is_singable,
    leaps_well,
    like,
    mended,
    remade,
    retimed,
    retuned,
)
from antiphon.engines.song.verbs.reharmony import Ground, harmonised
from antiphon.engines.song.verbs.staged import (
    Setting,
    band_of,
    between,
    leading,
    second_voices,
    sung_places,
    unsung_tune,
    untangled,
)
from antiphon.engines.song.verbs.strains import Strain, notes_of, played, strains, tune

OCTAVE = 12

CLOSE = 0.65
"""The `audio_weight` from which on the source's chords and meter stay."""

KEPT = 0.5
"""The one from which on the whole tune stays."""

_USUAL = 0.5
_FAITHFUL, _FREER = 4.0, 1.6
_REFITTED = 0.1
"""Syncopation of a tune that is fitted into another meter: the beat comes first."""

_FIFTH = 7
_TRIADS = {3: "m", 4: ""}
_INSTRUMENT = (Pitch(48), Pitch(96))
_SHIFTS = (0, -12, 12, *(way * step for step in range(1, 12) for way in (-1, 1)), -24, 24)
"""Semitones by which a tune is moved for a singer, the best first: octaves leave the key as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cast:
    """What a cover is made of.

    Args:
        brief: The style, its tempo and meter settled.
        near: The `audio_weight`.
        frame: How bars become bars.
        key: The cover's.
        shift: By how many semitones the tune is higher.
        old: The source's key.
        singers: Who sings.
        free: Sections that are not like another, and are made anew.
    """

    brief: Brief
    near: float
    frame: Frame
    key: Key
    shift: int
    old: Key
    singers: tuple[Singer, Singer] | None
    free: frozenset[int]

    def within(self, strain: Strain) -> Range:
        """What may be sung in a strain."""
        if self.singers is None:
            return Range(lowest=_INSTRUMENT[0], highest=_INSTRUMENT[1], key=self.key)
        singer = self.singers[strain.syllables[0].singer]
        return Range(lowest=singer.lowest, highest=singer.highest, key=self.key)

    def floor(self, strain: Strain, chords: tuple[Chord, ...]) -> Floor:
        """What a strain is made anew on."""
        return Floor(seed=self.brief.seed, meter=self.frame.new, chords=chords, within=self.within(strain))

    def moved(self, pitch: int) -> Pitch:
        """A pitch of the source in the cover's key: the same degree of its scale."""
        return Pitch(pitch + self.shift + _mode_shift(pitch - self.old.tonic, self.old, self.key))


def covered(score: Score, change: Change, speaker: Speaker) -> Score:  # noqa: ARG001 - all verbs are called alike
    """The song in another style. Its words are its own; who sings may change, the tune is then moved to suit them.

    Args:
        score: The source. Where nobody sings, the tune of its lead is covered.
        change: The style, and how near it is to the source. Lyrics and length are the source's.
        speaker: Not needed: how the words sound is known.
    """
    near = _USUAL if change.audio_weight is None else change.audio_weight
    cast = _cast(score, replace(change, lyrics=None), near)
    sections = tuple(_sections(score, cast))
    old = tuple(framed(strain, cast.frame, cast.moved) for strain in strains(score, _tune(score, cast)))
    wish = tuple(_wish(score, cast, sections))
    new = _recast(old, cast, sections, wish)
    notes = tuple(note for strain in new for note in notes_of(strain))
    exact = (
        near >= CLOSE and cast.frame.same and all(one.tones == other.tones for one, other in zip(old, new, strict=True))
    )
    chords = wish if exact else _harmonised(cast, sections, notes, wish)
    return _performed(score, cast, sections, chords, notes)


def _cast(score: Score, change: Change, near: float) -> _Cast:
    wanted = brief_again(score, change)
    lasting = score.seconds / score.bars
    meter = wanted.style.meter
    fit = frame(
        score.sections, old=(score.meter, 60.0 * score.meter.bar / TICKS / lasting), new=(meter, wanted.style.bpm)
    )
    own = fit.bars * meter.bar / TICKS * 60.0 / wanted.style.bpm
    aim = own * (lasting / own) ** max(0.0, (near - KEPT) / (1.0 - KEPT))
    if near >= CLOSE:
        fit = Frame(old=score.meter, new=score.meter)
    bpm = round(fit.bars * fit.new.bar / TICKS * 60.0 / aim, 2)
    brief = replace(wanted, style=replace(wanted.style, bpm=bpm, tempo=(bpm, bpm), meter=fit.new))
    singers = _singers(score.vocal, brief)
    shift = 0 if score.vocal is None or singers is None else _shift(score.vocal, singers)
    mode = key_of(brief).mode if near < 1.0 - CLOSE else score.key.mode
    return _Cast(
        brief=brief,
        near=near,
        frame=fit,
        key=Key(tonic=PitchClass((score.key.tonic + shift) % OCTAVE), mode=mode),
        shift=shift,
        old=score.key,
        singers=singers,
        free=_free(score, near, brief.seed),
    )


def _free(score: Score, near: float, seed: int) -> frozenset[int]:
    """The sections that are made anew, of those that are like no other: all at 0, and none from `KEPT` on."""
    places = [place for place, section in enumerate(score.sections) if section.like is None]
    chance(seed, "free").shuffle(places)
    return frozenset(places[: math.ceil(len(places) * (1.0 - min(1.0, near / KEPT)))])


def _singers(vocal: Vocal | None, brief: Brief) -> tuple[Singer, Singer] | None:
    if vocal is None or brief.instrumental:
        return None
    if brief.singer == vocal.singer:
        return vocal.singers
    return brief.singer, brief.singer if vocal.partner is None else partner_of(brief.singer)


def _tune(score: Score, cast: _Cast) -> tuple[Sung, ...]:
    """The source's tune; one of two voices that an instrument plays, as if one had sung it."""
    if score.vocal is None or cast.singers is not None:
        return tune(score)
    one, other = score.vocal.singers
    way = OCTAVE * round((one.lowest + one.highest - other.lowest - other.highest) / (2 * OCTAVE))
    return tuple(
        replace(note, pitch=Pitch(note.pitch + way), singer=0) if note.singer else note for note in score.vocal.lead
    )


def _shift(vocal: Vocal, singers: tuple[Singer, Singer]) -> int:
    """By how much the tune is moved so that it can be sung; 0 where it cannot."""

    def fits(shift: int) -> bool:
        return all(
            singers[note.singer].lowest <= note.pitch + shift <= singers[note.singer].highest for note in vocal.lead
        )

    return next(filter(fits, _SHIFTS), 0)


def _mode_shift(above: int, old: Key, new: Key) -> int:
    """Semitones between the same degree in two modes; notes outside of the scale stay."""
    steps = STEPS[old.mode]
    return STEPS[new.mode][steps.index(above % OCTAVE)] - above % OCTAVE if above % OCTAVE in steps else 0


def _sections(score: Score, cast: _Cast) -> Iterator[Section]:
    """The form, as full and loud as the style."""
    fullest = max(section.energy for section in score.sections)
    aim = min(1.0, 0.9 * (0.6 + 0.55 * cast.brief.style.energy))
    share = max(0.0, (cast.near - KEPT) / (1.0 - KEPT))
    factor = 1.0 + (1.0 - share) * (aim / max(0.01, fullest) - 1.0)
    for section in cast.frame.sections(score.sections):
        yield replace(section, energy=round(min(1.0, section.energy * factor), 3))


def _wish(score: Score, cast: _Cast, sections: Sequence[Section]) -> Iterator[Chord]:
    """The chords that are wanted: the source's, in the style's vocabulary unless it is close, or the style's own."""
    meter = cast.frame.new
    own = harmony(cast.brief, cast.key, meter, sections)
    close = cast.near >= CLOSE
    theirs = list(
        _gapless(
            [_moved(chord, cast) for chord in score.chords],
            Ticks(sections[-1].first_bar * meter.bar + sections[-1].bars * meter.bar),
        )
    )
    if close and cast.frame.same:
        yield from theirs
        return
    for place, section in enumerate(sections):
        model = place if section.like is None else section.like
        start, end = (Ticks(bar * meter.bar) for bar in (section.first_bar, section.first_bar + section.bars))
        if model in cast.free:
            yield from between(own, start, end)
        else:
            kind = section.kind
            yield from between([chord if close else _decorated(chord, cast, kind) for chord in theirs], start, end)


def _moved(chord: Chord, cast: _Cast) -> Chord:
    """A chord of the source in the cover's time and key; in another mode, the one on its degree."""
    root = cast.moved(chord.root)
    intervals = chord.intervals
    if cast.key.mode is not cast.old.mode:
        moved = tuple(cast.moved(chord.root + step) - root for step in intervals)
        intervals = moved if moved in tables().qualities.values() else intervals
    bass = None if chord.bass is None else PitchClass(cast.moved(chord.bass) % OCTAVE)
    start = chord.start if cast.frame.same else cast.frame.beat(chord.start)
    found = replace(chord, start=start, root=PitchClass(root % OCTAVE), bass=bass, intervals=intervals)
    return respelt(found, cast.key)


def _gapless(chords: Sequence[Chord], end: Ticks) -> Iterator[Chord]:
    """Chords that begin one after the other, each till the next; of those that begin together the last."""
    kept = {chord.start: chord for chord in chords}
    for start, until in pairwise([*sorted(kept), end]):
        if until > start:
            yield replace(kept[start], length=Ticks(until - start))


def _decorated(chord: Chord, cast: _Cast, kind: SectionKind) -> Chord:
    """A chord as the style's vocabulary has it; only triads and what stands on them are."""
    plain = next((_TRIADS[step] for step in chord.intervals if step in _TRIADS), None)
    if plain is None or _FIFTH not in chord.intervals:
        return chord
    found = decorated(Harmony(root=chord.root, quality=plain), cast.brief, cast.key, kind)
    return replace(chord, intervals=found.intervals, symbol=symbol(found, cast.key), bass=None)


def _recast(
    old: Sequence[Strain], cast: _Cast, sections: Sequence[Section], chords: tuple[Chord, ...]
) -> tuple[Strain, ...]:
    """The strains of the cover."""
    good = leaps_well if cast.singers is None else is_singable

    def is_free(strain: Strain) -> bool:
        section = sections[strain.section]
        return (strain.section if section.like is None else section.like) in cast.free

    def motif(strain: Strain) -> Taste:
        return _motif(cast, sections[strain.section].kind, strain.number, free=is_free(strain))

    return remade(
        old,
        sections,
        anew=lambda strain: _anew(strain, cast, chords, motif=motif(strain), free=is_free(strain)),
        mend=lambda strain, before: mended(strain, before, cast.floor(strain, chords), good),
        alike=lambda strain, model: like(strain, model, cast.frame.new, motif(strain)),
    )


def _motif(cast: _Cast, kind: SectionKind, number: int, *, free: bool) -> Taste:
    syncopation = cast.brief.style.syncopation if free else _REFITTED
    return taste(cast.brief.seed, f"cover {kind} {number % 2}", syncopation)


def _anew(strain: Strain, cast: _Cast, chords: tuple[Chord, ...], *, motif: Taste, free: bool) -> Strain:
    """The strain in a rhythm of the style where its section is free, or where it has another meter."""
    if free:
        return retuned(
            retimed(strain, cast.frame.new, motif, strain.words), cast.floor(strain, chords).near(strain), pull=LOOSE
        )
    return strain if cast.frame.old == cast.frame.new else retimed(strain, cast.frame.new, motif, strain.steps)


def _harmonised(
    cast: _Cast, sections: tuple[Section, ...], notes: tuple[Sung, ...], wish: tuple[Chord, ...]
) -> tuple[Chord, ...]:
    ground = Ground(key=cast.key, meter=cast.frame.new, sections=sections, tune=notes)
    return harmonised(ground, wish, loyalty=_FAITHFUL if cast.near >= CLOSE else _FREER)


def _performed(
    score: Score, cast: _Cast, sections: tuple[Section, ...], chords: tuple[Chord, ...], notes: tuple[Sung, ...]
) -> Score:
    """The cover, sung and played."""
    setting = Setting(brief=cast.brief, key=cast.key, meter=cast.frame.new, sections=sections, chords=chords)
    vocal, taken = None, sung_places(sections, cast.frame.new, notes)
    tune_: tuple[Note, ...] = unsung_tune(setting, taken)
    if score.vocal is None or cast.brief.instrumental:
        tune_ = tuple(sorted([*tune_, *leading(played(notes))], key=lambda note: note.start))
    else:
        backed = sung_places(score.sections, score.meter, [each for voice in score.vocal.harmonies for each in voice])
        singer, partner = cast.singers or score.vocal.singers
        vocal = replace(
            score.vocal,
            lead=notes,
            harmonies=second_voices(setting, notes, backed, (singer, partner)),
            singer=singer,
            partner=None if score.vocal.partner is None else partner,
        )
    made = Score(
        title=cast.brief.title,
        seed=cast.brief.seed,
        key=cast.key,
        meter=cast.frame.new,
        tempos=score.tempos
        if cast.frame.same and cast.near == 1.0
        else (Tempo(start=Ticks(0), bpm=cast.brief.style.bpm),),
        swing=cast.brief.style.swing,
        sections=sections,
        chords=chords,
        parts=band_of(setting, vocal, tune_),
        vocal=vocal,
        credits=cast.brief.credits,
    )
    return untangled(made)
