"""Finished sound as files: WAV and MP3, two channels."""

import io
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import BinaryIO

import av
import numpy as np

from antiphon.audio.samples import Samples

MP3_BITRATE = 192_000
_FAST = "7"
"""LAME's quality: a third of the time of its default, and nothing that is heard at this bitrate (SETTLED 24)."""

_CHUNK = 1152 * 64
_FULL_SCALE = np.float32(32767.0)

Told = Callable[[float], None]
"""Called with how much of a file is written, 0 to 1."""


def _untold(_share: float) -> None:
    """Nobody asks."""


def write_wav(file: BinaryIO, stereo: Samples, rate: int) -> None:
    """Write 16-bit PCM.

    Args:
        file: Open for writing.
        stereo: Shape (2, frames), float32; beyond full scale it is cut.
        rate: In hertz.
    """
    frames = stereo.shape[1]
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + 4 * frames,
        b"WAVE",
        b"fmt ",
        16,
        1,
        2,
        rate,
        4 * rate,
        4,
        16,
        b"data",
        4 * frames,
    )
    file.write(head)
    file.writelines(_pcm(part).T.tobytes() for part in _parts(stereo))


def write_mp3(file: BinaryIO, stereo: Samples, rate: int, *, told: Told = _untold) -> None:
    """Write MP3, with the header that tells players where the sound begins and ends.

    Args:
        file: Open for writing, and for going back in it.
        stereo: As `write_wav`.
        rate: 32000, 44100 or 48000.
        told: Told how far it is.
    """
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, options={"compression_level": _FAST})
        stream.bit_rate = MP3_BITRATE
        stream.layout = "stereo"
        stream.format = "s16p"
        at = 0
        for part in _parts(stereo):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(_pcm(part)), format="s16p", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += part.shape[1]
            container.mux(stream.encode(frame))
            told(at / stereo.shape[1])
        container.mux(stream.encode(None))


def mp3(stereo: Samples, rate: int) -> bytes:
    """As `write_mp3`, in memory."""
    file = io.BytesIO()
    write_mp3(file, stereo, rate)
    return file.getvalue()


def _parts(stereo: Samples) -> Iterator[Samples]:
    for start in range(0, stereo.shape[1], _CHUNK):
        yield stereo[:, start : start + _CHUNK]


def _pcm(part: Samples) -> np.ndarray:
    whole: np.ndarray = np.rint(np.clip(part, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
    return whole
