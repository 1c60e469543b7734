"""AAC packets as ADTS frames (ISO/IEC 14496-3, 1.A.3): low complexity, mono, seven bytes before each packet."""

from antiphon.domain.units import Hertz

_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_LENGTH = 7
_LOW_COMPLEXITY, _MONO = 1, 1
_SYNC = 0xFFF1  # MPEG-4, no checksum.
_VARIABLE_RATE = 0x7FF  # "Buffer fullness" of a stream whose rate varies.


def adts_frame(packet: bytes, sample_rate: Hertz) -> bytes:
    """Put the header before one packet of at most 8,184 bytes."""
    bits = _SYNC
    for value, width in (
        (_LOW_COMPLEXITY, 2),
        (_RATES.index(sample_rate), 4),
        (0, 1),
        (_MONO, 3),
        (0, 4),
        (_LENGTH + len(packet), 13),
        (_VARIABLE_RATE, 11),
        (0, 2),
    ):
        bits = bits << width | value
    return bits.to_bytes(_LENGTH, "big") + packet
