"""The sound in a file that a stranger made. For confined children only (`kit.confinement`).

What kind of file it is, its first bytes say, out of a closed list; FFmpeg is told, and never guesses. So there are no
playlists, no picture formats, no archives. Only a few decoders can be opened, for the first stream of sound alone, and
nothing else can be opened by any of them. What a file claims of its length is not believed: samples are counted as they
come.
"""

import io
from collections.abc import Callable, Iterator
from typing import Literal, NoReturn

import av
import av.error
import numpy as np

from antiphon.audio.resample import Resampler
from antiphon.audio.samples import Samples, bounded
from antiphon.domain.clips import ClipFault
from antiphon.domain.units import Hertz, Seconds

av.logging.set_level(None)

_DECODERS = (
    *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_mulaw", "pcm_alaw"),
    *("mp3float", "mp3", "flac", "opus", "libopus", "vorbis", "aac"),
)
_OPTIONS = {"protocol_whitelist": "none", "codec_whitelist": ",".join(_DECODERS)}
_RATES = range(8_000, 192_001)
_MOST_CHANNELS = 8
_PADDING = Seconds(0.2)  # What encoders add to a clip of exactly the longest duration.
_Rest = Literal["refused", "left"]
"""What becomes of a file that sounds for longer than it may: it is refused, or what is beyond is left alone."""
_MOST_TAGS = 4
_TAG_HEADER = 10
_TAG_HAS_FOOTER = 0x10


