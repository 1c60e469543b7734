"""The length of a FLAC file (RFC 9639): a stream begins without it, a file can be given it in the end."""

import os
from typing import BinaryIO

_MAGIC = b"fLaC"
_INFO_AT, _INFO_LENGTH = 8, 34
_BLOCK_SIZE_AT = _INFO_AT + 2
_TOTAL_AT = _INFO_AT + 13  # Of 36 bits, the first four are the lower half of this byte.
_SYNC = b"\xff\xf8"  # A frame in a stream whose blocks, but for the last, are all of one size.
_LONGEST_HEADER = 16
_TAIL = 1 << 18  # More than the largest mono block of 16 bits, so there is a frame's beginning in it.


def header(stream_info: bytes) -> bytes:
    """Begin a file with nothing but the one metadata block there must be, of 34 bytes."""
    last = 0x80
    return _MAGIC + bytes((last,)) + len(stream_info).to_bytes(3, "big") + stream_info


def finish_file(file: BinaryIO) -> None:
    """Write the true number of samples into a streamed file, and leave the position at its end.

    Args:
        file: Open for reading and writing, seekable; as `encode` made it. Without a frame, or not of that kind, it
            stays as it is.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(_INFO_AT + _INFO_LENGTH)
    file.seek(max(_INFO_AT + _INFO_LENGTH, end - _TAIL))
    last = _last_frame(file.read())
    if start.startswith(_MAGIC) and last is not None:
        number, length = last
        total = number * int.from_bytes(start[_BLOCK_SIZE_AT : _BLOCK_SIZE_AT + 2], "big") + length
        shared = start[_TOTAL_AT] & 0xF0
        file.seek(_TOTAL_AT)
        file.write((shared << 32 | total).to_bytes(5, "big"))
    file.seek(0, os.SEEK_END)


def _last_frame(data: bytes) -> tuple[int, int] | None:
    """Find the last frame's number and its samples."""
    at = data.rfind(_SYNC)
    while at >= 0:
        found = _frame(data[at : at + _LONGEST_HEADER].ljust(_LONGEST_HEADER, b"\0"))
        # Samples can look like a header, checksum and all; but the last frame ends with one of its own.
        if found is not None and _remainder(data[at:], polynomial=0x18005, width=16) == 0:
            return found
        at = data.rfind(_SYNC, 0, at)
    return None


def _frame(data: bytes) -> tuple[int, int] | None:
    """Read a frame header; None where the checksum says that it is none."""
    ones = f"{data[4]:08b}".find("0")
    size_code, rate_code = data[2] >> 4, data[2] & 15
    after_number = 4 + max(1, ones)
    after_size = after_number + {6: 1, 7: 2}.get(size_code, 0)
    end = after_size + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if ones in (-1, 1) or _remainder(data[: end + 1], polynomial=0x107, width=8):
        return None
    number = data[4] & 0x7F >> ones
    for value in data[5:after_number]:
        number = number << 6 | value & 0x3F
    return number, _block_size(size_code, data[after_number:after_size])


def _block_size(code: int, written: bytes) -> int:
    if written:
        return int.from_bytes(written, "big") + 1
    if code == 1:
        return 192
    return 256 << (code - 8) if code >= 8 else 576 << max(0, code - 2)  # noqa: PLR2004 - the standard's table


def _remainder(data: bytes, *, polynomial: int, width: int) -> int:
    """Run a checksum over data and its own checksum; 0 where they agree."""
    register, top = 0, 1 << (width - 1)
    for value in data:
        register ^= value << (width - 8)
        for _ in range(8):
            register = (register << 1) ^ (polynomial if register & top else 0)
    return register
