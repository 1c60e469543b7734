"""Sounds of places, made from noise and sines. Each has shape (2, samples), float32, and is about as loud as others."""

import math
from collections.abc import Callable

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.painter.chance import chance, grains
from antiphon.engines.song.perform import RATE

Shape = Callable[[Samples], Samples]
"""From frequencies in hertz, how strong each is."""


def noise(seed: int, place: str, count: int, shape: Shape) -> Samples:
    """Noise of a colour, different in both ears, with a mean square of 1."""
    white = grains(seed, place).standard_normal((2, count), dtype=np.float32)
    frequency = np.fft.rfftfreq(count, 1 / RATE).astype(np.float32)
    coloured = np.fft.irfft(np.fft.rfft(white) * shape(frequency), count)
    return np.asarray(coloured / max(1e-9, float(np.sqrt((coloured**2).mean()))), dtype=np.float32)


def band(low: float, high: float, *, slope: float = 2.0) -> Shape:
    """What is between two frequencies; beyond them ever less."""
    return lambda f: 1 / (1 + (low / np.maximum(f, 1.0)) ** slope) / (1 + (f / high) ** slope)


def swell(seed: int, place: str, count: int, *, every: float, low: float) -> Samples:
    """A slow course between `low` and 1, with a new turn every so many seconds."""
    knots = chance(seed, place)
    length = math.ceil(count / RATE / every) + 4
    values = [knots.uniform(low, 1.0) for _ in range(length)]
    at = np.arange(count, dtype=np.float32) / np.float32(RATE * every)
    left = at.astype(np.int32)
    share = at - left
    share = share * share * (3 - 2 * share)
    table = np.array(values, np.float32)
    return np.asarray(table[left] + (table[left + 1] - table[left]) * share, dtype=np.float32)


def wind(seed: int, count: int) -> Samples:
    """Air over open land, with gusts that whistle a little."""
    body = noise(seed, "wind", count, band(90, 420)) * swell(seed, "gust", count, every=1.3, low=0.35)
    whistle = (
        noise(seed, "whistle", count, band(520, 900, slope=5))
        * swell(seed, "whistling", count, every=0.9, low=0.0) ** 2
    )
    return body + 0.28 * whistle


def sea(seed: int, count: int) -> Samples:
    """Waves that roll in, break and draw back."""
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    start = chance(seed, "sea").uniform(0.0, 1.0)
    roll = (time / np.float32(4.3) + np.float32(start)) % 1
    crest = np.where(roll < 0.4, (roll / 0.4) ** 2, ((1 - roll) / 0.6) ** 1.5)  # noqa: PLR2004 - it comes quicker than it goes
    far = noise(seed, "far", count, band(60, 500)) * (0.5 + 0.5 * crest)
    foam = noise(seed, "foam", count, band(900, 5000)) * crest**1.5
    return np.asarray(0.8 * far + 0.55 * foam, dtype=np.float32)


def lapping(seed: int, count: int) -> Samples:
    """Small waves at a shore."""
    low = noise(seed, "lap", count, band(180, 700)) * swell(seed, "laps", count, every=0.42, low=0.05) ** 2
    high = noise(seed, "splash", count, band(1200, 3800)) * swell(seed, "splashes", count, every=0.31, low=0.0) ** 3
    return 0.9 * low + 0.35 * high


def rain(seed: int, count: int) -> Samples:
    """Many drops, some of them near."""
    hiss = noise(seed, "hiss", count, band(700, 7000)) * (0.8 + 0.2 * swell(seed, "shower", count, every=0.8, low=0.4))
    drops = grains(seed, "drops")
    clicks = (drops.random((2, count), dtype=np.float32) > 0.9994) * drops.random((2, count), dtype=np.float32)  # noqa: PLR2004
    near = np.fft.irfft(
        np.fft.rfft(clicks) * band(900, 3000)(np.fft.rfftfreq(count, 1 / RATE).astype(np.float32)), count
    )
    return np.asarray(0.6 * hiss + 22 * near, dtype=np.float32)


def thunder(seed: int, count: int) -> Samples:
    """One clap, far away."""
    time = np.arange(count, dtype=np.float32) / np.float32(RATE) - np.float32(chance(seed, "thunder").uniform(0.9, 1.6))
    course = np.where(time < 0, 0.0, np.minimum(1.0, time * 9) * np.exp(-time.clip(0.0, None) * 0.9))
    return (
        np.asarray(
            noise(seed, "rumble", count, band(35, 160)) * course * swell(seed, "roll", count, every=0.22, low=0.25),
            np.float32,
        )
        * 2
    )


