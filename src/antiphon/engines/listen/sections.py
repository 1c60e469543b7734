"""Of which parts a recording is made, and which of them are alike. Pure.

Bars are compared with each other: by their sound (which bands are how loud) and by their harmony. A part begins where
the bars before are like each other, those after too, and the two kinds are not; and parts are fours of bars sooner than
threes or fives.
"""

from dataclasses import dataclass
from itertools import pairwise
from string import ascii_uppercase

import numpy as np

from antiphon.domain.heard import HeardSection
from antiphon.domain.units import Seconds
from antiphon.engines.listen.bars import Bars
from antiphon.engines.listen.keys import TREBLE, chroma
from antiphon.engines.listen.spectra import KEYS, PITCH_RATE, STEPS

_BANDS = 14
"""Of half an octave each."""
_RANGE = 60.0
"""Decibels below the loudest, where silence begins."""
_RINGING = 25.0
"""Decibels below the loudest bar."""
_SOFTENED = 6.0
"""Decibels in the mean of the bands that make two bars unlike."""
_REACH = 4
"""Bars that are compared before and after a border."""
_NEAR = 3
"""Bars before and after a border whose repetitions are compared."""
_CONTRAST = (10, 97)
"""Percentiles of likeness that are taken for none, and for whole."""
_PRICE = 0.3
"""What a border has to be worth."""
_LENGTHS = {1: -0.5, 2: -0.15, 3: -0.3, 4: 0.0, 6: -0.08, 8: 0.05, 12: 0.0, 16: 0.03}
_ODD = -0.12
"""What parts of these lengths are handicapped by, and of others; the first and the last may be of any."""
_LONGEST = 32
_WHOLE = 8
"""Bars up to which parts that are alike and follow each other are one."""
_ALIKE = 0.62
"""From what likeness on two parts have the same label."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What is compared of each bar.

    Args:
        bands: Levels in decibels, shape (bars, bands).
        harmony: The pitch classes of each beat, as one vector of length 1, shape (bars, 12 * beats).
    """

    bands: np.ndarray
    harmony: np.ndarray

    def levels(self) -> np.ndarray:
        """How loud each bar is, in decibels."""
        levels: np.ndarray = 10 * np.log10((10 ** (self.bands / 10)).sum(axis=1))
        return levels

    def likeness(self) -> np.ndarray:
        """How alike any two bars are, 0 to 1, shape (bars, bars)."""
        apart = np.abs(self.bands[:, np.newaxis] - self.bands).mean(axis=2)
        alike: np.ndarray = 0.5 * np.exp(-apart / _SOFTENED) + 0.5 * self.harmony @ self.harmony.T
        return alike


def sections(spectrum: np.ndarray, keys: np.ndarray, there: Bars, seconds: Seconds) -> tuple[HeardSection, ...]:
    """The parts.

    Args:
        spectrum: As `spectra.pitch_spectrum` gives it.
        keys: As `keys.salience` gives them, for each beat.
        there: The beats in their bars.
        seconds: How long the recording lasts.
    """
    compared = _sounding(_compared(spectrum, keys, there))
    alike = compared.likeness()
    contrasted = _contrasted(alike)
    borders, letters = _joined(*_labelled(alike, _borders(_novelty(contrasted) + _turns(contrasted))))
    times = [0.0, *(float(there.beats[there.places[bar]]) for bar in borders[1:-1]), seconds]
    energies = _energies(compared.levels(), borders)
    return tuple(
        HeardSection(start=Seconds(round(start, 3)), end=Seconds(round(end, 3)), label=label, energy=round(energy, 3))
        for (start, end), label, energy in zip(pairwise(times), letters, energies, strict=True)
    )


