"""What the tests of `sing` sing, and what they measure it with."""

import functools
from dataclasses import replace

import numpy as np

from antiphon.engines.song.score import (
    TICKS,
    Credits,
    Key,
    Meter,
    Mode,
    Score,
    Section,
    SectionKind,
    Singer,
    Sung,
    Tempo,
    Vocal,
    Word,
)
from antiphon.engines.song.sing import EspeakSpeaker, sing

RATE = 44_100
MAN = Singer(gender="male", lowest=45, highest=67)
WOMAN = Singer(gender="female", lowest=57, highest=79, tract=1.17, breath=0.25, tilt=-1.0)

TWINKLE = (
    "t w 'I N / k @L / t w 'I N / k @L / l 'I / t @L / s t 'A@ // h 'aU / 'aI / w 'V n / d 3 / w 'V t / j 'u: / 'A@"
)
TUNE = (48, 48, 55, 55, 57, 57, 55, 53, 53, 52, 52, 50, 50, 48)
BEATS = (1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2)


def syllable(text):
    """Phonemes, vowel's place and stress, of espeak's mnemonics with a mark before the vowel where it is stressed."""
    names = text.split()
    marked = [place for place, name in enumerate(names) if name[0] == "'"]
    vowels = [place for place, name in enumerate(names) if name.strip("'")[0] in "aeiouAEIOUYV@03y"]
    plain = tuple(name.strip("'") for name in names)
    return plain, (marked or vowels or [0])[0], 2 if marked else 0


def vocal(text, pitches, beats, *, singer=MAN, language="en", harmonies=(), rest=1):
    """Lines are between `//`, syllables between `/`; an empty one holds the vowel before. The first is on beat two."""
    notes, words, at = [], [], TICKS
    tones = iter(zip(pitches, beats, strict=True))
    for line, each in enumerate(text.split("//")):
        for part in each.split("/"):
            names, vowel, stress = syllable(part)
            pitch, length = next(tones)
            words.append(Word(text=part.strip(), line=line))
            notes.append(
                Sung(
                    start=at,
                    length=round(length * TICKS) - (TICKS // 10 if part is each.split("/")[-1] else 0),
                    pitch=pitch,
                    velocity=100,
                    word=len(words) - 1,
                    phonemes=names,
                    vowel=vowel,
                    stress=stress,
                )
            )
            at += round(length * TICKS)
        at += rest * TICKS
    return Vocal(
        language=language,
        lines=tuple(text.split("//")),
        words=tuple(words),
        lead=tuple(notes),
        harmonies=tuple(tuple(replace(note, pitch=note.pitch + above) for note in notes) for above in harmonies),
        singer=singer,
    )


def score(voice, *, bpm=96.0, seed=1):
    end = max(note.start + note.length for note in voice.lead)
    section = Section(kind=SectionKind.VERSE, name="Verse", first_bar=0, bars=end // (4 * TICKS) + 1, energy=0.5)
    return Score(
        title="",
        seed=seed,
        key=Key(tonic=0, mode=Mode.MAJOR),
        meter=Meter(),
        tempos=(Tempo(start=0, bpm=bpm),),
        sections=(section,),
        chords=(),
        parts=(),
        credits=Credits(style="pop"),
        vocal=voice,
    )


def sung(voice, **facts):
    """All voices, and the score."""
    song = score(voice, **facts)
    return tuple(sing(voice, song, EspeakSpeaker(), RATE)), song


@functools.cache
def twinkle(singer=MAN, above=0):
    """The lead, and the score. Not to be changed."""
    voices, song = sung(vocal(TWINKLE, tuple(pitch + above for pitch in TUNE), BEATS, singer=singer))
    return voices[0], song


def frequency(pitch):
    return 440.0 * 2 ** ((pitch - 69) / 12)


def pitches(wave, near, *, rate=RATE, window=0.06, hop=0.01):
    """Fundamental frequencies by autocorrelation, within a third of `near`."""
    size, step = round(window * rate), round(hop * rate)
    found = []
    for start in range(0, len(wave) - size, step):
        piece = wave[start : start + size] * np.hanning(size)
        likeness = np.fft.irfft(np.abs(np.fft.rfft(piece, 4 * size)) ** 2)
        own = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 4 * size)) ** 2)
        lags = np.arange(round(rate / near * 0.75), round(rate / near * 1.34))
        likeness = likeness / np.maximum(own, 1e-9 * own[0])
        best = lags[np.argmax(likeness[lags])]
        before, at, after = likeness[best - 1 : best + 2]
        found.append(rate / (best + 0.5 * (before - after) / (before - 2 * at + after)))
    return np.array(found)


def cents(found, right):
    return 1_200 * np.log2(found / right)


def envelope(wave, rate=RATE):
    """Decibels at 128 frequencies from 0 to 6 kHz, without the harmonics."""
    spectrum = np.log(np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 65_536)) + 1e-9)
    cepstrum = np.fft.irfft(spectrum)
    cepstrum[90:-89] = 0
    smooth = np.fft.rfft(cepstrum).real * 8.686
    return np.interp(np.linspace(0, 6_000, 128), np.fft.rfftfreq(65_536, 1 / rate), smooth)


def mfcc(wave, rate=RATE, *, hop=0.01, length=0.03, high=8_000.0):
    """Of every hundredth of a second, shape (moments, 13); silence left out, means taken away."""
    size, step = round(length * rate), round(hop * rate)
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[::step] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, 4_096)) ** 2
    mels = np.linspace(_mel(100.0), _mel(high), 30)
    edges = 700.0 * (10 ** (mels / 2_595.0) - 1.0)
    grid = np.fft.rfftfreq(4_096, 1 / rate)
    bank = np.array([np.interp(grid, edges[each : each + 3], (0, 1, 0)) for each in range(28)])
    logs = np.log(power @ bank.T + 1e-8)
    kept = power.sum(axis=1) > 1e-5 * power.sum(axis=1).max()
    turns = np.cos(np.pi * (np.arange(28) + 0.5)[:, None] * np.arange(1, 14) / 28)
    found = logs[kept] @ turns
    return (found - found.mean(axis=0)) / found.std(axis=0)


def _mel(hertz):
    return 2_595.0 * np.log10(1.0 + hertz / 700.0)


def distance(one, other):
    """Of two sequences, by dynamic time warping of cosines: the cost of the best way for each of their moments."""
    one, other = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other))
    costs = 1.0 - one @ other.T
    total = np.full(len(other) + 1, np.inf)
    total[0] = 0.0
    for row in costs:
        entered = np.minimum(total[1:], total[:-1]) + row
        # Steps within the row: the least of what was entered further left, and the costs from there.
        run = np.cumsum(row)
        total = np.concatenate([[np.inf], np.minimum.accumulate(entered - run) + run])
    return total[-1] / (len(one) + len(other))
