"""What each codec can be asked for: rates, bitrates, names.

The table is Soniox's "audio formats" page and its "generate speech" guide, as read in November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Codec, Encoding
from antiphon.domain.units import BitsPerSecond, Hertz

_USUAL_RATE = Hertz(24_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A codec as clients may ask for it.

    Args:
        content_type: For the Content-Type header.
        suffixes: File endings with their dot, lower case, the usual one first.
        sample_rates: Those that may be asked for, ascending.
        default_sample_rate: What a request without one gets.
        bitrates: Those that may be asked for, ascending; empty: the codec is lossless and has none to choose.
        default_bitrate: What a request without one gets; None where there are none.
    """

    content_type: str
    suffixes: tuple[str, ...]
    sample_rates: tuple[int, ...]
    default_sample_rate: Hertz = _USUAL_RATE
    bitrates: tuple[int, ...] = ()
    default_bitrate: BitsPerSecond | None = None

    @property
    def lossy(self) -> bool:
        """Whether there is a bitrate to choose. False for mu-law and A-law, whose rate is fixed."""
        return bool(self.bitrates)


_FULL = (8_000, 16_000, 24_000, 44_100, 48_000)
_TELEPHONE = Hertz(8_000)
_WIDE_BITRATES = (32_000, 64_000, 96_000, 128_000, 192_000, 256_000, 320_000)
_OPUS_BITRATES = (16_000, 32_000, 64_000, 96_000, 128_000, 256_000)
# The source names no default. 64 kbit/s is where mono speech is good in all three lossy codecs.
_BITRATE = BitsPerSecond(64_000)

FORMATS: Mapping[Codec, Format] = MappingProxyType(
    {
        Codec.PCM_F32LE: Format(content_type="audio/pcm", suffixes=(".f32",), sample_rates=_FULL),
        Codec.PCM_S16LE: Format(content_type="audio/pcm", suffixes=(".pcm", ".raw", ".s16"), sample_rates=_FULL),
        # Named in the source but missing from its table: taken to be like its little-endian twin.
        Codec.PCM_S16BE: Format(content_type="audio/pcm", suffixes=(".s16be",), sample_rates=_FULL),
        Codec.PCM_MULAW: Format(
            content_type="audio/pcm",
            suffixes=(".ulaw", ".mulaw", ".ul"),
            sample_rates=(8_000,),
            default_sample_rate=_TELEPHONE,
        ),
        Codec.PCM_ALAW: Format(
            content_type="audio/pcm",
            suffixes=(".alaw", ".al"),
            sample_rates=(8_000,),
            default_sample_rate=_TELEPHONE,
        ),
        Codec.WAV: Format(content_type="audio/wav", suffixes=(".wav", ".wave"), sample_rates=_FULL),
        Codec.FLAC: Format(
            content_type="audio/flac", suffixes=(".flac",), sample_rates=(16_000, 24_000, 44_100, 48_000)
        ),
        Codec.MP3: Format(
            content_type="audio/mpeg",
            suffixes=(".mp3",),
            sample_rates=(16_000, 24_000, 32_000, 44_100, 48_000),
            bitrates=_WIDE_BITRATES,
            default_bitrate=_BITRATE,
        ),
        Codec.OPUS: Format(
            content_type="audio/opus",
            suffixes=(".opus", ".ogg", ".oga"),
            sample_rates=(8_000, 16_000, 24_000, 48_000),
            bitrates=_OPUS_BITRATES,
            default_bitrate=_BITRATE,
        ),
        Codec.AAC: Format(
            content_type="audio/aac",
            suffixes=(".aac",),
            sample_rates=(16_000, 24_000, 44_100, 48_000),
            bitrates=_WIDE_BITRATES,
            default_bitrate=_BITRATE,
        ),
    }
)
"""Every codec. The order is that of `Codec`."""

_BY_SUFFIX = {suffix: codec for codec, entry in FORMATS.items() for suffix in entry.suffixes}


def encoding(codec: Codec, *, sample_rate: int | None = None, bitrate: int | None = None) -> Encoding:
    """Complete and check what was asked for.

    Args:
        codec: The codec.
        sample_rate: In hertz; None takes the codec's default.
        bitrate: In bits per second; None takes the codec's default, which for a lossless codec is none.

    Raises:
        InvalidRequest: "unsupported_sample_rate" (field `sample_rate`), "unsupported_bitrate" or
            "bitrate_not_applicable" (field `bitrate`); `facts` are `codec`, `given` and `allowed`.
    """
    entry = FORMATS[codec]
    if sample_rate is not None and sample_rate not in entry.sample_rates:
        raise InvalidRequest(
            "unsupported_sample_rate",
            "sample_rate",
            codec=codec,
            given=sample_rate,
            allowed=entry.sample_rates,
        )
    if bitrate is not None and bitrate not in entry.bitrates:
        reason = "unsupported_bitrate" if entry.lossy else "bitrate_not_applicable"
        raise InvalidRequest(reason, "bitrate", codec=codec, given=bitrate, allowed=entry.bitrates)
    return Encoding(
        codec=codec,
        sample_rate=entry.default_sample_rate if sample_rate is None else Hertz(sample_rate),
        bitrate=entry.default_bitrate if bitrate is None else BitsPerSecond(bitrate),
    )


def codec_for_suffix(suffix: str) -> Codec:
    """Find the codec that a file ending means, such as ".mp3"; upper and lower case are the same.

    Raises:
        InvalidRequest: "unknown_suffix" (field `audio_format`); `facts` are `given` and `allowed`.
    """
    codec = _BY_SUFFIX.get(suffix.lower())
    if codec is None:
        raise InvalidRequest("unknown_suffix", "audio_format", given=suffix, allowed=tuple(_BY_SUFFIX))
    return codec
