"""What the tests of `play` measure sounds with, and the little scores they are made from."""

import functools

import numpy as np

from antiphon.engines.song.play import instruments, play
from antiphon.engines.song.score import (
    TICKS,
    Credits,
    Key,
    Meter,
    Mode,
    Note,
    Part,
    Role,
    Score,
    Section,
    SectionKind,
    Tempo,
)

RATE = 44_100
PITCHED = [name for name, each in instruments().items() if not each.is_kit]
KITS = [name for name, each in instruments().items() if each.is_kit]


def song(*, bars=4, bpm=120.0, swing=0.0, meter=None, tempos=None):
    section = Section(kind=SectionKind.VERSE, name="Verse", first_bar=0, bars=bars, energy=0.5)
    return Score(
        title="",
        seed=1,
        key=Key(tonic=0, mode=Mode.MAJOR),
        meter=meter or Meter(),
        tempos=tempos or (Tempo(start=0, bpm=bpm),),
        swing=swing,
        sections=(section,),
        chords=(),
        parts=(),
        credits=Credits(style="pop"),
    )


def note(pitch, *, at=0.0, beats=1.0, velocity=100):
    """Times in quarter notes; at 120 a minute, half a second."""
    return Note(start=round(at * TICKS), length=round(beats * TICKS), pitch=pitch, velocity=velocity)


def part(name, *notes):
    return Part(role=Role.LEAD, instrument=name, notes=tuple(notes))


def heard(name, *notes, seconds=None, score=None):
    frames = None if seconds is None else round(seconds * RATE)
    return play(part(name, *notes), score or song(), frames=frames)


def within(name, share):
    """A key so far up an instrument's range."""
    each = instruments()[name]
    return round(each.lowest + share * (each.highest - each.lowest))


def phrase(name):
    """What instruments are compared by: a few notes at velocity 100."""
    if name == "effects":
        return [note(key, at=4 * place, beats=4) for place, key in enumerate((36, 38, 40, 49))]
    if name == "percussion":
        keys = (63, 70, 62, 70, 64, 70, 60, 61)
        return [note(keys[place % 8], at=place / 2, beats=0.5) for place in range(16)]
    if name in KITS:
        beat = [note(36 if place % 2 == 0 else 38, at=place) for place in range(8)]
        return sorted([*beat, *(note(42, at=place / 2) for place in range(16))], key=lambda each: each.start)
    return [note(within(name, share), at=2 * place, beats=2) for place, share in enumerate((0.3, 0.42, 0.54, 0.66))]


@functools.cache
def phrased(name):
    """The phrase, played. Not to be changed."""
    return heard(name, *phrase(name), seconds=9.0)


def loudness(sound, rate=RATE):
    """Of ITU-R BS.1770, in LUFS: K-weighted by its filters' gains in the spectrum, gated in blocks of 400 ms."""
    size = 1 << sound.shape[1].bit_length()
    spectrum = np.fft.rfft(sound.astype(np.float64), size)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    z = np.exp(-2j * np.pi * frequencies / rate)
    weighted = np.fft.irfft(spectrum * _shelf(z, rate) * _rumble(z, rate), size)[:, : sound.shape[1]]
    hop, block = rate // 10, rate * 4 // 10
    energy = np.concatenate([[0.0], np.cumsum(np.sum(weighted**2, axis=0))])
    starts = np.arange(0, sound.shape[1] - block, hop)
    powers = (energy[starts + block] - energy[starts]) / block
    powers = powers[powers > 10 ** ((-70 + 0.691) / 10)]
    gated = powers[powers > 0.1 * powers.mean()]
    return float(-0.691 + 10 * np.log10(gated.mean()))


def _shelf(z, rate):
    gain, q, centre = 10 ** (3.999843853973347 / 20), 0.7071752369554196, 1681.974450955533
    k = np.tan(np.pi * centre / rate)
    middle = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    top = (gain + middle * k / q + k * k) + 2 * (k * k - gain) * z + (gain - middle * k / q + k * k) * z**2
    return top / (a0 + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z**2)


def _rumble(z, rate):
    q, centre = 0.5003270373238773, 38.13547087602444
    k = np.tan(np.pi * centre / rate)
    a0 = 1 + k / q + k * k
    return (1 - 2 * z + z**2) / (1 + 2 * (k * k - 1) / a0 * z + (1 - k / q + k * k) / a0 * z**2)


def fundamental(wave, near, rate=RATE):
    """The mean frequency, weighted by power, within half a semitone of `near`."""
    size = 1 << (len(wave).bit_length() + 1)
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size)) ** 2
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    band = (frequencies > near * 2 ** (-0.8 / 12)) & (frequencies < near * 2 ** (0.8 / 12))
    return float(np.sum(frequencies[band] * power[band]) / np.sum(power[band]))


def cents(frequency, right):
    return 1_200 * np.log2(frequency / right)


def centroid(wave, rate=RATE):
    """Where the middle of the spectrum's power is, in hertz: what is brighter is higher."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float(np.sum(np.fft.rfftfreq(len(wave), 1 / rate) * power) / np.sum(power))


if __name__ == "__main__":
    for each in instruments():
        print(f"{each:20} {loudness(phrased(each)):6.1f} LUFS")  # noqa: T201 - what the table's loudness is set by
