import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Codec, Encoding, Manner
from antiphon.engines.tone.backend import ToneMaker

RATE = 8000


async def hum(text: str, codec: Codec = Codec.PCM_S16LE, **changes):
    async def parts():
        yield text

    how = Manner(voice="Sine", language="en", encoding=Encoding(codec=codec, sample_rate=RATE), **changes)
    async with ToneMaker().speak(parts(), how) as pieces:
        return [piece async for piece in pieces]


def samples(pieces, skip: int = 0) -> np.ndarray:
    return np.frombuffer(b"".join(piece.audio for piece in pieces)[skip:], "<i2") / 32768


async def test_it_hums_at_440_hertz_without_a_click():
    sound = samples(await hum("x" * 40))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert abs(np.argmax(spectrum) * RATE / len(sound) - 440) < 1
    assert np.abs(np.diff(sound)).max() < 2 * np.pi * 440 / RATE * 0.25 * 1.01


@pytest.mark.parametrize(("speed", "milliseconds"), [(1.0, 650), (2.0, 325), (0.5, 1300)])
async def test_it_hums_as_long_as_the_text_is(speed, milliseconds):
    pieces = await hum("x" * 10, speed=speed)
    assert pieces[-1].duration == milliseconds
    assert len(samples(pieces)) == RATE * milliseconds // 1000


async def test_it_stops_where_it_is_told_to():
    pieces = await hum("x" * 100, max_duration=1.25)
    assert (pieces[-1].duration, pieces[-1].capped, len(samples(pieces))) == (1250, True, 10_000)


async def test_it_asks_for_no_more_text_than_it_may_hum():
    async def endless():
        while True:
            yield "x" * 10

    how = Manner(
        voice="Sine", language="en", encoding=Encoding(codec=Codec.PCM_S16LE, sample_rate=RATE), max_duration=1.0
    )
    async with ToneMaker().speak(endless(), how) as pieces:
        assert [piece async for piece in pieces][-1].capped


async def test_a_wav_begins_with_its_header():
    pieces = await hum("x", Codec.WAV)
    assert pieces[0].audio.startswith(b"RIFF")
    assert len(samples(pieces, skip=44)) == RATE * 65 // 1000


async def test_another_codec_is_refused():
    with pytest.raises(InvalidRequest):
        await hum("x", Codec.MP3)
