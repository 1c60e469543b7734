"""How fast a recording goes, and where its beats are. Pure.

What begins when is taken for a wave: at the tempo, and at the rates into which a beat is divided, it is strong. Of two
tempos in the ratio 2 : 3, one has its divisions strong and the other has not.
"""

from dataclasses import dataclass

import librosa
import numpy as np

from antiphon.domain.heard import HeardTempo
from antiphon.domain.units import Seconds
from antiphon.engines.listen.spectra import FLUX_HOP, FLUX_RATE, RATE, Flux

_USUAL = 100.0
"""Beats a minute that are likelier than others."""
_OCTAVES = 0.8
"""How far from it they may well be."""
_SLOWEST, _FASTEST = 40.0, 230.0
_DIVISIONS = {2: (1.0, (1, 2, 4)), 3: (0.7, (1, 3, 6))}
"""How likely it is that a beat is divided by two, and by three; and the waves that then all have to be there."""
_WINDOW, _STEP = 12.0, 6.0
"""Seconds: within such a stretch a performance is taken to be even."""
_PADDING = 4
_AROUND = 0.025
"""How far the line through all beats may be from the tempo of the stretches."""
_TRIED = 400
_WANDERS, _WANDERINGS = 0.15, 12
"""How far a stretch's tempo may be from the line's; and how many tempos are tried on each side."""
_STEADY = 0.65
_PHASES = 96
_LATE = 0.006
"""Seconds by which a sound begins later than it first shows in a window."""
EARLY = 0.05
"""Seconds by which the beat at the very beginning may be heard too early."""
_LOW_WEIGHT = 1.0
_TIGHTNESS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The beats.

    Args:
        tempo: How fast they come.
        division: What a beat is divided by, 2 or 3.
        beats: In seconds, from the recording's beginning to its end; at least two.
    """

    tempo: HeardTempo
    division: int
    beats: np.ndarray


def pulse(heard: Flux, seconds: Seconds) -> Pulse:
    """Find the beat.

    Where the performance is as even as a machine's, its beats are those of the line through all of them; else they are
    as librosa's tracker finds them.

    Args:
        heard: What begins when.
        seconds: How long it lasts, at least three.
    """
    accents = _accents(heard)
    rough, division = _tempo(accents)
    line = _line(accents, rough, _DIVISIONS[division][1])
    steadiness = _steadiness(accents, line, _DIVISIONS[division][1])
    beats = tracked(accents, rough) if steadiness < _STEADY else np.zeros(0)
    if len(beats) > seconds / 60 * rough / 2:
        line = 60.0 / float(np.median(np.diff(beats)))
    else:
        beats = np.arange(_phase(accents, 60.0 / line), seconds, 60.0 / line).clip(0)
    tempo = HeardTempo(bpm=round(line, 3), alternative=round(_alternative(line), 3), steadiness=round(steadiness, 3))
    return Pulse(tempo=tempo, division=division, beats=beats)


def _accents(heard: Flux) -> np.ndarray:
    """What begins, the lowest bands as much as all together: a beat is where the bass is."""
    return np.maximum(0.0, _evened(heard.whole) + _LOW_WEIGHT * _evened(heard.low))


def _evened(values: np.ndarray) -> np.ndarray:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread else np.zeros_like(values)


def _tempo(accents: np.ndarray) -> tuple[float, int]:
    """The likeliest tempo, and what its beats are divided by."""
    rates, waves = _waves(accents)
    tempos = np.arange(_SLOWEST, _FASTEST, 0.25)
    usual = np.exp(-0.5 * np.square(np.log2(tempos / _USUAL) / _OCTAVES))
    scores = {
        division: usual * likely * np.cbrt(np.prod([np.interp(tempos * times, rates, waves) for times in waves_of], 0))
        for division, (likely, waves_of) in _DIVISIONS.items()
    }
    division = max(scores, key=lambda one: float(scores[one].max()))
    return float(tempos[int(scores[division].argmax())]), division


def _waves(accents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How strong each rate (in beats a minute) is, in the mean of the stretches."""
    length, step = round(_WINDOW * FLUX_RATE), round(_STEP * FLUX_RATE)
    padded = np.pad(accents - accents.mean(), (0, max(0, length - len(accents))))
    stretches = np.lib.stride_tricks.sliding_window_view(padded, length)[::step] * np.hanning(length)
    strengths: np.ndarray = np.abs(np.fft.rfft(stretches, _PADDING * length, axis=1)).mean(axis=0)
    return 60 * np.fft.rfftfreq(_PADDING * length, 1 / FLUX_RATE), strengths


