"""From samples to the bytes that clients get, piece by piece."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Protocol

from antiphon.audio import flac, wav
from antiphon.audio.adts import adts_frame
from antiphon.audio.formats import FORMATS, encoding
from antiphon.audio.ogg import OpusPages
from antiphon.audio.packets import Coder, Packets
from antiphon.audio.samples import Samples, bounded, silence, to_s16
from antiphon.audio.trim import Padding, TrimmedEncoder
from antiphon.domain.speech import Codec, Encoding
from antiphon.domain.units import BitsPerSecond, Hertz


class Encoder(Protocol):
    """One stream of sound on its way to bytes.

    All bytes joined depend on all samples joined only, not on how they were cut, nor on the process. Values outside
    -1..1 are brought to the nearer end, NaN to 0. A stream without any sample may end without any byte.
    """

    def push(self, samples: Samples) -> bytes:
        """Take any number of samples; give what is ready, beginning with the header."""

    def finish(self) -> bytes:
        """Give the rest. Nothing may be pushed after."""


def open_encoder(encoding: Encoding) -> Encoder:
    """Start a stream.

    A bitrate that the codec cannot carry at its sample rate is brought down to the highest that it can.

    Args:
        encoding: One that `formats.encoding` has checked.
    """
    return _OPENERS[encoding.codec](encoding)


def warm_up() -> None:
    """Run every codec once, so that what FFmpeg builds on first use is there before the process forks."""
    for codec, entry in FORMATS.items():
        for sample_rate in entry.sample_rates:
            encoder = open_encoder(encoding(codec, sample_rate=sample_rate))
            encoder.push(silence(sample_rate // 5))
            encoder.finish()


class _Plain:
    """A header, then samples one by one."""

    def __init__(self, convert: Callable[[Samples], bytes], header: bytes = b"") -> None:
        self._convert = convert
        self._header = header

    def push(self, samples: Samples) -> bytes:
        if not samples.size:
            return b""
        header, self._header = self._header, b""
        return header + self._convert(samples)

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        return header


class _Packed:
    """A header, then packets one by one."""

    def __init__(self, packets: Packets, header: bytes = b"") -> None:
        self._packets = packets
        self._header = header

    def push(self, samples: Samples) -> bytes:
        return self._after_header(self._packets.push(samples)) if samples.size else b""

    def finish(self) -> bytes:
        return self._after_header(self._packets.finish())

    def _after_header(self, packets: list[bytes]) -> bytes:
        header, self._header = self._header, b""
        return b"".join((header, *packets))


class _Paged:
    """Opus in Ogg."""

    def __init__(self, packets: Packets, sample_rate: Hertz) -> None:
        self._packets = packets
        self._pages = OpusPages(packets.setup)
        self._sample_rate = sample_rate
        self._header = self._pages.header()
        self._frames = 0

    def push(self, samples: Samples) -> bytes:
        if not samples.size:
            return b""
        self._frames += len(samples)
        return self._take_header() + self._pages.push(self._packets.push(samples))

    def finish(self) -> bytes:
        rest = self._packets.finish()
        return self._take_header() + self._pages.finish(rest, frames=self._frames, sample_rate=self._sample_rate)

    def _take_header(self) -> bytes:
        header, self._header = self._header, b""
        return header


# Figures: milliseconds of one core for a second of sound at 24 kHz and 64 kbit/s; read them as ratios.
# 7 of 0..9: 4.2 (5: 5.5, 2: 17.8). Without the reservoir every frame stands alone, so that leading ones can go.
_MP3 = Coder(name="libmp3lame", sample_format="fltp", options={"compression_level": "7", "reservoir": "0"})
# 2.2 (twoloop: 4.3).
_AAC = Coder(name="aac", sample_format="fltp", options={"aac_coder": "fast"})
# Complexity 3 of 0..10: 2.1 (10: 3.4, 5: 2.6).
_OPUS = Coder(name="libopus", sample_format="flt", options={"compression_level": "3", "frame_duration": "20"})
# Blocks of 72 to 105 ms at this level, of 24 ms below it; 0.5 either way.
_FLAC = Coder(name="flac", sample_format="s16", options={"compression_level": "5"})
_MULAW = Coder(name="pcm_mulaw", sample_format="s16")
_ALAW = Coder(name="pcm_alaw", sample_format="s16")

# LAME puts 576 samples before the sound and every decoder 529 more, which is what the filter bank needs.
_MP3_PADDING = Padding(delay=1105, preroll=529, fewest=2)
# One packet, which shares its second half with the next.
_AAC_PADDING = Padding(delay=1024, preroll=1024)

_MPEG1_LOWEST_RATE = 32_000
_MP3_BELOW_MPEG1 = 160_000
_AAC_BITS_PER_SAMPLE = 6  # 6,144 bits at most for 1,024 samples


def _highest(encoding: Encoding, limit: int) -> BitsPerSecond:
    wanted = encoding.bitrate or FORMATS[encoding.codec].default_bitrate or limit
    return BitsPerSecond(min(wanted, limit))


def _pcm(convert: Callable[[Samples], bytes], _: Encoding) -> Encoder:
    return _Plain(convert)


def _f32le(samples: Samples) -> bytes:
    return bounded(samples).astype("<f4", copy=False).tobytes()


def _s16le(samples: Samples) -> bytes:
    return to_s16(samples).astype("<i2", copy=False).tobytes()


def _s16be(samples: Samples) -> bytes:
    return to_s16(samples).astype(">i2").tobytes()


def _wav(encoding: Encoding) -> Encoder:
    return _Plain(_s16le, wav.header(encoding.sample_rate, None))


def _companded(coder: Coder, encoding: Encoding) -> Encoder:
    return _Packed(Packets(coder, encoding.sample_rate))


def _flac(encoding: Encoding) -> Encoder:
    packets = Packets(_FLAC, encoding.sample_rate)
    return _Packed(packets, flac.header(packets.setup))


def _mp3(encoding: Encoding) -> Encoder:
    limit = _MP3_BELOW_MPEG1 if encoding.sample_rate < _MPEG1_LOWEST_RATE else 320_000
    packets = Packets(_MP3, encoding.sample_rate, _highest(encoding, limit))
    return TrimmedEncoder(packets, padding=_MP3_PADDING, frame=bytes)


def _aac(encoding: Encoding) -> Encoder:
    limit = _AAC_BITS_PER_SAMPLE * encoding.sample_rate
    packets = Packets(_AAC, encoding.sample_rate, _highest(encoding, limit))
    frame = partial(adts_frame, sample_rate=encoding.sample_rate)
    return TrimmedEncoder(packets, padding=_AAC_PADDING, frame=frame)


def _opus(encoding: Encoding) -> Encoder:
    packets = Packets(_OPUS, encoding.sample_rate, _highest(encoding, 256_000))
    return _Paged(packets, encoding.sample_rate)


_OPENERS: MappingProxyType[Codec, Callable[[Encoding], Encoder]] = MappingProxyType(
    {
        Codec.PCM_F32LE: partial(_pcm, _f32le),
        Codec.PCM_S16LE: partial(_pcm, _s16le),
        Codec.PCM_S16BE: partial(_pcm, _s16be),
        Codec.PCM_MULAW: partial(_companded, _MULAW),
        Codec.PCM_ALAW: partial(_companded, _ALAW),
        Codec.WAV: _wav,
        Codec.FLAC: _flac,
        Codec.MP3: _mp3,
        Codec.OPUS: _opus,
        Codec.AAC: _aac,
    }
)