def hum(seed: int, count: int) -> Samples:
    """A city at a distance: engines, air, now and then somebody who drives by."""
    low = noise(seed, "engines", count, band(45, 240))
    cars = noise(seed, "cars", count, band(250, 1500)) * swell(seed, "traffic", count, every=1.1, low=0.0) ** 3
    return low + 0.5 * cars


def deep(seed: int, count: int) -> Samples:
    """Under water: a rumble and bubbles."""
    draw = chance(seed, "bubbles")
    low = noise(seed, "deep", count, band(30, 190))
    total = np.zeros((2, count), np.float32)
    for _ in range(round(count / RATE * 5)):
        pitch, size = draw.uniform(380, 1100), draw.uniform(0.03, 0.09)
        length = round(size * RATE)
        time = np.arange(length, dtype=np.float32) / np.float32(RATE)
        blip = (
            np.sin(2 * np.pi * pitch * (time + 4 * time * time))
            * np.exp(-time / (size * 0.3))
            * np.minimum(1, time * 400)
        )
        _add(total, blip, start=draw.random(), pan=draw.uniform(-0.8, 0.8), gain=draw.uniform(0.1, 0.5))
    return low + 0.6 * total


def crickets(seed: int, count: int) -> Samples:
    """Three of them, each with its own note and beat."""
    draw = chance(seed, "crickets")
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    total = np.zeros((2, count), np.float32)
    for _ in range(3):
        note, beat, start, pan = (
            draw.uniform(3900, 4900),
            draw.uniform(1.2, 2.1),
            draw.random(),
            draw.uniform(-0.9, 0.9),
        )
        chirp = ((time * beat + start) % 1 < 0.42) * np.clip(np.sin(2 * np.pi * 27 * time) * 1.6, 0, 1)  # noqa: PLR2004
        _add(total, np.sin(2 * np.pi * note * time) * chirp, start=0.0, pan=pan, gain=draw.uniform(0.3, 0.8))
    return total + 0.25 * noise(seed, "night", count, band(120, 500))


def birds(seed: int, count: int) -> Samples:
    """Calls of a few birds, and leaves."""
    draw = chance(seed, "birds")
    total = 0.22 * noise(seed, "leaves", count, band(900, 4200)) * swell(seed, "breeze", count, every=1.2, low=0.2)
    for _ in range(max(2, round(count / RATE * 0.8))):
        note, bend, size = draw.uniform(2300, 4600), draw.uniform(-0.35, 0.35), draw.uniform(0.06, 0.14)
        start, pan, gain = draw.uniform(0.03, 0.9), draw.uniform(-0.9, 0.9), draw.uniform(0.25, 0.9)
        for repeat in range(draw.randint(1, 5)):
            length = round(size * RATE)
            time = np.arange(length, dtype=np.float32) / np.float32(length)
            pitch = note * (1 + bend * time + 0.03 * np.sin(2 * np.pi * 3 * time))
            call = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.sin(np.pi * time) ** 1.5
            _add(total, call, start=start + repeat * size * 1.5 * RATE / count, pan=pan, gain=gain)
    return np.asarray(total, dtype=np.float32)


def pad(seed: int, count: int, *, notes: tuple[int, ...]) -> Samples:
    """A chord that breathes. Notes are MIDI's."""
    draw = chance(seed, "pad")
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    total = np.zeros((2, count), np.float32)
    for note in notes:
        pitch = 440 * 2 ** ((note - 69) / 12)
        breath = 0.65 + 0.35 * np.sin(2 * np.pi * draw.uniform(0.07, 0.2) * time + draw.uniform(0, 6))
        for detune in (-0.0021, 0.0017):
            turn = ((pitch * (1 + detune) * time.astype(np.float64) + draw.random()) % 1).astype(
                np.float32
            ) * np.float32(2 * np.pi)
            tone = sum(np.sin(turn * np.float32(part)) / np.float32(part**2.1) for part in range(1, 6))
            _add(total, tone * breath, start=0.0, pan=draw.uniform(-0.6, 0.6), gain=0.35 * math.sqrt(220 / pitch))
    return total


def _add(total: Samples, sound: Samples, *, start: float, pan: float, gain: float) -> None:
    """Add one channel at a share of the length, somewhere from left (-1) to right (1)."""
    first = round(start * total.shape[1])
    part = np.asarray(sound[: max(0, total.shape[1] - first)], np.float32)
    angle = (pan + 1) * math.pi / 4
    total[0, first : first + len(part)] += np.float32(gain * math.cos(angle)) * part
    total[1, first : first + len(part)] += np.float32(gain * math.sin(angle)) * part
