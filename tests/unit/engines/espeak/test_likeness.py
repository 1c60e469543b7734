"""Speakers, and the voices made to sound like them, both measured with the same ruler."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from antiphon.audio.formats import encoding
from antiphon.audio.likeness import measure
from antiphon.audio.pitch import follow
from antiphon.audio.resample import Resampler
from antiphon.domain.speech import Codec, Likeness, Manner
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.engines.espeak.likeness import pace_of, timbre_of
from antiphon.engines.espeak.voices import espeak_name, load_languages, load_voices, variant_file

RATE = 16_000
CLIP = (
    "The north wind and the sun were disputing which was the stronger, when a traveler came along wrapped in a warm "
    "cloak. They agreed that the one who first made him take his cloak off should be the stronger."
)
TEXT = (
    "You wished to know all about my grandfather. Well, he is nearly ninety three years old; he dresses himself in an "
    "ancient black frock coat, usually minus several buttons. Yet he still thinks as swiftly as ever. When he speaks, "
    "his voice is just a bit cracked and quivers a trifle."
)
SENTENCE = CLIP.partition(".")[0]
PACES = (110, 130, 150, 170, 200, 240, 280)
WAV = encoding(Codec.PCM_S16LE, sample_rate=RATE)
ENGLISH = next(language for language in load_languages() if language.code == "en")
VOICES = {voice.id: voice for voice in load_voices()}

SPEAKERS = {
    "Daniel, slow": Manner(voice="Daniel", language="en", encoding=WAV, speed=0.85),
    "Cooper, quick": Manner(voice="Cooper", language="en", encoding=WAV, speed=1.2),
    "Rohan, very quick": Manner(voice="Rohan", language="en", encoding=WAV, speed=1.3),
    "Grace, slow": Manner(voice="Grace", language="en", encoding=WAV, speed=0.9),
    "Nina": Manner(voice="Nina", language="en", encoding=WAV),
    "a dark man": Manner(
        voice="", language="en", encoding=WAV, likeness=Likeness(pitch=88, span=6, pace=3.4, tilt=-12)
    ),
    "a lively child": Manner(
        voice="", language="en", encoding=WAV, likeness=Likeness(pitch=310, span=8, pace=5.2, tilt=-2.5)
    ),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def maker() -> AsyncIterator[EspeakMaker]:
    made = EspeakMaker()
    await made.start()
    yield made
    await made.close()


async def spoken(maker: EspeakMaker, text: str, manner: Manner) -> bytes:
    async def once() -> AsyncIterator[str]:
        yield text

    async with maker.speak(once(), manner) as pieces:
        return b"".join([piece.audio async for piece in pieces])


def heard(sound: bytes) -> Likeness:
    return measure(np.frombuffer(sound, "<i2").astype(np.float32) / 32_768, RATE)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_clone_speaks_another_text_as_its_speaker_would(maker: EspeakMaker) -> None:
    speakers, clones = [], []
    for manner in SPEAKERS.values():
        speaker = heard(await spoken(maker, CLIP, manner))
        likeness = Manner(voice="any", language="en", encoding=WAV, likeness=speaker)
        speakers.append(speaker)
        clones.append(heard(await spoken(maker, TEXT, likeness)))
    table = "\n".join(
        f"{name:18s}" + "  ".join(f"{a:6.1f} ->{b:6.1f}" for a, b in zip(astuple(was), astuple(now), strict=True))
        for name, was, now in zip(SPEAKERS, speakers, clones, strict=True)
    )
    table = f"\n{'':18s}pitch, hertz      span, semitones   syllables a second   decibels an octave\n{table}"
    for was, now in zip(speakers, clones, strict=True):
        assert now.pitch == pytest.approx(was.pitch, rel=0.08), table
        assert now.span == pytest.approx(was.span, abs=3), table
        assert now.pace == pytest.approx(was.pace, rel=0.15), table
    tilts = [(was.tilt, now.tilt) for was, now in zip(speakers, clones, strict=True)]
    assert all(a[1] < b[1] for a in tilts for b in tilts if a[0] < b[0] - 0.4), table


@pytest.mark.asyncio(loop_scope="module")
async def test_a_likeness_says_the_same_text_in_the_same_bytes_beside_others(maker: EspeakMaker) -> None:
    likenesses = [Likeness(pitch=pitch, span=5, pace=4.5, tilt=-7) for pitch in (90, 150, 240)]
    manners = [Manner(voice="any", language="en", encoding=WAV, likeness=likeness) for likeness in likenesses]
    alone = [await spoken(maker, CLIP, manner) for manner in manners]
    together = await asyncio.gather(*(spoken(maker, CLIP, manner) for manner in manners * 4))
    assert together == alone * 4
    assert len(set(alone)) == 3


def contents(maker: EspeakMaker) -> list[Path]:
    assert maker._folder is not None
    return sorted(Path(maker._folder.name).rglob("*"))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_likeness_leaves_no_trace(maker: EspeakMaker) -> None:
    await spoken(maker, CLIP, SPEAKERS["a dark man"])
    before = contents(maker)
    named = await spoken(maker, CLIP, SPEAKERS["Nina"])
    for pitch in (90, 150):
        likeness = Likeness(pitch=pitch, span=5, pace=4.5, tilt=-7)
        await spoken(maker, CLIP, Manner(voice="any", language="en", encoding=WAV, likeness=likeness))
    assert contents(maker) == before
    assert await spoken(maker, CLIP, SPEAKERS["Nina"]) == named


@pytest.mark.asyncio(loop_scope="module")
async def test_a_likeness_speaks_after_its_folder_was_cleaned(maker: EspeakMaker) -> None:
    whole = await spoken(maker, CLIP, SPEAKERS["a dark man"])
    for path in contents(maker):
        if path.parent.name == "!v":
            path.unlink()
    assert await spoken(maker, CLIP, SPEAKERS["a dark man"]) == whole


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("language", ["de", "fr", "hi", "zh"])
async def test_a_likeness_speaks_every_language(maker: EspeakMaker, language: str) -> None:
    text = {"de": "Guten Morgen zusammen", "fr": "Bonjour tout le monde", "hi": "आप कैसे हैं", "zh": "今天天气很好"}
    likeness = Likeness(pitch=180, span=4, pace=4.5, tilt=-7)
    manner = Manner(voice="any", language=language, encoding=WAV, likeness=likeness)
    said = heard(await spoken(maker, 3 * f"{text[language]}. ", manner))
    assert said.pitch == pytest.approx(180, rel=0.2)


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Every voice on one note; what is measured of every voice in its own melody, then of one at many paces."""
    asked = []
    for voice in VOICES.values():
        lines = variant_file(voice).splitlines()
        note = f"pitch {voice.timbre.pitch} {voice.timbre.pitch}"
        flat = "\n".join([*(note if line.startswith("pitch") else line for line in lines), ""])
        asked.append({"voice": "en-us", "pace": voice.pace, "text": SENTENCE, "variant": flat})
    asked += [{"voice": espeak_name(voice, ENGLISH), "pace": voice.pace, "text": CLIP} for voice in VOICES.values()]
    asked += [{"voice": "en-us+Jack", "pace": pace, "text": CLIP} for pace in PACES]
    folder = tmp_path_factory.mktemp("espeak")
    command = [sys.executable, str(Path(__file__).with_name("perform.py")), str(folder)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    sounds = [_loaded(folder / f"{number}.s16le") for number in range(len(asked))]
    return sounds[:28], [measure(sound, RATE) for sound in sounds[28:]]


def _loaded(path):
    resampler = Resampler(22_050, RATE)
    sound = np.fromfile(path, "<i2").astype(np.float32) / 32_768
    return np.concatenate((resampler.push(sound), resampler.finish()))


def test_the_pitch_of_every_voice_is_measured_as_it_was_made(takes):
    measured = [float(np.median(track[track > 0])) for track in (follow(sound, RATE) for sound in takes[0])]
    # espeak speaks nine hertz below the number that it is given.
    made = [voice.timbre.pitch - 9 for voice in VOICES.values()]
    assert measured == pytest.approx(made, rel=0.01)


def test_a_melody_lies_between_its_ends(takes):
    for voice, measured in zip(VOICES.values(), takes[1], strict=False):
        lowest = voice.timbre.pitch - 9
        assert lowest < measured.pitch < lowest + voice.timbre.span, voice.id


def test_quicker_speech_is_measured_as_quicker(takes):
    paces = [measured.pace for measured in takes[1][28:]]
    assert paces == sorted(paces)
    assert 2.8 < paces[0] < 3.6
    assert 6.0 < paces[-1] < 7.5


def test_voices_are_as_quick_beside_each_other_as_they_were_made(takes):
    made = [voice.pace for voice in VOICES.values()]
    measured = [measured.pace for measured in takes[1][:28]]
    assert np.corrcoef(made, measured)[0, 1] > 0.85


@pytest.mark.parametrize("pitch", [1.0, 40.0, 70.0, 200.0, 360.0, 2_000.0])
@pytest.mark.parametrize("span", [0.0, 5.0, 14.0, 60.0])
@pytest.mark.parametrize("tilt", [-60.0, -8.0, 30.0])
@pytest.mark.parametrize("pace", [0.0, 4.0, 50.0])
def test_whatever_is_measured_there_is_a_voice_for_it(pitch, span, tilt, pace):
    likeness = Likeness(pitch=pitch, span=span, pace=pace, tilt=tilt)
    timbre_of(likeness)  # A timbre that no throat has would be refused.
    assert 80 <= pace_of(likeness) <= 400
