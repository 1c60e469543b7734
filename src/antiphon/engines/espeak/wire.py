"""What the server and a renderer say to each other, as bytes. Pure.

server -> renderer   SETTING once, TEXT, SPEAKER, PAUSE and SOUND any number of times, END
renderer -> server   PIECE as sound comes, SPOKEN after each TEXT, a last PIECE
"""

import dataclasses
import enum
import json
import struct
from dataclasses import dataclass
from typing import Any

from antiphon.domain.speech import Codec, Encoding, SpeechPiece, WordTime
from antiphon.domain.units import BitsPerSecond, Hertz, Milliseconds, Seconds
from antiphon.engines.espeak.timbre import Timbre


class Kind(enum.IntEnum):
    """The kinds of message; both directions share one numbering."""

    SETTING = 1
    TEXT = 2
    END = 3
    PIECE = 4
    SPOKEN = 5
    SPEAKER = 6
    PAUSE = 7
    SOUND = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A voice and how it is used, in espeak's terms.

    Args:
        voice: espeak's name of voice and variant, such as "en-us+Adrian"; where there is a timbre, of the voice alone.
        pace: Words per minute, speed included.
        timbre: What the voice is to sound like, in the place of a variant.
        gain: Decibels by which it is made louder.
    """

    voice: str
    pace: int
    timbre: Timbre | None = None
    gain: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A manner, translated into espeak's terms.

    Args:
        speaker: Who begins.
        encoding: What the bytes are to be.
        reduce_silence: Shorten pauses.
        max_duration: Where sound stops; None for never.
    """

    speaker: Speaker
    encoding: Encoding
    reduce_silence: bool
    max_duration: Seconds | None


def pack_speaker(speaker: Speaker) -> bytes:
    """A speaker as JSON."""
    return json.dumps(dataclasses.asdict(speaker)).encode()


def unpack_speaker(payload: bytes) -> Speaker:
    """The speaker that `pack_speaker` packed."""
    return _speaker(json.loads(payload))


def pack_setting(setting: Setting) -> bytes:
    """A setting as JSON."""
    return json.dumps(dataclasses.asdict(setting)).encode()


def unpack_setting(payload: bytes) -> Setting:
    """The setting that `pack_setting` packed."""
    fields = json.loads(payload)
    speaker, encoding = fields.pop("speaker"), fields.pop("encoding")
    bitrate = encoding["bitrate"]
    return Setting(
        **fields,
        speaker=_speaker(speaker),
        encoding=Encoding(
            codec=Codec(encoding["codec"]),
            sample_rate=Hertz(encoding["sample_rate"]),
            bitrate=None if bitrate is None else BitsPerSecond(bitrate),
        ),
    )


_PAUSE = struct.Struct("<d")


def pack_pause(length: Seconds) -> bytes:
    """A pause as bytes."""
    return _PAUSE.pack(length)


def unpack_pause(payload: bytes) -> Seconds:
    """The pause that `pack_pause` packed."""
    (length,) = _PAUSE.unpack(payload)
    return Seconds(length)


def _speaker(fields: dict[str, Any]) -> Speaker:
    timbre = fields.pop("timbre")
    return Speaker(**fields, timbre=None if timbre is None else Timbre(**timbre))


_PIECE = struct.Struct("<IBH")
_WORD = struct.Struct("<IIII")
_LAST, _CAPPED = 1, 2


def pack_piece(piece: SpeechPiece) -> bytes:
    """A piece as bytes: its head, its words, its audio. At most 65,535 words."""
    flags = _LAST * piece.last | _CAPPED * piece.capped
    words = b"".join(_WORD.pack(word.offset, word.length, word.start, word.end) for word in piece.words)
    return _PIECE.pack(piece.duration, flags, len(piece.words)) + words + piece.audio


def unpack_piece(payload: bytes) -> SpeechPiece:
    """The piece that `pack_piece` packed."""
    duration, flags, count = _PIECE.unpack_from(payload)
    end = _PIECE.size + count * _WORD.size
    words = tuple(
        WordTime(offset=offset, length=length, start=Milliseconds(start), end=Milliseconds(stop))
        for offset, length, start, stop in _WORD.iter_unpack(payload[_PIECE.size : end])
    )
    return SpeechPiece(
        audio=payload[end:],
        duration=Milliseconds(duration),
        words=words,
        last=bool(flags & _LAST),
        capped=bool(flags & _CAPPED),
    )
