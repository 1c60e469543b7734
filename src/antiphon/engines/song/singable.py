"""A melody that was heard, moved as little as can be until it can be in a score.

A voice is easily heard an octave off, or a note beside its key; nobody sings such leaps, and few songs have such notes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from antiphon.engines.song.check import IN_KEY, ON_CHORD, in_key_share, on_chord_share
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import Pitch, Score, Singer, Ticks
from antiphon.engines.song.tune import OCTAVE, Range
from antiphon.engines.song.verbs.recast import (
    LOOSE,
    STIFF,
    Floor,
    is_playable,
    is_singable,
    joined_well,
    mended,
    retuned,
)
from antiphon.engines.song.verbs.strains import Strain, notes_of, played, strains, tune

_PULLS = (STIFF / 4, LOOSE, LOOSE / 20)
"""How strongly heard pitches hold that have to give way, one after the other."""


def singable(score: Score, seed: int) -> Score:
    """The score with a melody that can be in it: leaps mended, and ever more pitches as far as that is needed.

    Args:
        score: The song; its melody is that of `check.tune_of`, on the grid and in order.
        seed: For chance.
    """
    done = score
    for pull in (None, *_PULLS):
        done = _remade(score, seed, pull)
        if in_key_share(done) >= IN_KEY and on_chord_share(done) >= ON_CHORD:
            break
    return done


def _remade(score: Score, seed: int, pull: float | None) -> Score:
    """The melody, what strays from key and chords held as strongly as `pull` says; None: left as it is."""
    notes = tune(score)
    if not notes:
        return score
    vocal = score.vocal
    singer = vocal.singer if vocal else _range([note.pitch for note in notes])
    within = Range(lowest=singer.lowest, highest=singer.highest, key=score.key)
    floor = Floor(seed=seed, meter=score.meter, chords=score.chords, within=within)
    able = is_singable if vocal else is_playable

    def good(strain: Strain, within: Range) -> bool:
        return able(strain, within) and (pull is None or not _strays(score, strain))

    done: list[Strain] = []
    for heard in strains(score, notes):
        strain = _folded(heard, within)
        if pull is not None and _strays(score, strain):
            strain = retuned(strain, floor.near(strain), pull=pull)
        done.append(_mended(strain, done[-1] if done else None, floor, good))
    made = tuple(note for strain in done for note in notes_of(strain))
    if vocal:
        return replace(score, vocal=replace(vocal, lead=made))
    return replace(score, parts=tuple(replace(part, notes=played(made)) for part in score.parts))


def _folded(strain: Strain, within: Range) -> Strain:
    """The strain with notes out of range by octaves in it: a voice is easily heard an octave off."""

    def folded(pitch: int) -> Pitch:
        while pitch > within.highest:
            pitch -= OCTAVE
        while pitch < within.lowest:
            pitch += OCTAVE
        return Pitch(min(pitch, within.highest))

    return replace(strain, tones=tuple(replace(tone, pitch=folded(tone.pitch)) for tone in strain.tones))


def _mended(strain: Strain, before: Strain | None, floor: Floor, good: Callable[[Strain, Range], bool]) -> Strain:
    """The strain, moved ever more freely until it can be sung after the one before it."""
    found = mended(strain, before, floor, good)
    for pull in _PULLS:
        if good(found, floor.within) and joined_well(before, found):
            return found
        ground = floor.near(strain) if before is None else floor.around(before.tones[-1].pitch)
        found = retuned(strain, ground, pull=pull)
    return found


def _range(keys: Sequence[Pitch]) -> Singer:
    """Who reaches the keys around the middle of a tune."""
    middle = round(median(keys))
    return Singer(
        gender="male",
        lowest=Pitch(min(max(min(keys), middle - OCTAVE), middle - OCTAVE // 2)),
        highest=Pitch(max(min(max(keys), middle + OCTAVE), middle + OCTAVE // 2)),
    )


def _strays(score: Score, strain: Strain) -> bool:
    """Whether any of it is out of the key, or on a strong beat out of the chord."""
    scale = set(score.key.scale())
    for tone in strain.tones:
        at = Ticks(strain.start + tone.start)
        chord = set(score.chord_at(at).pitch_classes())
        fits = chord if strength(score.meter, at) >= STRONG else chord | scale
        if tone.pitch % OCTAVE not in fits:
            return True
    return False
