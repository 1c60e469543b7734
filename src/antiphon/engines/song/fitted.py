"""A tune that is there already, sung to other words: longer ones split its notes, shorter ones slur over some."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.engines.song.rhythm import STRONG, Step, strength
from antiphon.engines.song.score import TICKS, Meter, Pitch, Ticks

_SHORTEST = TICKS // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A note of a tune, without words.

    Args:
        start: From the beginning of the line's room.
        length: Till it ends.
        pitch: What is sung.
        held: Whether it goes on with the syllable before.
    """

    start: Ticks
    length: Ticks
    pitch: Pitch
    held: bool = False


def fitted(tune: Sequence[Tone], line: Sequence[Step], meter: Meter) -> tuple[Tone, ...] | None:
    """The tune with one note that is not held for each syllable; what sounds when stays as it is.

    Returns:
        None where the words are too many for it.
    """
    tones = list(tune)
    while sum(not tone.held for tone in tones) < len(line):
        place = _to_split(tones, meter)
        if place is None:
            return None
        tones[place : place + 1] = _halves(tones[place], meter)
    while sum(not tone.held for tone in tones) > len(line):
        place = _to_hold(tones, line, meter)
        tones[place] = Tone(start=tones[place].start, length=tones[place].length, pitch=tones[place].pitch, held=True)
    return tuple(tones)


def _to_split(tones: Sequence[Tone], meter: Meter) -> int | None:
    """A held note becomes a syllable's own, else the longest is split; the last stays whole if it can."""
    held = [place for place, tone in enumerate(tones) if tone.held]
    if held:
        return max(held, key=lambda place: (strength(meter, tones[place].start), -place))
    able = [place for place, tone in enumerate(tones) if tone.length >= 2 * _SHORTEST]
    return max(
        able, key=lambda place: (tones[place].length * (0.5 if place == len(tones) - 1 else 1.0), -place), default=None
    )


def _halves(tone: Tone, meter: Meter) -> list[Tone]:
    """Two notes of it, the second off the strong beats if it can be; or the held one as one of its own."""
    if tone.held:
        return [Tone(start=tone.start, length=tone.length, pitch=tone.pitch)]
    units = [unit for unit in (TICKS, TICKS // 2, TICKS // 4, _SHORTEST) if tone.length >= 2 * unit]
    places = [tone.length // 2 // unit * unit for unit in units]
    weak = [place for place in places if strength(meter, tone.start + place) < STRONG]
    first = Ticks([*weak, *places][0])
    return [
        Tone(start=tone.start, length=first, pitch=tone.pitch),
        Tone(start=Ticks(tone.start + first), length=Ticks(tone.length - first), pitch=tone.pitch),
    ]


def _to_hold(tones: Sequence[Tone], line: Sequence[Step], meter: Meter) -> int:
    """The weakest note that touches the one before it becomes part of that one's syllable."""
    able = [place for place in range(1, len(tones)) if not tones[place].held]
    touching = [place for place in able if tones[place - 1].start + tones[place - 1].length >= tones[place].start]
    unstressed = 1 if line and line[-1].stress == 0 else 0
    return min(
        touching or able,
        key=lambda place: (
            strength(meter, tones[place].start),
            place == len(tones) - 1 and not unstressed,
            abs(tones[place].pitch - tones[place - 1].pitch),
            place,
        ),
    )
