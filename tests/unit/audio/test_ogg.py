import struct

import numpy as np

from antiphon.audio.formats import encoding
from antiphon.audio.ogg import OpusPages
from antiphon.domain.speech import Codec


def pages(data):
    """Split a file into (header fields, packet bytes), checking nothing."""
    at = 0
    while at < len(data):
        magic, _, flags, position, serial, number, crc, count = struct.unpack_from("<4sBBqIIIB", data, at)
        length = 27 + count + sum(data[at + 27 : at + 27 + count])
        assert magic == b"OggS"
        yield flags, position, serial, number, crc, data[at : at + length]
        at += length


def reference_checksum(page):
    """As RFC 3533 words it: a bit at a time."""
    register = 0
    for value in page[:22] + bytes(4) + page[26:]:
        register ^= value << 24
        for _ in range(8):
            register = (register << 1) ^ (0x104C11DB7 if register & 0x80000000 else 0)
    return register


def test_every_page_has_the_checksum_of_the_standard(voice, encoded):
    for *_, crc, page in pages(encoded(encoding(Codec.OPUS), voice(24000, 0.3))):
        assert crc == reference_checksum(page)


def test_pages_are_numbered_and_only_the_ends_are_marked(voice, encoded):
    found = list(pages(encoded(encoding(Codec.OPUS), voice(24000, 1.0))))
    assert [page[3] for page in found] == list(range(len(found)))
    assert [page[0] for page in found] == [2, *[0] * (len(found) - 2), 4]
    assert len({page[2] for page in found}) == 1


def test_no_page_holds_more_than_200_ms(voice, encoded):
    positions = [page[1] for page in pages(encoded(encoding(Codec.OPUS), voice(24000, 1.0)))]
    assert max(np.diff(positions)) <= 0.2 * 48000


def test_a_packet_of_exactly_255_bytes_gets_its_closing_lace():
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 24000, 0, 0)
    data = OpusPages(head).finish([b"x" * 255], frames=100, sample_rate=24000)
    assert data[26:29] == bytes((2, 255, 0))
