"""Opus packets in Ogg pages, as RFC 3533 and RFC 7845 lay them out."""

import struct
import zlib
from collections.abc import Sequence

_SERIAL = 1  # One stream per file, and the same sound gives the same bytes.
_FIRST, _LAST = 2, 4
_CLOCK = 48_000  # Opus counts in these, whatever rate went in.
_PACKET_TICKS = 960  # Packets of 20 ms.
_PACKETS_PER_PAGE = 4
_CRC_AT = 22
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class OpusPages:
    """Puts packets of 20 ms into pages of 80 ms.

    Args:
        head: The identification header, beginning with "OpusHead".
    """

    def __init__(self, head: bytes) -> None:
        (self._skip,) = struct.unpack_from("<H", head, 10)
        self._head = head
        self._pages = 0
        self._packets = 0
        self._waiting: list[bytes] = []

    def header(self) -> bytes:
        """Give the two header pages. To be called once, first."""
        vendor = b"antiphon"
        tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + bytes(4)
        return self._page([self._head], flags=_FIRST, position=0) + self._page([tags], flags=0, position=0)

    def push(self, packets: Sequence[bytes]) -> bytes:
        """Take packets, give the pages that are full. One packet stays, so that the last page is never empty."""
        self._waiting += packets
        pages = []
        while len(self._waiting) > _PACKETS_PER_PAGE:
            full, self._waiting = self._waiting[:_PACKETS_PER_PAGE], self._waiting[_PACKETS_PER_PAGE:]
            self._packets += len(full)
            pages.append(self._page(full, flags=0, position=self._packets * _PACKET_TICKS))
        return b"".join(pages)

    def finish(self, packets: Sequence[bytes], *, frames: int, sample_rate: int) -> bytes:
        """Take the last packets and give the last pages, saying that the sound was `frames` long."""
        end = self._skip + frames * _CLOCK // sample_rate
        wanted = -(-end // _PACKET_TICKS) - self._packets
        pages = self.push((self._waiting + list(packets))[len(self._waiting) : wanted])
        return pages + self._page(self._waiting, flags=_LAST, position=end)

    def _page(self, packets: Sequence[bytes], *, flags: int, position: int) -> bytes:
        lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets)
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, _SERIAL, self._pages, 0, len(lacing))
        self._pages += 1
        page = bytearray(b"".join((head, lacing, *packets)))
        struct.pack_into("<I", page, _CRC_AT, _checksum(page))
        return bytes(page)


def _checksum(page: bytes | bytearray) -> int:
    """Ogg's CRC-32, by zlib's: the same polynomial with the bits of every byte, and of the result, the other way."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
