"""Finished sound as files: WAV, MP3 and M4A, two channels."""

import io
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from antiphon.audio.samples import Samples

MP3_BITRATE = 192_000
_FAST = "7"
"""LAME's quality: a third of the time of its default, and nothing that is heard at this bitrate (SETTLED 24)."""

_AAC_BITRATE = 192_000
_AAC_CODER = "fast"
"""How FFmpeg's encoder searches: half of the time of its default."""

_CHUNK = 1152 * 16
"""Frames, at 44.1 kHz less than half a second: what is written of a file is never further behind."""
_FULL_SCALE = np.float32(32767.0)

Told = Callable[[float], None]
"""Called with how much of a file is written, 0 to 1."""


def _untold(_share: float) -> None:
    """Nobody asks."""


def write_wav(file: BinaryIO, stereo: Samples, rate: int, *, gain: float = 1.0) -> None:
    """Write 16-bit PCM.

    Args:
        file: Open for writing.
        stereo: Shape (2, frames), float32; beyond full scale it is cut.
        rate: In hertz.
        gain: What it is multiplied by before.
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
    file.writelines(_pcm(part * np.float32(gain)).T.tobytes() for part in _parts(stereo))


def write_mp3(file: BinaryIO, stereo: Samples, rate: int, *, told: Told = _untold) -> None:
    """Write MP3, with the header that tells players where the sound begins and ends.

    What is there of it while it is written can be played.

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
        for part, at in _placed(stereo):
            container.mux(stream.encode(_frame(_pcm(part), "s16p", rate, at)))
            file.flush()
            told((at + part.shape[1]) / stereo.shape[1])
        container.mux(stream.encode(None))


def write_m4a(path: Path, stereo: Samples, rate: int) -> None:
    """Write AAC in MP4, its index first, so that it plays while it is fetched.

    Args:
        path: Of the file, which is read again by its name: the index is known last.
        stereo: As `write_wav`.
        rate: As `write_mp3`.
    """
    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("aac", rate=rate, options={"aac_coder": _AAC_CODER})
        stream.bit_rate = _AAC_BITRATE
        stream.layout = "stereo"
        stream.format = "fltp"
        for part, at in _placed(stereo):
            container.mux(stream.encode(_frame(np.clip(part, -1.0, 1.0), "fltp", rate, at)))
        container.mux(stream.encode(None))


def mp3(stereo: Samples, rate: int) -> bytes:
    """As `write_mp3`, in memory."""
    file = io.BytesIO()
    write_mp3(file, stereo, rate)
    return file.getvalue()


def _parts(stereo: Samples) -> Iterator[Samples]:
    return (part for part, _at in _placed(stereo))


def _placed(stereo: Samples) -> Iterator[tuple[Samples, int]]:
    """The sound in pieces, each with the number of its first frame."""
    for start in range(0, stereo.shape[1], _CHUNK):
        yield stereo[:, start : start + _CHUNK], start


def _frame(part: np.ndarray, form: str, rate: int, at: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format=form, layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
    return frame


def _pcm(part: Samples) -> np.ndarray:
    whole: np.ndarray = np.rint(np.clip(part, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
    return whole