def _compared(spectrum: np.ndarray, keys: np.ndarray, there: Bars) -> _Compared:
    classes = np.pad(chroma(np.sqrt(keys[TREBLE])), ((0, 0), (0, there.meter)))
    harmony = np.stack([classes[:, place : place + there.meter].T.ravel() for place in there.places])
    bands = np.square(spectrum).reshape(_BANDS, KEYS * STEPS // _BANDS, -1).sum(axis=1)
    columns = np.clip(np.rint(there.beats[there.places] * PITCH_RATE).astype(int), 0, spectrum.shape[1] - 1)
    ends = [*columns[1:], spectrum.shape[1]]
    powers = np.stack(
        [bands[:, start : max(end, start + 1)].mean(axis=1) for start, end in zip(columns, ends, strict=True)]
    )
    levels = 10 * np.log10(powers / max(float(powers.max()), _TINY) + 10 ** (-_RANGE / 10))
    return _Compared(bands=levels, harmony=harmony / (np.linalg.norm(harmony, axis=1, keepdims=True) + _TINY))


def _sounding(there: _Compared) -> _Compared:
    """Without the bars at the end in which what was played before rings on."""
    levels = there.levels()
    last = int(np.flatnonzero(levels > levels.max() - _RINGING)[-1]) + 1
    return _Compared(bands=there.bands[:last], harmony=there.harmony[:last])


def _contrasted(alike: np.ndarray) -> np.ndarray:
    """Likeness from 0 (as unlike as bars of this recording are) to 1."""
    low, high = np.percentile(alike, _CONTRAST)
    spread: np.ndarray = np.clip((alike - low) / max(float(high - low), _TINY), 0, 1)
    return spread


def _novelty(alike: np.ndarray) -> np.ndarray:
    """Of each bar, how much better those before and those after agree among themselves than with each other."""
    bars = len(alike)
    found = np.zeros(bars)
    for bar in range(1, bars):
        before, after = slice(max(0, bar - _REACH), bar), slice(bar, bar + _REACH)
        within = (alike[before, before].mean() + alike[after, after].mean()) / 2
        found[bar] = within - alike[before, after].mean()
    return found


def _turns(alike: np.ndarray) -> np.ndarray:
    """Of each bar, how much those after it repeat others at another distance than those before it do.

    Source: Serra and others, "Unsupervised detection of music boundaries by time series structure features", 2012.
    """
    bars = len(alike)
    lagged = np.zeros((bars, 2 * bars))
    for bar, row in enumerate(alike):
        lagged[bar, bars - bar : 2 * bars - bar] = row
    sums = np.vstack([np.zeros(2 * bars), np.cumsum(lagged, axis=0)])
    found = np.zeros(bars)
    for bar in range(1, bars):
        first, last = max(0, bar - _NEAR), min(bars, bar + _NEAR)
        known = slice(bars - first, 2 * bars - last + 1)  # Distances that lead to a bar from all of these.
        change = (sums[last] - sums[bar]) / (last - bar) - (sums[bar] - sums[first]) / (bar - first)
        found[bar] = np.sqrt(np.square(change[known]).mean())
    return found


def _borders(novelty: np.ndarray) -> list[int]:
    """The bars at which parts begin, 0 the first, and the end: those that are worth the most together."""
    bars = len(novelty)
    best, source = np.full(bars + 1, -np.inf), np.zeros(bars + 1, dtype=int)
    best[0] = 0.0
    for end in range(1, bars + 1):
        for start in range(max(0, end - _LONGEST), end):
            outer = (start == 0 or end == bars) and end - start > 1
            worth = best[start] + (0.0 if outer else _LENGTHS.get(end - start, _ODD if (end - start) % 4 else 0.0))
            worth += (novelty[end] if end < bars else 0.0) - _PRICE
            if worth > best[end]:
                best[end], source[end] = worth, start
    borders = [bars]
    while borders[0]:
        borders.insert(0, int(source[borders[0]]))
    return borders


def _labelled(alike: np.ndarray, borders: list[int]) -> tuple[list[int], list[str]]:
    """The borders, and a letter for each part: that of the earlier part most like it, or a new one."""
    parts = [range(start, end) for start, end in pairwise(borders)]
    letters: list[str] = []
    for number, part in enumerate(parts):
        likeness = [_diagonal(alike, earlier, part) for earlier in parts[:number]]
        best = int(np.argmax(likeness)) if likeness else 0
        new = not likeness or likeness[best] < _ALIKE
        letters.append(_letter(len(set(letters))) if new else letters[best])
    return borders, letters


def _joined(borders: list[int], letters: list[str]) -> tuple[list[int], list[str]]:
    """Halves of a part, which are alike and follow each other, as one."""
    starts, kept = [borders[0]], [letters[0]]
    for (start, end), letter in zip(pairwise(borders[1:]), letters[1:], strict=True):
        if letter != kept[-1] or end - starts[-1] > _WHOLE:
            starts.append(start)
            kept.append(letter)
    return [*starts, borders[-1]], kept


def _diagonal(alike: np.ndarray, one: range, other: range) -> float:
    """How alike the bars of two parts are, in order."""
    return float(np.mean([alike[a, b] for a, b in zip(one, other, strict=False)]))


def _letter(number: int) -> str:
    round_, letter = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(round_ + 1) if round_ else "")


def _energies(levels: np.ndarray, borders: list[int]) -> list[float]:
    """How loud each part is beside the loudest, 0 to 1: 1 less for each 30 dB."""
    means = np.array([levels[start:end].mean() for start, end in pairwise(borders)])
    return [float(value) for value in np.clip(1 + (means - means.max()) / (_RANGE / 2), 0, 1)]