class ClipUnusable(ValueError):
    """The file has no sound that can be used.

    Args:
        fault: Why not.
    """

    def __init__(self, fault: ClipFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def decode(data: bytes, *, rate: Hertz, longest: Seconds) -> Samples:
    """The sound of a file, its channels as one.

    A file that ends too early, or has broken parts, is what can be heard of it.

    Args:
        data: The file.
        rate: The sample rate that is wanted.
        longest: A file that sounds for longer is refused as soon as it has.

    Raises:
        ClipUnusable: TOO_LONG, or UNREADABLE.
    """
    (mono,) = _decode_as(_mono, data, rate=rate, longest=longest)
    return mono


def decode_beginning(data: bytes, *, rate: Hertz, length: Seconds) -> Samples:
    """As `decode`, but of a file that sounds for longer the first so many seconds."""
    (mono,) = _decode_as(_mono, data, rate=rate, longest=length, rest="left")
    return mono


def decode_stereo(data: bytes, *, rate: Hertz, longest: Seconds) -> Samples:
    """As `decode`, but left and right, shape (2, frames): the same where there is one channel.

    Further channels are in both.
    """
    return np.stack(_decode_as(_stereo, data, rate=rate, longest=longest))


def _decode_as(
    fold: Callable[[Samples], Samples], data: bytes, *, rate: Hertz, longest: Seconds, rest: _Rest = "refused"
) -> list[Samples]:
    """The sound of a file, folded from its channels into those that are wanted, shape (channels, frames) both."""
    start = _after_tags(data)
    demuxer = sniff(data[start : start + 64])
    if demuxer is None:
        raise ClipUnusable(ClipFault.UNREADABLE)
    try:
        return _decode(io.BytesIO(data[start:]), demuxer, fold, rate=rate, longest=longest, rest=rest)
    except (av.error.FFmpegError, ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as failure:
        if isinstance(failure, ClipUnusable):
            raise
        raise ClipUnusable(ClipFault.UNREADABLE) from failure


def sniff(start: bytes) -> str | None:
    """FFmpeg's name of the container that a file with these first bytes is; None for all that is not taken."""
    match start[:4]:
        case b"RIFF" if start[8:12] == b"WAVE":
            return "wav"
        case b"fLaC":
            return "flac"
        case b"OggS":
            return "ogg"
        case b"\x1aE\xdf\xa3" if b"webm" in start:
            return "matroska"
        case _ if start[4:8] == b"ftyp":
            return "mov"
        case _:
            return _sniff_frame(start)


def _sniff_frame(start: bytes) -> str | None:
    """MP3 and ADTS have no container: their first frame tells."""
    sync = int.from_bytes(start[:2], "big")
    if sync & 0xFFF6 == 0xFFF0:  # noqa: PLR2004 - twelve ones, any version, layer 0.
        return "aac"
    layer_iii = sync & 0xFFE6 == 0xFFE2  # noqa: PLR2004 - eleven ones, any version, layer III.
    return "mp3" if layer_iii else None


def _after_tags(data: bytes) -> int:
    """Where the file begins, after the ID3 tags before it, with the pictures in them."""
    at = 0
    for _ in range(_MOST_TAGS):
        header = data[at : at + _TAG_HEADER]
        if len(header) < _TAG_HEADER or not header.startswith(b"ID3"):
            break
        size = 0
        for value in header[6:]:
            size = size << 7 | value & 0x7F
        at += _TAG_HEADER + size + (_TAG_HEADER if header[5] & _TAG_HAS_FOOTER else 0)
    return at


def _decode(
    file: io.BytesIO, demuxer: str, fold: Callable[[Samples], Samples], *, rate: Hertz, longest: Seconds, rest: _Rest
) -> list[Samples]:
    with av.open(
        file, "r", format=demuxer, options=_OPTIONS, metadata_errors="replace", io_open=_refuse_to_open
    ) as container:
        stream = container.streams.audio[0]
        codec = stream.codec_context
        # Whatever its type says, there is none where FFmpeg knows no decoder.
        if codec is None or codec.codec.name not in _DECODERS or codec.sample_rate not in _RATES:
            raise ClipUnusable(ClipFault.UNREADABLE)
        source = Hertz(codec.sample_rate)
        codec.thread_count = 1
        most, taken, courses = (longest + _PADDING) * source, 0, _Courses(source, rate)
        for frame in _frames(container, stream):
            if frame.sample_rate != source or len(frame.layout.channels) > _MOST_CHANNELS:
                raise ClipUnusable(ClipFault.UNREADABLE)
            if taken + frame.samples > most:
                if rest == "left" and taken:
                    break
                raise ClipUnusable(ClipFault.TOO_LONG)
            taken += frame.samples
            courses.push(fold(_channels(frame)))
        if not taken:
            raise ClipUnusable(ClipFault.UNREADABLE)
        return courses.finish()


class _Courses:
    """The channels on their way to the rate that is wanted."""

    def __init__(self, source: Hertz, rate: Hertz) -> None:
        self._rates = source, rate
        self._resamplers: list[Resampler] = []
        self._parts: list[list[Samples]] = []

    def push(self, channels: Samples) -> None:
        """Take a piece, shape (channels, frames), always as many of them."""
        if not self._resamplers:
            self._resamplers = [Resampler(*self._rates) for _ in channels]
            self._parts = [[] for _ in channels]
        for resampler, parts, channel in zip(self._resamplers, self._parts, channels, strict=True):
            parts.append(resampler.push(channel))

    def finish(self) -> list[Samples]:
        """Give them whole."""
        return [
            np.concatenate((*parts, resampler.finish()))
            for resampler, parts in zip(self._resamplers, self._parts, strict=True)
        ]


def _frames(container: "av.container.InputContainer", stream: "av.AudioStream") -> Iterator["av.AudioFrame"]:
    """What can be decoded; a broken packet is passed over, and where the file breaks off is its end."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            continue
        yield from decoded


def _mono(channels: Samples) -> Samples:
    return np.asarray(channels.mean(axis=0, keepdims=True), dtype=np.float32)


def _stereo(channels: Samples) -> Samples:
    sides = channels[:2] if len(channels) > 1 else np.repeat(channels, 2, axis=0)
    return np.asarray((sides + channels[2:].sum(axis=0)) / max(1, len(channels) - 1), dtype=np.float32)


def _channels(frame: "av.AudioFrame") -> Samples:
    """What a frame holds, shape (channels, frames), in -1..1."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, len(frame.layout.channels)).T
    with np.errstate(all="ignore"):  # Floats in a file may be anything.
        scaled = values.astype(np.float32)
    if values.dtype == np.uint8:
        scaled = scaled / np.float32(2**7) - 1
    elif values.dtype.kind == "i":
        scaled = scaled / np.float32(2 ** (8 * values.dtype.itemsize - 1))
    return bounded(scaled)


def _refuse_to_open(_url: str, _flags: int, _options: object) -> NoReturn:
    """No file of this kind is in several parts."""
    raise ClipUnusable(ClipFault.UNREADABLE)
