"""FFmpeg's encoders without its containers: samples in, packets out, in one thread."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, cast

import av
import av._core
import numpy as np
from av.codec.context import Flags

from antiphon.audio.samples import Samples, bounded, to_s16
from antiphon.domain.units import BitsPerSecond, Hertz

av.logging.set_level(None)
# PyAV cuts sound into frames by a filter graph, and a graph starts one thread per core unless libavutil believes that
# there is one core only. PyAV has no way to say so, hence the call into the library that it has loaded.
ctypes.CDLL(av._core.__file__).av_cpu_force_count(1)  # noqa: SLF001 - there is no other way to that library


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """Which encoder of FFmpeg, and how it is set.

    Args:
        name: FFmpeg's name of it.
        sample_format: What it takes.
        options: Its own options.
    """

    name: str
    sample_format: Literal["s16", "flt", "fltp"]
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Packets:
    """One stream through one encoder.

    Args:
        coder: The encoder.
        sample_rate: In hertz; one that the encoder knows.
        bitrate: In bits per second; None for encoders that have none.
    """

    def __init__(self, coder: Coder, sample_rate: Hertz, bitrate: BitsPerSecond | None = None) -> None:
        context = cast("av.AudioCodecContext", av.CodecContext.create(coder.name, "w"))
        context.sample_rate = sample_rate
        context.layout = "mono"
        context.format = coder.sample_format
        context.time_base = Fraction(1, sample_rate)
        if bitrate is not None:
            context.bit_rate = bitrate
        context.options = dict(coder.options)
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.open()
        self._context = context
        self._format = coder.sample_format
        self._at = 0

    @property
    def sample_rate(self) -> int:
        """In hertz."""
        return self._context.sample_rate

    @property
    def frame_size(self) -> int:
        """Samples in each packet but the last; 0 where packets have any number."""
        return self._context.frame_size

    @property
    def setup(self) -> bytes:
        """What a decoder must know first: FFmpeg's `extradata`."""
        return self._context.extradata or b""

    def push(self, samples: Samples) -> list[bytes]:
        """Take any number of samples; give the packets that are full."""
        if not samples.size:
            return []
        values = to_s16(samples) if self._format == "s16" else bounded(samples)
        frame = av.AudioFrame.from_ndarray(values[np.newaxis], format=self._format, layout="mono")
        frame.sample_rate = self._context.sample_rate
        frame.pts = self._at
        self._at += len(samples)
        return [bytes(packet) for packet in self._context.encode(frame)]

    def finish(self) -> list[bytes]:
        """Give the rest. Nothing may be pushed after."""
        return [bytes(packet) for packet in self._context.encode(None) if packet.size]
