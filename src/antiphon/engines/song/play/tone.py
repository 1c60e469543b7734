"""Notes that last: organs, bowed strings, brass, woodwinds and synthesisers.

One cycle of the wave is kept at several brightnesses, from dark to bright, each made of no more harmonics than the
sample rate can hold; a note reads it at its own speed, and moves between the brightnesses as a filter would.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.noise import noise_of
from antiphon.engines.song.play.sound import (
    PLAIN,
    SILENT,
    STEADY,
    Body,
    Facts,
    Noise,
    Pulse,
    Stereo,
    Stroke,
    Wave,
    chance,
    eased_in,
    seconds,
    sides,
)

_CYCLE_BITS, _TURN_BITS = 11, 32
_CYCLE = 1 << _CYCLE_BITS
_BETWEEN_BITS = _TURN_BITS - _CYCLE_BITS
_LEVELS = 7
_APART = 32
"""Frames between the moments at which slow motion is found."""
_TOP = 0.42
_TOP_HARMONIC = 640
_MIDDLE_C = 261.63
_MANY = 4
"""Fewer voices than these begin nearly together, lest they cancel."""
_CENT = np.log(2.0) / 1_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum(Facts):
    """Which harmonics there are.

    Args:
        harmonics: Levels of the first ones.
        slope: How the further ones fall with their number; 1 is a sawtooth's.
        odd: The share of even ones that is missing: 1 is a square's or a clarinet's.
        octave: What the harmonics are counted from: 0.5 is an octave below the note.
        scattered: How much the harmonics' phases differ, 0 to 1; a choir of them has softer edges.
    """

    harmonics: tuple[float, ...] = ()
    slope: float = 1.0
    odd: float = 0.0
    octave: float = 1.0
    scattered: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Facts):
    """What is above a limit is taken away, and the limit moves.

    Args:
        dark: The limit where it is lowest, in hertz, at middle C.
        bright: Where it is highest.
        tracking: How far it follows the pitch, 0 to 1.
        slope: Decibels an octave.
        peak: Decibels by which frequencies at the limit stand out.
        attack: Seconds till it is at its highest.
        decay: Seconds in which it then goes most of the way to where it stays.
        stays: Where that is, 0 dark to 1 bright.
        touch: How much lower it all is for soft strokes, 0 to 1.
    """

    dark: float = 400.0
    bright: float = 6_000.0
    tracking: float = 0.6
    slope: float = 12.0
    peak: float = 0.0
    attack: float = 0.01
    decay: float = 0.5
    stays: float = 0.6
    touch: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion(Facts):
    """What pitch does.

    Args:
        vibrato: Depth in cents.
        rate: In hertz.
        delay: Seconds till the vibrato is there.
        drift: Cents by which it wanders slowly.
        scoop: Cents by which it begins too low.
        settle: Seconds till it has come most of the way.
        living: How far loudness and brightness waver, as those of bow and breath do, 0 to 1.
    """

    vibrato: float = 0.0
    rate: float = 5.5
    delay: float = 0.3
    drift: float = 0.0
    scoop: float = 0.0
    settle: float = 0.03
    living: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone(Facts):
    """A tone that lasts as long as the key is down.

    Args:
        spectrum: Its harmonics.
        filter: What is done to them.
        body: What they sound through.
        motion: What its pitch does.
        voices: How many play each note.
        detune: Cents from the lowest of them to the highest.
        width: How far they stand apart, 0 to 1; 0 is the same left and right.
        attack: Seconds till full loudness.
        decay: Seconds in which it then goes most of the way to where it stays.
        stays: Where that is, 0 to 1.
        release: Seconds after the key is up.
        breath: Noise that lasts.
        chiff: Noise of the beginning.
        pulse: Tremolo.
    """

    spectrum: Spectrum = Spectrum()
    filter: Filter = Filter()
    body: Body = PLAIN
    motion: Motion = Motion()
    voices: int = 1
    detune: float = 0.0
    width: float = 0.0
    attack: float = 0.01
    decay: float = 0.5
    stays: float = 1.0
    release: float = 0.12
    breath: Noise = SILENT
    chiff: Noise = SILENT
    pulse: Pulse = STEADY

    def strike(self, stroke: Stroke) -> Stereo:
        """See `Sound`."""
        tables = _tables(self.spectrum, self.filter, self.body, stroke.frequency, stroke.rate)
        draw = chance(f"tone {stroke.pitch} {stroke.variant}")
        waver = _waver(self.motion, stroke, draw)
        place = np.clip(_brightness(self.filter, stroke) * waver, 0.0, 1.0)
        wave = np.zeros((2 if self.width else 1, stroke.frames), dtype=np.float32)
        # Two that are equally far above and below begin as far before and after the beginning of the wave: whatever
        # chance gives, they then sum to the note's own pitch.
        starts = draw.random(self.voices) * (0.1 if self.voices < _MANY else 1.0)
        starts = starts - starts[::-1]
        for voice, start in enumerate(starts):
            across = 0.0 if self.voices == 1 else 2.0 * voice / (self.voices - 1) - 1.0
            turns = self._turns(stroke, start, 0.5 * self.detune * across, draw)
            read = _read(tables, turns, place)
            # Neighbours in pitch stand on opposite sides, so that neither side is the lower one.
            beside = across * (1.0 if voice % 2 else -1.0)
            gains = np.asarray(sides(self.width * beside) if self.width else (1.0,)) / np.sqrt(self.voices)
            wave += gains.astype(np.float32)[:, None] * read
        for noise in (self.breath, self.chiff):
            if noise.level:
                breath = noise_of(noise, f"breath {stroke.pitch} {stroke.variant}", stroke)
                wave[:, : len(breath)] += breath * (0.4 + 0.6 * stroke.force)
        wave *= _loudness(self.decay, self.stays, stroke) * waver
        return self.pulse.over(eased_in(wave, stroke.rate, self.attack), stroke.rate)

    def _turns(self, stroke: Stroke, start: float, cents: float, draw: np.random.Generator) -> NDArray[np.uint32]:
        """Where in the wave each frame is: 2 to the power of 32 is its end, and its beginning again."""
        base = stroke.frequency * self.spectrum.octave * 2.0 ** (cents / 1_200.0)
        # Whole numbers that begin again at 0 by themselves cost half of what fractions do.
        step = round(base / stroke.rate * 2.0**_TURN_BITS) % 2**_TURN_BITS
        turns = np.arange(stroke.frames, dtype=np.uint32)
        turns *= np.uint32(step)
        turns += np.uint32(round(start % 1.0 * 2.0**_TURN_BITS) % 2**_TURN_BITS)
        moved = _moved(self.motion, stroke, draw)
        if moved is not None:
            turns += (moved * (base * _CENT * 2.0**_TURN_BITS)).astype(np.int64).astype(np.uint32)
        return turns


def _moved(motion: Motion, stroke: Stroke, draw: np.random.Generator) -> Wave | None:
    """How far the pitch's motion has carried the wave: the integral of cents over seconds."""
    if not (motion.vibrato or motion.drift or motion.scoop):
        return None
    # Pitch moves slowly: some moments tell it all.
    moment = np.arange(-(-stroke.frames // _APART) + 1, dtype=np.float32) * np.float32(_APART / stroke.rate)
    moved = np.zeros_like(moment)
    if motion.scoop:
        moved -= np.float32(motion.scoop * motion.settle) * (1.0 - np.exp(moment * np.float32(-1.0 / motion.settle)))
    if motion.vibrato:
        turns = np.float32(2.0 * np.pi * motion.rate * (0.94 + 0.12 * draw.random()))
        begins = np.clip((moment - np.float32(0.5 * motion.delay)) / np.float32(max(motion.delay, 0.02)), 0.0, 1.0)
        phase = np.float32(draw.random() * 2.0 * np.pi)
        moved -= np.float32(motion.vibrato) / turns * begins * np.cos(turns * moment + phase)
    if motion.drift:
        for slow in (0.37, 0.83, 1.71):
            turns = np.float32(2.0 * np.pi * slow * (0.8 + 0.4 * draw.random()))
            phase = np.float32(draw.random() * 2.0 * np.pi)
            moved -= np.float32(0.5 * motion.drift) / turns * (np.cos(turns * moment + phase) - np.cos(phase))
    lines = moved[:-1, None] + np.diff(moved)[:, None] * (np.arange(_APART, dtype=np.float32) / np.float32(_APART))
    return np.asarray(lines.reshape(-1)[: stroke.frames])


def _waver(motion: Motion, stroke: Stroke, draw: np.random.Generator) -> Wave:
    """What loudness and brightness are multiplied by at each frame: near 1."""
    if not motion.living:
        return np.ones(1, dtype=np.float32)
    moment = seconds(stroke.frames, stroke.rate)
    waver = np.ones_like(moment)
    for rate, share in ((0.71, 0.4), (1.9, 0.25), (motion.rate, 0.35), (9.7, 0.12)):
        turns = np.float32(2.0 * np.pi * rate * (0.9 + 0.2 * draw.random()))
        waver += np.float32(motion.living * share) * np.sin(turns * moment + np.float32(6.28 * draw.random()))
    return waver


def _brightness(limit: Filter, stroke: Stroke) -> Wave:
    """Where between the darkest table and the brightest each frame is, 0 to 1."""
    moment = seconds(stroke.frames, stroke.rate)
    top = 1.0 - limit.touch * (1.0 - stroke.force)
    rise = np.minimum(moment * np.float32(1.0 / max(limit.attack, 1e-4)), 1.0)
    fall = np.exp(np.maximum(moment - np.float32(limit.attack), 0.0) * np.float32(-3.0 / max(limit.decay, 1e-3)))
    return np.asarray(rise * (limit.stays + (1.0 - limit.stays) * fall) * top, dtype=np.float32)


def _loudness(decay: float, stays: float, stroke: Stroke) -> Wave:
    if stays >= 1.0:
        return np.ones(1, dtype=np.float32)
    fall = np.exp(seconds(stroke.frames, stroke.rate) * np.float32(-3.0 / decay))
    return np.asarray(stays + (1.0 - stays) * fall, dtype=np.float32)


@functools.lru_cache(maxsize=64)
def _tables(spectrum: Spectrum, limit: Filter, body: Body, frequency: float, rate: int) -> Wave:
    """A cycle at each brightness, dark first, one after the other; each with its first frame again at its end."""
    base = frequency * spectrum.octave
    number = np.arange(1, max(1, min(_TOP_HARMONIC, int(_TOP * rate / base))) + 1)
    levels = number**-spectrum.slope
    given = spectrum.harmonics[: len(number)]
    if given:
        levels *= given[-1] * len(given) ** spectrum.slope
        levels[: len(given)] = given
    levels[1::2] *= 1.0 - spectrum.odd
    levels = levels * body.gains(np.asarray(number * base, dtype=np.float64))
    share = np.arange(_LEVELS) / (_LEVELS - 1)
    cut = limit.dark * (limit.bright / limit.dark) ** share * (frequency / _MIDDLE_C) ** limit.tracking
    above = number * base / cut[:, None]
    gains = 1.0 / np.sqrt(1.0 + above ** (limit.slope / 3.0))
    gains = gains * 10.0 ** (limit.peak / 20.0 * np.exp(-0.5 * (np.log(above) / 0.18) ** 2))
    phases = -0.25 + spectrum.scattered * chance("phases").random(len(number))
    bins = np.zeros((_LEVELS, _CYCLE // 2 + 1), dtype=np.complex128)
    bins[:, 1 : len(number) + 1] = levels * gains * np.exp(2j * np.pi * phases)
    cycles = np.fft.irfft(bins, _CYCLE)
    cycles /= np.sqrt(np.mean(cycles**2, axis=1)).max() ** 0.7 * np.sqrt(np.mean(cycles**2, axis=1))[:, None] ** 0.3
    return np.hstack([cycles, cycles[:, :1]]).astype(np.float32).reshape(-1)


def _read(tables: Wave, turns: NDArray[np.uint32], place: Wave) -> Wave:
    """The wave at these places in its cycle, between its neighbours in both directions."""
    between = (turns & np.uint32((1 << _BETWEEN_BITS) - 1)).astype(np.float32)
    between *= np.float32(0.5**_BETWEEN_BITS)
    height = np.minimum(place, np.float32(0.9999)) * np.float32(_LEVELS - 1)
    level = height.astype(np.int32)
    height -= level.astype(np.float32)
    frame = level * np.int32(_CYCLE + 1) + (turns >> np.uint32(_BETWEEN_BITS)).astype(np.int32)
    rises = np.diff(tables, append=np.float32(0.0))
    dark = rises.take(frame)
    dark *= between
    dark += tables.take(frame)
    frame += np.int32(_CYCLE + 1)
    bright = rises.take(frame)
    bright *= between
    bright += tables.take(frame)
    bright -= dark
    bright *= height
    bright += dark
    return bright
