"""Which beats begin bars, and how many beats a bar has. Pure.

A bar begins where the harmony changes, where the bass and the kick drum come in, and where most begins. Whether the
beats or the moments half-way between them are the beats is decided with it: off-beats can be the louder ones.
"""

from dataclasses import dataclass

import numpy as np

from antiphon.engines.listen.beats import EARLY, Pulse
from antiphon.engines.listen.keys import BASS, TREBLE, chroma, salience
from antiphon.engines.listen.spectra import FLUX_RATE, Flux

_METERS = {4: 1.0, 3: 0.8}
"""Beats in a bar, and how likely they are beside each other."""
_WEIGHTS = (1.0, 1.0, 0.6, 0.4)
"""Of the marks of a bar's beginning: harmony, bass, kick drum, all that begins."""
_RECURRENCE = 0.3
"""Power to which it counts how much recurs bar by bar, beside how far bars stand out."""
_HALVES = 2
_NEAR = 0.04
"""Seconds within which something begins together with a beat."""
_BEATS_HEARD = 2
"""Over how many beats harmony is compared before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The beats in their bars.

    Args:
        meter: Beats in a bar, 3 or 4.
        beats: In seconds.
        first: Which of the beats is the first downbeat; less than `meter`.
    """

    meter: int
    beats: np.ndarray
    first: int

    @property
    def places(self) -> np.ndarray:
        """Which of the beats are downbeats."""
        return np.arange(self.first, len(self.beats), self.meter)


def bars(found: Pulse, heard: Flux, spectrum: np.ndarray) -> Bars:
    """Choose meter, downbeats, and which of the two halves of a beat is the beat.

    Args:
        found: The beats.
        heard: What begins when.
        spectrum: As `spectra.pitch_spectrum` gives it.
    """
    halves = _halved(found.beats) if found.division == _HALVES else found.beats
    steps = _HALVES if found.division == _HALVES else 1
    marks = _marks(halves, heard, spectrum, steps)
    meter, place = max(_readings(len(marks), steps), key=lambda one: _fit(marks, *one, steps))
    beats = halves[place % steps :: steps]
    return Bars(meter=meter, beats=beats, first=place // steps)


def _halved(beats: np.ndarray) -> np.ndarray:
    """The moments half-way between beats, and the beats; the first is such a moment if it is in the recording."""
    halves = np.interp(np.arange(_HALVES * len(beats) - 1) / _HALVES, np.arange(len(beats)), beats)
    before = 2 * halves[0] - halves[1]
    return np.concatenate(([max(0.0, before)], halves)) if before > -EARLY else halves


def _marks(times: np.ndarray, heard: Flux, spectrum: np.ndarray, steps: int) -> np.ndarray:
    """How much each time looks like a bar's beginning, in standard deviations."""
    keys = salience(spectrum, np.append(times, 2 * times[-1] - times[-2]))
    width = _BEATS_HEARD * steps
    parts = (
        _change(chroma(keys[TREBLE]), width),
        _change(chroma(keys[BASS]), width),
        _near(heard.low, times),
        _near(heard.whole, times),
    )
    return np.asarray(sum(weight * _evened(part) for weight, part in zip(_WEIGHTS, parts, strict=True)))


def _change(classes: np.ndarray, width: int) -> np.ndarray:
    """How unlike what comes after each column is to what was before it, 0 to 1."""
    sums = np.cumsum(np.pad(classes, ((0, 0), (width + 1, width - 1))), axis=1)
    before = sums[:, width:-width] - sums[:, : -2 * width]
    after = sums[:, 2 * width :] - sums[:, width:-width]
    lengths = np.linalg.norm(before, axis=0) * np.linalg.norm(after, axis=0)
    alike: np.ndarray = (before * after).sum(axis=0) / np.maximum(lengths, 1e-9)
    return np.where(lengths > 0, 1 - alike, 0.0)


def _near(flux: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The most that begins near each time."""
    width = round(_NEAR * FLUX_RATE)
    padded = np.pad(flux, width)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).max(axis=1)
    found: np.ndarray = highest[np.clip(np.rint(times * FLUX_RATE).astype(int), 0, len(flux) - 1)]
    return found


def _evened(values: np.ndarray) -> np.ndarray:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread else np.zeros_like(values)


def _readings(times: int, steps: int) -> list[tuple[int, int]]:
    """Meters, and the places in them where the first bar may begin."""
    return [(meter, place) for meter in _METERS for place in range(min(meter * steps, times))]


def _fit(marks: np.ndarray, meter: int, place: int, steps: int) -> float:
    """How well a reading fits: the marks stand out at its bars, and recur with them."""
    period = meter * steps
    standings = np.array([_standing(marks, period, one) for one in range(min(period, len(marks)))])
    recurrence = float(np.square(standings).sum()) / (period - 1)
    return _METERS[meter] * max(0.0, float(standings[place])) * recurrence**_RECURRENCE


def _standing(marks: np.ndarray, period: int, place: int) -> float:
    """How far the marks at every `period`th time stand out from the others, in standard errors."""
    chosen = marks[place::period]
    return float(chosen.mean() * np.sqrt(len(chosen)))
