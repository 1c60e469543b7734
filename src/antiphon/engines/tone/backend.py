"""A `SpeechMaker` that hums: a tone of 440 Hz, as long as the text would take to say."""

import array
import contextlib
import functools
import math
import sys
from collections.abc import AsyncIterator, Sequence

from antiphon.audio import wav
from antiphon.domain.delivery import Part
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.ports import Language, Voice
from antiphon.domain.speech import Codec, Encoding, Manner, SpeechPiece
from antiphon.domain.units import Hertz, Milliseconds

_PITCH = 440
_LOUDNESS = 0.25
_PER_CHARACTER = 65  # Milliseconds; about what English takes to say.
_PIECE = 500  # Milliseconds, a whole number of periods, so that pieces join without a click.
_CODECS = (Codec.PCM_S16LE, Codec.WAV)


class ToneMaker:
    """Hums, in 16-bit PCM or WAV; no other codec, as those want a child process."""

    name = "tone"

    def __init__(self) -> None:
        self._up = False

    def voices(self) -> Sequence[Voice]:
        """One voice, Sine."""
        return [Voice(id="Sine", gender="neutral", description="a tone of 440 Hz", accent="none")]

    def languages(self) -> Sequence[Language]:
        """English, which it does not know either."""
        return [Language(code="en", name="English")]

    async def start(self) -> None:
        """Be ready."""
        self._up = True

    async def close(self) -> None:
        """Be ready no more."""
        self._up = False

    def ready(self) -> bool:
        """Whether it was started and not closed."""
        return self._up

    @contextlib.asynccontextmanager
    async def speak(self, text: AsyncIterator[Part], manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        """Hum for 65 ms a character, at the speed asked for.

        Raises:
            InvalidRequest: "unsupported_codec": neither pcm_s16le nor wav.
        """
        if manner.encoding.codec not in _CODECS:
            raise InvalidRequest("unsupported_codec", "audio_format", codec=manner.encoding.codec.value)
        yield _pieces(text, manner)


async def _pieces(text: AsyncIterator[Part], manner: Manner) -> AsyncIterator[SpeechPiece]:
    rate = manner.encoding.sample_rate
    most = math.inf if manner.max_duration is None else 1000 * manner.max_duration
    head = _head(manner.encoding)
    sent = 0
    wanted = 0.0
    async for part in text:
        wanted += (len(part) if isinstance(part, str) else 0) * _PER_CHARACTER / manner.speed
        while sent < min(wanted, most):
            length = int(min(_PIECE, min(wanted, most) - sent)) or 1
            sent += length
            yield SpeechPiece(audio=head + _hum(rate, length), duration=Milliseconds(sent))
            head = b""
        if wanted > most:
            break
    yield SpeechPiece(audio=head, duration=Milliseconds(sent), last=True, capped=wanted > most)


def _head(encoding: Encoding) -> bytes:
    return wav.header(encoding.sample_rate, None) if encoding.codec is Codec.WAV else b""


@functools.lru_cache(maxsize=64)
def _hum(rate: Hertz, length: int) -> bytes:
    """So many milliseconds as s16le; always from the start of a period."""
    samples = array.array("h", (_sample(index, rate) for index in range(rate * length // 1000)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _sample(index: int, rate: Hertz) -> int:
    return round(32767 * _LOUDNESS * math.sin(2 * math.pi * _PITCH * index / rate))
