"""What the server and a renderer say to each other, as bytes. Pure.

server -> renderer   SETTING once, TEXT any number of times, END
renderer -> server   PIECE as sound comes, SPOKEN after each TEXT, a last PIECE
"""

import dataclasses
import enum
import json
import struct
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A manner, translated into espeak's terms.

    Args:
        voice: espeak's name of voice and variant, such as "en-us+Adrian"; where there is a timbre, of the voice alone.
        pace: Words per minute, speed included.
        encoding: What the bytes are to be.
        reduce_silence: Shorten pauses.
        max_duration: Where sound stops; None for never.
        timbre: What the voice is to sound like, in the place of a variant.
    """

    voice: str
    pace: int
    encoding: Encoding
    reduce_silence: bool
    max_duration: Seconds | None
    timbre: Timbre | None = None


def pack_setting(setting: Setting) -> bytes:
    """A setting as JSON."""
    return json.dumps(dataclasses.asdict(setting)).encode()


def unpack_setting(payload: bytes) -> Setting:
    """The setting that `pack_setting` packed."""
    fields = json.loads(payload)
    encoding, timbre = fields.pop("encoding"), fields.pop("timbre")
    bitrate = encoding["bitrate"]
    return Setting(
        **fields,
        encoding=Encoding(
            codec=Codec(encoding["codec"]),
            sample_rate=Hertz(encoding["sample_rate"]),
            bitrate=None if bitrate is None else BitsPerSecond(bitrate),
        ),
        timbre=None if timbre is None else Timbre(**timbre),
    )


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