def _line(accents: np.ndarray, rough: float, overtones: tuple[int, ...]) -> float:
    """The tempo near `rough` whose even beats meet the most accents, over the whole length."""
    tempos = rough * np.linspace(1 - _AROUND, 1 + _AROUND, _TRIED)
    time = np.arange(len(accents)) / FLUX_RATE
    even = accents - accents.mean()
    scores = np.zeros(_TRIED)
    for number, tempo in enumerate(tempos):
        turn = np.exp(-2j * np.pi * (tempo / 60) * time)
        scores[number] = sum(abs(np.dot(even, turn**overtone)) for overtone in overtones)
    best = int(scores.argmax())
    return float(tempos[best] + _summit(scores, best) * (tempos[1] - tempos[0]))


def _summit(values: np.ndarray, best: int) -> float:
    """Where a parabola through a value and its neighbours is highest, in steps from it."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend else 0.0


def _steadiness(accents: np.ndarray, bpm: float, overtones: tuple[int, ...]) -> float:
    """How strong the line's waves are over the whole length, beside each stretch's own at the tempo that suits it."""
    even = accents - accents.mean()
    length = round(_STEP * FLUX_RATE)
    rates = bpm / 60 * np.append(1.0, np.linspace(1 - _WANDERS, 1 + _WANDERS, 2 * _WANDERINGS + 1))
    sums = np.zeros((len(overtones), len(rates), max(1, len(even) // length)), dtype=complex)
    for at, rate in enumerate(rates):
        turn = np.exp(-2j * np.pi * rate * np.arange(len(even)) / FLUX_RATE)
        for number, overtone in enumerate(overtones):
            starts = np.arange(sums.shape[2]) * length
            sums[number, at] = np.add.reduceat(even * turn**overtone, starts)
    along = np.abs(sums[:, 0].sum(axis=1)).sum()
    apart = np.abs(sums).sum(axis=0).max(axis=0).sum()
    return float(along / apart) if apart else 0.0


def tracked(accents: np.ndarray, bpm: float) -> np.ndarray:
    """Beats in seconds, each where the performance has it: librosa's tracker.

    Args:
        accents: How much begins, `FLUX_RATE` values a second, float64.
        bpm: About how fast it goes.
    """
    _, frames = librosa.beat.beat_track(
        onset_envelope=accents, sr=RATE, hop_length=FLUX_HOP, bpm=bpm, tightness=_TIGHTNESS, trim=False
    )
    return np.asarray(frames) / FLUX_RATE + _LATE


def _phase(accents: np.ndarray, period: float) -> float:
    """When the first beat is: where in the period most begins. It may be a little before the recording does."""
    places = (np.arange(len(accents)) / FLUX_RATE / period % 1 * _PHASES).astype(int)
    found = np.bincount(places, accents, _PHASES)
    smooth = found + 0.5 * (np.roll(found, 1) + np.roll(found, -1))
    best = int(smooth.argmax())
    place = best + 0.5 + _summit(np.roll(smooth, 1 - best)[:3], 1)
    first = (place / _PHASES * period + _LATE) % period
    return float(first - period if period - first < EARLY else first)


def _alternative(bpm: float) -> float:
    """Half or double, whichever is the nearer to what is usual."""
    return bpm / 2 if bpm > _USUAL else bpm * 2
