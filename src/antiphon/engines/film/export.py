"""Frames and sound as an MP4 file: H.264 and AAC, its index first, so that it plays while it comes."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
import numpy as np
from PIL import Image

from antiphon.audio.samples import Samples
from antiphon.engines.film.plane import Yuv
from antiphon.engines.song.perform import RATE

SOUND_RATE = RATE
_SOUND_BITS = 128_000
_BT709 = 1
_LIMITED = 1
_X264: Mapping[str, str] = MappingProxyType(
    {
        "preset": "veryfast",
        "crf": "22",
        "profile": "high",
        "g": "48",
        "flags": "+bitexact",
    }
)
_THREADS = 2
"""Always so many: with another number the bytes are others."""


def write_mp4(
    path: Path,
    frames: Iterator[Yuv],
    sound: Samples | None,
    *,
    size: tuple[int, int],
    rate: int,
    encoder: Mapping[str, str] = _X264,
    title: str = "",
) -> None:
    """Write a film.

    Args:
        path: Where to; a file that can be gone back in.
        frames: One after the other.
        sound: Shape (2, samples) at `SOUND_RATE`; None for none.
        size: Columns and rows, both even.
        rate: Frames in a second.
        encoder: What x264 is told.
        title: What it is called; "" for nothing.
    """
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        if title:
            container.metadata["title"] = title.replace("\0", "")
        video: Any = container.add_stream("libx264", rate=rate, options=dict(encoder))
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        context = video.codec_context
        context.thread_count = _THREADS
        context.time_base = Fraction(1, rate)
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED
        audio = None if sound is None else _sounding(container)
        heard = 0
        for number, frame in enumerate(frames):
            shown = _framed(frame)
            shown.pts, shown.time_base = number, Fraction(1, rate)
            container.mux(video.encode(shown))
            if audio is not None and sound is not None:
                until = round((number + 1) * SOUND_RATE / rate)
                container.mux(audio.encode(_heard(sound, heard, until)))
                heard = until
        container.mux(video.encode(None))
        if audio is not None:
            container.mux(audio.encode(None))


def _sounding(container: Any) -> Any:
    stream = container.add_stream("aac", rate=SOUND_RATE, options={"flags": "+bitexact"})
    stream.bit_rate = _SOUND_BITS
    stream.layout = "stereo"
    stream.format = "fltp"
    return stream


def _framed(frame: Yuv) -> av.VideoFrame:
    shown = av.VideoFrame(frame.y.size[0], frame.y.size[1], "yuv420p")
    for plane, grey in zip(shown.planes, frame, strict=True):
        plane.update(_lined(grey, plane.line_size))
    shown.color_range, shown.colorspace = _LIMITED, _BT709
    return shown


def _lined(grey: Image.Image, length: int) -> bytes:
    """The bytes of a grey picture, with each row as long as the encoder's."""
    if grey.size[0] == length:
        return grey.tobytes()
    return np.pad(np.asarray(grey), ((0, 0), (0, length - grey.size[0]))).tobytes()


def _heard(sound: Samples, first: int, last: int) -> av.AudioFrame:
    part = np.ascontiguousarray(sound[:, first:last])
    frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, first, Fraction(1, SOUND_RATE)
    return frame
