"""Strains made anew over other chords, in another meter or to other words: what can stay of them stays."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from antiphon.engines.song.check import OCTAVE, STEP, WIDE
from antiphon.engines.song.fitted import Tone, fitted
from antiphon.engines.song.melody import COMPASS
from antiphon.engines.song.rhythm import Step, Taste, Times, strength, times
from antiphon.engines.song.score import Chord, Meter, Pitch, Section, Ticks
from antiphon.engines.song.tune import Range, Spot, pitches
from antiphon.engines.song.verbs.frame import Frame
from antiphon.engines.song.verbs.reharmony import chord_at
from antiphon.engines.song.verbs.strains import Strain

STIFF, LOOSE = 40.0, 1.5
"""How strongly a tune's old pitches hold: by steps only where they must go, or as a contour."""

_FEWEST = 1
_LEAST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What strains are made anew on.

    Args:
        seed: For chance.
        meter: The meter.
        chords: Of the whole song.
        within: What may be sung, and in which key.
    """

    seed: int
    meter: Meter
    chords: tuple[Chord, ...]
    within: Range

    def near(self, strain: Strain) -> "Floor":
        """In the strain's own compass, a step more on either side, as far as the range goes."""
        keys = [tone.pitch for tone in strain.tones]
        own = range(max(self.within.lowest, min(keys) - STEP), min(self.within.highest, max(keys) + STEP) + 1)
        return self._within(own) if len(own) >= _LEAST else self.around((self.within.lowest + self.within.highest) // 2)

    def around(self, pitch: int) -> "Floor":
        """Round a pitch, as far as the range goes, no wider than a tune is: from there all of it can be reached."""
        half = COMPASS // 2
        middle = max(self.within.lowest + half, min(self.within.highest - half, pitch))
        low, high = max(self.within.lowest, middle - half), min(self.within.highest, middle + half)
        return self._within(range(low, high + 1))

    def _within(self, keys: range) -> "Floor":
        return replace(self, within=replace(self.within, lowest=Pitch(keys[0]), highest=Pitch(keys[-1])))


def framed(strain: Strain, fit: Frame, moved: Callable[[int], Pitch]) -> Strain:
    """A strain in other bars, each note at its own place, and at the pitch that `moved` makes of its own."""
    start = fit.tick(strain.start)
    places = [strain.start + tone.start for tone in strain.tones]
    ends = [place + tone.length for place, tone in zip(places, strain.tones, strict=True)]
    tones = tuple(
        replace(
            tone,
            start=Ticks(fit.tick(place) - start),
            length=Ticks(max(1, fit.tick(end) - fit.tick(place))),
            pitch=moved(tone.pitch),
        )
        for tone, place, end in zip(strain.tones, places, ends, strict=True)
    )
    return replace(strain, start=start, length=Ticks(fit.tick(strain.start + strain.length) - start), tones=tones)


def mended(strain: Strain, before: Strain | None, floor: Floor, good: Callable[[Strain, Range], bool]) -> Strain:
    """The strain, its pitches moved as little as can be where they are not good as they are.

    Args:
        strain: The strain.
        before: The one that it follows.
        floor: What it stands on; in the whole range of who sings or plays it.
        good: Whether a strain is, in such a range: `is_singable` or `leaps_well`.
    """
    if good(strain, floor.within) and joined_well(before, strain):
        return strain
    near = retuned(strain, floor.near(strain), pull=STIFF)
    if before is None or joined_well(before, near):
        return near
    return retuned(strain, floor.around(before.tones[-1].pitch), pull=STIFF)


def remade(
    old: Iterable[Strain],
    sections: Sequence[Section],
    *,
    anew: Callable[[Strain], Strain],
    mend: Callable[[Strain, Strain | None], Strain],
    alike: Callable[[Strain, Strain], Strain],
) -> tuple[Strain, ...]:
    """A tune's strains made anew; those that repeat one that has changed are made like it.

    Args:
        old: The strains, in order.
        sections: For those that are alike.
        anew: Makes a strain that repeats none.
        mend: Makes sure that a strain can be sung, after another.
        alike: Makes a strain like another.
    """
    done: dict[tuple[int, int], Strain] = {}
    changed: set[tuple[int, int]] = set()
    before: Strain | None = None
    for strain in old:
        place = strain.section, strain.number
        like_ = sections[strain.section].like
        model = (strain.section if like_ is None else like_), strain.number
        if model in changed:
            new = alike(strain, done[model])
        else:
            new = mend(strain if model in done else anew(strain), before)
        if new.tones != strain.tones:
            changed.add(place)
        done[place] = before = new
    return tuple(done.values())


def retimed(strain: Strain, meter: Meter, motif: Taste, steps: Sequence[Step]) -> Strain:
    """The strain's pitches in a new rhythm: stressed syllables on strong beats, the ways between as `steps` say."""
    syllables = times(steps, start=strain.start, length=strain.length, meter=meter, motif=motif)
    return replace(strain, tones=tuple(_slurred(strain.tones, strain.start, syllables)))


def retuned(strain: Strain, floor: Floor, *, pull: float) -> Strain:
    """The strain's rhythm with pitches that suit the chords, as near to its own as `pull` holds them."""
    low, high = floor.within.lowest, floor.within.highest
    spots = [
        Spot(
            start=Ticks(strain.start + tone.start),
            length=tone.length,
            strength=strength(floor.meter, strain.start + tone.start),
            chord=chord_at(floor.chords, strain.start + tone.start),
            height=(tone.pitch - low) / max(1, high - low),
            pull=pull,
        )
        for tone in strain.tones
    ]
    place = f"recast {strain.section} {strain.number}"
    found = pitches(spots, floor.within, place=place, seed=floor.seed, weirdness=0.0, home=0.0)
    return replace(
        strain, tones=tuple(replace(tone, pitch=pitch) for tone, pitch in zip(strain.tones, found, strict=True))
    )


def like(strain: Strain, model: Strain, meter: Meter, motif: Taste) -> Strain:
    """The strain's words to another strain's notes.

    Words that are too many for it have a rhythm of their own, and at each moment the pitch that it has then.
    """
    steps = strain.steps
    model = _handed(model, strain)
    last = model.tones[-1]
    tones = fitted(model.tones, steps, meter) if last.start + last.length <= strain.length else None
    if tones is None:
        found = times(steps, start=strain.start, length=strain.length, meter=meter, motif=motif)
        tones = tuple(
            Tone(start=Ticks(onset - strain.start), length=length, pitch=_sounding(model.tones, onset - strain.start))
            for onset, length in found
        )
    return replace(strain, tones=tones)


def is_singable(strain: Strain, within: Range) -> bool:
    """Whether all of it is in range, and every wide leap comes back by a step."""
    keys = [tone.pitch for tone in strain.tones]
    moves = [move for move in (after - before for before, after in pairwise(keys)) if move]
    back = [*moves[1:], 0]
    leaps = all(
        abs(leap) <= WIDE or (abs(leap) <= OCTAVE and after * leap < 0 and abs(after) <= STEP)
        for leap, after in zip(moves, back, strict=False)
    )
    return leaps and all(within.lowest <= key <= within.highest for key in keys)


def is_playable(strain: Strain, within: Range) -> bool:
    """Whether all of it is in range, and no leap beyond an octave."""
    return leaps_well(strain, within) and all(within.lowest <= tone.pitch <= within.highest for tone in strain.tones)


def leaps_well(strain: Strain, within: Range) -> bool:  # noqa: ARG001 - instruments move by octaves
    """Whether none of its leaps is beyond an octave."""
    return all(abs(after.pitch - before.pitch) <= OCTAVE for before, after in pairwise(strain.tones))


def joined_well(before: Strain | None, after: Strain) -> bool:
    """Whether nobody leaps beyond an octave from one strain to the next."""
    alone = before is None or before.syllables[-1].singer != after.syllables[0].singer
    return alone or before is None or abs(after.tones[0].pitch - before.tones[-1].pitch) <= OCTAVE


def _handed(model: Strain, strain: Strain) -> Strain:
    """A strain by as many octaves as another one is away that repeats it in somebody else's voice."""
    if model.syllables[0].singer == strain.syllables[0].singer:
        return model
    mean, other = (sum(tone.pitch for tone in each.tones) / len(each.tones) for each in (model, strain))
    way = OCTAVE * round((other - mean) / OCTAVE)
    return replace(model, tones=tuple(replace(tone, pitch=Pitch(tone.pitch + way)) for tone in model.tones))


def _sounding(tones: Sequence[Tone], tick: int) -> Pitch:
    """The pitch that a tune has at a moment, or had last."""
    return [*tones[:1], *(tone for tone in tones if tone.start <= tick)][-1].pitch


def _slurred(tones: Sequence[Tone], start: int, syllables: Times) -> list[Tone]:
    """Tones in the time of their syllables; those that are held share it as they did."""
    groups: list[list[Tone]] = []
    for tone in tones:
        if tone.held:
            groups[-1].append(tone)
        else:
            groups.append([tone])
    done = []
    for group, (onset, length) in zip(groups, syllables, strict=True):
        begin, whole = group[0].start, group[-1].start + group[-1].length - group[0].start
        cuts = [max(place, (tone.start - begin) * length // whole) for place, tone in enumerate(group)]
        for tone, cut, end in zip(group, cuts, [*cuts[1:], length], strict=True):
            done.append(replace(tone, start=Ticks(onset - start + cut), length=Ticks(max(_FEWEST, end - cut))))
    return done
