"""The header of a WAV file: RIFF, 16-bit samples, mono. No other chunks, so it is always 44 bytes."""

import os
import struct
from typing import BinaryIO

from antiphon.domain.units import Hertz

HEADER_LENGTH = 44
"""Bytes before the first sample."""

_BYTES_PER_FRAME = 2
# What FFmpeg writes where it cannot seek back; players take it to mean "until the end".
_UNKNOWN = 0xFFFF_FFFF
_RIFF_SIZE_AT, _DATA_SIZE_AT = 4, 40
_BEFORE_RIFF_COUNT = 8


def header(sample_rate: Hertz, frames: int | None) -> bytes:
    """Describe what follows.

    Args:
        sample_rate: In hertz.
        frames: How many samples follow; None, or more than 4 GiB of them: the header says "unknown".
    """
    riff, data = _sizes(None if frames is None else frames * _BYTES_PER_FRAME)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        riff,
        b"WAVE",
        b"fmt ",
        16,
        1,  # integer samples
        1,  # channel
        sample_rate,
        sample_rate * _BYTES_PER_FRAME,
        _BYTES_PER_FRAME,
        8 * _BYTES_PER_FRAME,
        b"data",
        data,
    )


def finish_file(file: BinaryIO) -> None:
    """Write the true sizes into a streamed file, and leave the position at its end.

    Args:
        file: Open for writing and seekable; it begins with `header`'s bytes and holds nothing after the samples.
    """
    end = file.seek(0, os.SEEK_END)
    riff, data = _sizes(end - HEADER_LENGTH)
    for place, size in ((_RIFF_SIZE_AT, riff), (_DATA_SIZE_AT, data)):
        file.seek(place)
        file.write(struct.pack("<I", size))
    file.seek(0, os.SEEK_END)


def _sizes(data: int | None) -> tuple[int, int]:
    """Give the RIFF chunk's count and the data chunk's, for so many bytes of samples."""
    overhead = HEADER_LENGTH - _BEFORE_RIFF_COUNT
    if data is None or data + overhead >= _UNKNOWN:
        return _UNKNOWN, _UNKNOWN
    return data + overhead, data
