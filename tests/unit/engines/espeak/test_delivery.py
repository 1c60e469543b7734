"""How a voice is used is heard: measured in the sound of real renderers."""

import io
from collections.abc import AsyncIterator, Sequence

import av
import numpy as np
import pytest
import pytest_asyncio

from antiphon.audio.formats import encoding
from antiphon.audio.pitch import follow
from antiphon.domain.delivery import Delivery, Gesture, Part, Pause, Turn
from antiphon.domain.speech import Codec, Likeness, Manner
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.engines.espeak.delivery import SOUNDS, delivered
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.voices import load_voices

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 24_000
TEXT = "The quick brown fox jumps over the lazy dog, and never comes back."
WHISPERED = Delivery(whispered=True)
HIGHEST_VOICE = 350.0
"""Hertz: what seems periodic above it in a whisper is a formant."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def maker():
    made = EspeakMaker()
    await made.start()
    yield made
    await made.close()


async def bytes_of(maker, parts: Sequence[Part], codec=Codec.PCM_S16LE, **manner) -> bytes:
    async def each() -> AsyncIterator[Part]:
        for part in parts:
            yield part

    how = {"voice": "Adrian", "language": "en", **manner}
    async with maker.speak(each(), Manner(encoding=encoding(codec, sample_rate=RATE), **how)) as pieces:
        return b"".join([piece.audio async for piece in pieces])


async def sound(maker, parts: Sequence[Part], **manner):
    return np.frombuffer(await bytes_of(maker, parts, **manner), "<i2").astype(np.float32) / 32768


def voice(samples):
    """The pitch of what is voiced, in hertz."""
    track = follow(samples, RATE)
    return track[(track > 0) & (track < HIGHEST_VOICE)]


def span(samples) -> float:
    """Semitones between the 10th and the 90th percentile."""
    low, high = np.percentile(voice(samples), (10, 90))
    return 12 * float(np.log2(high / low))


def level(samples) -> float:
    """Decibels of what is not silent."""
    return float(10 * np.log10(np.mean(samples[np.abs(samples) > 0.002] ** 2)))


def treble(samples) -> float:
    """Decibels of what lies above 2 kHz beside what lies below 1 kHz."""
    power, at = np.abs(np.fft.rfft(samples)) ** 2, np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(10 * np.log10(power[at > 2000].sum() / power[at < 1000].sum()))


async def test_a_voice_in_its_own_way_is_what_it_was(maker):
    plain = await bytes_of(maker, [TEXT])
    assert await bytes_of(maker, [TEXT], delivery=Delivery()) == plain
    assert await bytes_of(maker, [Turn(voice="Adrian", language="en"), TEXT], voice="Maya") == plain


@pytest.mark.parametrize("speaker", ["Adrian", "Nina"])
async def test_a_whisper_has_no_voice_in_it(maker, speaker):
    plain, whispered = [await sound(maker, [TEXT], voice=speaker, delivery=way) for way in (Delivery(), WHISPERED)]
    frames = len(follow(plain, RATE))
    assert len(voice(plain)) > 0.5 * frames
    assert len(voice(whispered)) < 0.1 * frames
    assert level(whispered) < level(plain)


async def test_a_shout_is_louder_and_is_not_cut(maker):
    plain, shouted = [await sound(maker, [TEXT], delivery=Delivery(loudness=loudness)) for loudness in (0.0, 7.0)]
    assert level(shouted) - level(plain) > 4
    assert np.abs(shouted).max() <= 1
    assert np.count_nonzero(np.abs(shouted) > 0.999) < 10


@pytest.mark.parametrize("semitones", [-5.0, 5.0, 10.0, 20.0])
async def test_pitch_moves_by_semitones_and_loudness_stays(maker, semitones):
    plain = await sound(maker, [TEXT], voice="Jack")
    moved = await sound(maker, [TEXT], voice="Jack", delivery=Delivery(pitch=semitones))
    track = follow(moved, RATE)
    heard = 12 * np.log2(np.median(track[track > 0]) / np.median(voice(plain)))
    assert heard == pytest.approx(semitones, abs=1.0)
    assert level(moved) == pytest.approx(level(plain), abs=4)


async def test_melody_is_livelier_and_flatter_around_the_same_pitch(maker):
    lively, plain, flat = [await sound(maker, [TEXT], delivery=Delivery(melody=melody)) for melody in (2, 1, 0.5)]
    assert span(lively) > 1.5 * span(plain) > 2.2 * span(flat)
    assert np.median(voice(lively)) == pytest.approx(np.median(voice(flat)), rel=0.08)


async def test_pace_is_heard(maker):
    plain, slow = [await sound(maker, [TEXT], delivery=Delivery(pace=pace)) for pace in (1.0, 0.7)]
    assert len(slow) / len(plain) == pytest.approx(1 / 0.7, rel=0.1)


async def test_a_pause_is_as_long_as_it_says_and_silent(maker):
    without = await sound(maker, ["Hello ", "there."])
    paused = await sound(maker, ["Hello ", Pause(length=1.5), "there."])
    assert len(paused) - len(without) == pytest.approx(1.5 * RATE, abs=2)
    longest = max(len(run) for run in "".join("x" if loud else " " for loud in np.abs(paused) > 1e-4).split("x"))
    assert longest >= 1.5 * RATE


async def test_a_pause_at_the_end_is_there(maker):
    without, paused = await sound(maker, ["Hello."]), await sound(maker, ["Hello.", Pause(length=1.0)])
    assert len(paused) - len(without) == pytest.approx(RATE, abs=0.5 * RATE)
    assert not paused[-round(0.9 * RATE) :].any()


async def test_pauses_are_sent_as_they_come(maker):
    async def pauses() -> AsyncIterator[Part]:
        for _ in range(20):
            yield Pause(length=3.0)

    how = Manner(voice="Adrian", language="en", encoding=encoding(Codec.PCM_S16LE, sample_rate=RATE))
    async with maker.speak(pauses(), how) as pieces:
        lengths = [len(piece.audio) / RATE / 2 async for piece in pieces]
    assert sum(lengths) == pytest.approx(60.1, abs=0.1)
    assert max(lengths) < 4


@pytest.mark.parametrize("gesture", Gesture)
async def test_every_gesture_is_heard_in_every_language(maker, gesture):
    alone = [await sound(maker, [gesture], language=language) for language in ("en", "id", "zh")]
    for samples in alone:
        assert 0.1 < len(samples) / RATE < 2
        assert level(samples) > -32


async def test_a_laugh_is_voiced_and_a_sigh_is_breath(maker):
    laugh, sigh = [await sound(maker, [gesture]) for gesture in (Gesture.LAUGH, Gesture.SIGH)]
    assert len(voice(laugh)) > 5 * len(voice(sigh))


async def test_speech_goes_on_after_a_gesture_as_before(maker):
    whole = await sound(maker, ["Selamat pagi. ", Gesture.LAUGH, "Apa kabar?"], language="id")
    assert len(whole) > len(await sound(maker, ["Selamat pagi. ", "Apa kabar?"], language="id")) + 0.4 * RATE


async def test_turns_are_spoken_by_their_voices_in_one_stream(maker):
    man, woman = Turn(voice="Adrian", language="en"), Turn(voice="Nina", language="en")
    whole = await sound(maker, [man, "I went to the market today.", woman, "And what did you buy there?"])
    middle = len(whole) // 2
    assert np.median(voice(whole[:middle])) < 110
    assert np.median(voice(whole[-middle // 2 :])) > 180


async def test_a_dialogue_is_one_file_of_one_encoder(maker):
    turns = [Turn(voice="Adrian", language="en"), "One, two.", Pause(length=0.5), Turn(voice="Nina", language="en")]
    encoded = await bytes_of(maker, [*turns, "Three, four."], codec=Codec.MP3)
    with av.open(io.BytesIO(encoded)) as file:
        seconds = sum(frame.samples for frame in file.decode(audio=0)) / RATE
    parts = await sound(maker, [*turns, "Three, four."])
    assert seconds == pytest.approx(len(parts) / RATE, abs=0.1)


async def test_the_same_performance_gives_the_same_bytes(maker):
    parts = ["So. ", Gesture.SIGH, Turn(voice="Maya", language="en", delivery=WHISPERED), "Listen.", Gesture.LAUGH]
    assert await bytes_of(maker, parts) == await bytes_of(maker, parts)


async def test_a_cloned_voice_can_be_used_otherwise_too(maker):
    likeness = Likeness(pitch=110.0, span=4.0, pace=4.0, tilt=-6.0)
    plain, high = [
        await sound(maker, [TEXT], likeness=likeness, delivery=Delivery(pitch=semitones)) for semitones in (0.0, 5.0)
    ]
    assert np.median(voice(high)) / np.median(voice(plain)) == pytest.approx(2 ** (5 / 12), rel=0.07)


async def test_a_plainer_voice_has_its_pitch_and_another_sound():
    timbre = next(one.timbre for one in load_voices() if one.id == "Grace")
    plain = delivered(timbre, Delivery(resemblance=0.0))
    assert (plain.breath, plain.softness, plain.consonants) == (0, 125, 85)
    assert (plain.pitch, plain.span) == (timbre.pitch, timbre.span)
    half = delivered(timbre, Delivery(resemblance=0.5))
    assert plain.brightness < half.brightness < timbre.brightness


@pytest.mark.parametrize("name", ["Oliver", "Jack", "Adrian"])
async def test_even_an_ordinary_voice_becomes_another_as_loud(maker, name):
    voice = {"voice": name}
    itself = await sound(maker, [TEXT], **voice)
    plain = await sound(maker, [TEXT], **voice, delivery=Delivery(resemblance=0.0))
    assert treble(plain) < treble(itself) - 2.0
    assert abs(level(plain) - level(itself)) < 1.5


@pytest.mark.parametrize("throat", [Delivery(tract=0.945), Delivery(tract=1.055), Delivery(softness=12)])
async def test_another_throat_is_another_spectrum_as_loud(maker, throat):
    itself, other = await sound(maker, [TEXT]), await sound(maker, [TEXT], delivery=throat)
    assert not np.array_equal(itself, other)
    assert abs(level(other) - level(itself)) < 0.5
    assert abs(12 * np.log2(np.median(voice(other)) / np.median(voice(itself)))) < 0.5


@pytest.mark.parametrize("pitch", [-40.0, -20.0, 20.0, 40.0])
@pytest.mark.parametrize("melody", [0.0, 0.5, 8.0])
async def test_whatever_is_asked_of_a_voice_is_a_timbre(pitch, melody):
    extreme = Delivery(
        pitch=pitch, melody=melody, brightness=99, breath=9, flutter=99, resemblance=0.0, whispered=pitch > 30
    )
    for one in load_voices():
        assert isinstance(delivered(one.timbre, extreme), Timbre)


async def test_every_gesture_has_a_sound():
    assert set(SOUNDS) == set(Gesture)
