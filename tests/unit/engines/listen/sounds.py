"""Music to listen to whose beats, chords and parts are known: a kick drum, a hat, a bass and chords."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from antiphon.domain.heard import INTERVALS, ChordKind
from antiphon.engines.listen.spectra import RATE

M, m = ChordKind.MAJOR, ChordKind.MINOR
AXIS = ((0, M), (7, M), (9, m), (5, M))
"""C G Am F."""


def home(factory: pytest.TempPathFactory) -> Path:
    """A home for all runs of all tests: what librosa compiles, in half a minute, is compiled once."""
    path = factory.getbasetemp().parent / "home-of-the-listener"
    path.mkdir(exist_ok=True)
    return path


@cache
def struck(pitches, seconds, *, rate=RATE, overtones=6, decay=2.0):
    """Strings: each note with overtones, dying away."""
    time = np.arange(round(seconds * rate)) / rate
    sound = np.zeros(len(time))
    for pitch in pitches:
        base = 440 * 2 ** ((pitch - 69) / 12)
        for overtone in range(1, overtones + 1):
            if base * overtone < rate / 2:
                sound += (
                    np.sin(2 * np.pi * base * overtone * time) * 0.6**overtone * np.exp(-decay * overtone * time / 3)
                )
    return sound / max(1, len(pitches))


@cache
def _kick(rate=RATE):
    time = np.arange(round(0.15 * rate)) / rate
    return np.sin(2 * np.pi * (50 * time - 8 * np.exp(-30 * time))) * np.exp(-25 * time)


@cache
def _hat(rate=RATE):
    time = np.arange(round(0.05 * rate)) / rate
    return np.diff(np.random.default_rng(3).standard_normal(len(time) + 1)) * np.exp(-90 * time) * 0.3


def put(onto, sound, second, gain=1.0, rate=RATE):
    at = round(second * rate)
    room = onto[at : at + len(sound)]
    room += gain * sound[: len(room)]


def band(
    *,
    bpm=100.0,
    bars=8,
    meter=4,
    division=2,
    chords=AXIS,
    bass=None,
    begin=0.0,
    tune=0.0,
    drums=True,
    hat=0.5,
    rate=RATE,
):
    """A chord a bar. `hat` is how loud the off-beats are; `bass` the notes it plays if not the roots."""
    beat = 60 / bpm
    sound = np.zeros(round((begin + (bars * meter + 1) * beat) * rate))
    for bar in range(bars):
        root, kind = chords[bar % len(chords)]
        start = begin + bar * meter * beat
        pitches = tuple(60 + (root + step) % 12 + tune for step in INTERVALS[kind])
        low = root if bass is None else bass[bar % len(bass)]
        put(sound, struck(pitches, meter * beat, rate=rate), start, 0.6, rate)
        put(sound, struck((36 + low % 12 + tune,), meter * beat, rate=rate), start, 0.5, rate)
        for place in range(meter * division if drums else 0):
            second = start + place * beat / division
            if place == 0 or (meter == 4 and place == 2 * division):
                put(sound, _kick(rate), second, 0.8, rate)
            put(sound, _hat(rate), second, 0.6 if place % division == 0 else hat, rate)
    return (0.5 * sound).astype(np.float32)
