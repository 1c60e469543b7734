"""Each of the voices that clients may name is audibly somebody: measured in the sound of real renderers."""

import asyncio
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import pytest_asyncio

from antiphon.audio.formats import encoding
from antiphon.audio.pitch import follow
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.speech import Codec, Manner
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.services.previews import LONGEST, load_lines

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 24_000
HIGHEST_VOICE = 400.0
LINES = load_lines()
CATALOGUE = SonnaSpeech.load(EspeakMaker().voices())
CROWDED = [voice for voice in CATALOGUE.voices.all if voice.vendor == "gemini"]
"""Thirty Americans, of whom the engine has twelve."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def maker():
    made = EspeakMaker()
    await made.start()
    yield made
    await made.close()


async def say(maker, voice):
    stand_in = CATALOGUE.stand_in(voice)

    async def line():
        yield LINES[voice.language]

    manner = Manner(
        voice=stand_in.voice,
        language=voice.spoken,
        encoding=encoding(Codec.PCM_S16LE, sample_rate=RATE),
        delivery=stand_in.delivery,
    )
    async with maker.speak(line(), manner) as pieces:
        return np.frombuffer(b"".join([piece.audio async for piece in pieces]), "<i2") / np.float32(32768)


def melody(samples):
    """The 10th, 50th and 90th percentile of the fundamental frequency, in hertz."""
    track = follow(samples, RATE)
    return np.percentile(track[(track > 0) & (track < HIGHEST_VOICE)], (10, 50, 90))


def pitch(samples) -> float:
    return float(melody(samples)[1])


def portrait(samples):
    """A voice in numbers of like weight: semitones of pitch and span, eighths of an octave of pace, decibels."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::256]
    frames = frames[np.sqrt((frames**2).mean(axis=1)) > 0.3 * np.sqrt((samples**2).mean())]
    power = (np.abs(np.fft.rfft(frames * np.hanning(1024))) ** 2).mean(axis=0)
    edges = 700 * (10 ** (np.linspace(218, 2957, 25) / 2595) - 1)
    place = np.digitize(np.fft.rfftfreq(1024, 1 / RATE), edges)
    levels = 10 * np.log10([power[place == band].mean() + 1e-12 for band in range(1, 25)])
    low, middle, high = melody(samples)
    course = [12 * np.log2(middle), 12 * np.log2(high / low), 8 * np.log2(len(samples))]
    return np.concatenate([course, (levels - levels.mean()) / np.sqrt(24)])


async def test_thirty_voices_of_twelve_are_thirty_and_men_are_lower_than_women(maker):
    sounds = {voice.name: await say(maker, voice) for voice in CROWDED}
    portraits = {name: portrait(samples) for name, samples in sounds.items()}
    apart = {
        (one, other): float(np.linalg.norm(portraits[one] - portraits[other])) for one, other in combinations(sounds, 2)
    }
    nearest = min(apart, key=apart.get)
    assert apart[nearest] > 1.5, nearest
    heights = {
        gender: [pitch(sounds[voice.name]) for voice in CROWDED if voice.gender == gender]
        for gender in ("male", "female")
    }
    assert max(heights["male"]) < min(heights["female"])
    assert max(float(np.abs(samples).max()) for samples in sounds.values()) < 0.99
    levels = [10 * np.log10((samples**2).mean()) for samples in sounds.values()]
    assert max(levels) - min(levels) < 4.5


@pytest.mark.parametrize(
    ("region", "other"), [("pt-PT-Wavenet-A", "pt-BR-Wavenet-A"), ("es-ES-Wavenet-C", "es-US-Wavenet-A")]
)
async def test_a_region_is_heard(maker, region, other):
    there, here = CATALOGUE.voices.find(region), CATALOGUE.voices.find(other)
    assert not np.array_equal(await say(maker, there), await say(maker, replace(there, spoken=here.spoken)))


async def test_no_sample_is_longer_than_it_may_be(maker):
    slowest = {}
    for voice in CATALOGUE.voices.all:
        kept = slowest.setdefault(voice.language, voice)
        if CATALOGUE.stand_in(voice).delivery.pace < CATALOGUE.stand_in(kept).delivery.pace:
            slowest[voice.language] = voice
    sounds = await asyncio.gather(*(say(maker, voice) for voice in slowest.values()))
    lengths = {language: len(samples) / RATE for language, samples in zip(slowest, sounds, strict=True)}
    assert {language: length for language, length in lengths.items() if not 1.0 < length < LONGEST} == {}
