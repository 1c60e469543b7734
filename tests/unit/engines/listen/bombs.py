"""Files that strangers send to break whoever opens them, or to have it open something else. None of them is kept."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import av
import numpy as np

from antiphon.domain.heard import LARGEST_RECORDING
from unit.engines.ear import clips

Made = Callable[[], bytes]

GOOD: Mapping[str, tuple[str, str]] = {
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "ogg flac": ("ogg", "flac"),
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
    "webm": ("webm", "libopus"),
}
"""What files are made of that are good but for one thing."""

SECONDS = 5.5
_HEAD = 200


def good(name: str) -> bytes:
    container, codec = GOOD[name]
    return clips.encoded(container, codec, SECONDS, 48_000)


def _cut(name: str, share: float) -> bytes:
    whole = good(name)
    return whole[: round(len(whole) * share)]


def _garbled(name: str, start: int, end: int | None) -> bytes:
    """Rubbish in place of what is between two bytes; the first of them tell what kind of file it is."""
    whole = np.frombuffer(good(name), np.uint8).copy()
    part = whole[start:end]
    part[:] = np.random.default_rng(len(whole)).integers(0, 256, len(part))
    return whole.tobytes()


def _flipped(name: str, number: int) -> bytes:
    """One bit of the header, or where its tables are, is another."""
    whole = bytearray(good(name))
    at = int(np.random.default_rng([number, len(whole)]).integers(12, min(len(whole), 600)))
    whole[at] ^= 1 << number % 8
    return bytes(whole)


def _twice(name: str) -> bytes:
    """A file within itself, again and again."""
    whole = good(name)
    return (whole[: len(whole) // 3] * 20)[: 4 * 1024**2]


def damaged() -> dict[str, Made]:
    """Good files that something was done to, once."""
    found: dict[str, Made] = {}
    for name in GOOD:
        found |= {f"{name}: cut to {share:.0%}": partial(_cut, name, share) for share in (0.002, 0.02)}
        found[f"{name}: a garbled header"] = partial(_garbled, name, 12, _HEAD)
        found[f"{name}: garbled after its header"] = partial(_garbled, name, 4 * _HEAD, None)
        found |= {f"{name}: bit {number} flipped": partial(_flipped, name, number) for number in range(3)}
    return found


def _box(kind: bytes, body: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


_FTYP = _box(b"ftyp", b"M4A \0\0\2\0M4A mp42isom")


def _nested_boxes(depth: int) -> bytes:
    """Boxes in boxes in boxes."""
    body = b""
    for _ in range(depth):
        body = _box(b"moov", body)
    return _FTYP + body


def _cover(size: int) -> bytes:
    """A picture that says it has so many pixels a side, as a PNG of a few kilobytes."""
    rows = zlib.compressobj(9)
    line = bytes(1 + size * 3)
    packed = b"".join(rows.compress(line) for _ in range(min(size, 400))) + rows.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _id3(*frames: bytes) -> bytes:
    body = b"".join(frames)
    return b"ID3\4\0\0" + _synchsafe(len(body)) + body


def _apic(picture: bytes) -> bytes:
    body = b"\0image/png\0\3\0" + picture
    return b"APIC" + _synchsafe(len(body)) + b"\0\0" + body


def _flac_picture(picture: bytes, *, claimed: int | None = None) -> bytes:
    body = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIII", 0, 20_000, 20_000, 24, 0)
    body += struct.pack(">I", len(picture) if claimed is None else claimed) + picture
    whole = good("flac")
    return whole[:4] + b"\6" + len(body).to_bytes(3, "big") + body + whole[4:]


def _ebml(id_: bytes, body: bytes, *, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    return id_ + (1 << 56 | length).to_bytes(8, "big") + body


_EBML = _ebml(b"\x1aE\xdf\xa3", b"\x42\x82\x84webm")


def _webm_nested(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = _ebml(b"\x18\x53\x80\x67", body)
    return _EBML + body


def _webm_huge() -> bytes:
    return _EBML + _ebml(b"\x18\x53\x80\x67", _ebml(b"\x16\x54\xae\x6b", b"", size=2**55), size=2**56 - 2)


def _opus_head(**lies: int) -> bytes:
    """Opus with another number of channels, or of samples to leave out, than it has."""
    whole = bytearray(good("opus"))
    at = whole.index(b"OpusHead")
    whole[at + 9] = lies.get("channels", whole[at + 9])
    whole[at + 10 : at + 12] = lies.get("skip", 312).to_bytes(2, "little")
    whole[at + 18] = lies.get("family", whole[at + 18])
    end = bytes(whole).index(b"OggS", 4)
    whole[22:26] = bytes(4)
    whole[22:26] = clips._checksum(bytes(whole[:end])).to_bytes(4, "little")
    return bytes(whole)


def _chained(count: int) -> bytes:
    """Many songs in one file, each of another rate."""
    parts = [clips.encoded("ogg", "flac", 1.0, rate) for rate in (48_000, 8_000, 96_000)]
    return b"".join(parts[number % 3] for number in range(count))


def _changing() -> bytes:
    """MP3 whose rate and channels change in the middle."""
    return good("mp3") + clips.encoded("mp3", "libmp3lame", 3.0, 8_000)


def _m4a(offset: int, value: bytes, *, table: bytes) -> bytes:
    whole = bytearray(good("m4a"))
    at = whole.index(table) + len(table) + offset
    whole[at : at + len(value)] = value
    return bytes(whole)


def _lying() -> dict[str, Made]:
    """Headers that claim what nobody has."""
    most = struct.pack(">I", 2**32 - 1)
    hum = partial(clips.hum, SECONDS)
    claims: dict[str, dict[str, int]] = {
        "4 GB": {"size": 2**32 - 1},
        "blocks of nothing": {"block": 0},
        "blocks of 64 KiB": {"block": 65_535},
        "255 channels": {"channels": 255, "block": 510},
        "eight channels at 192 kHz": {"channels": 8, "block": 16, "rate": 192_000},
        "float of 64 bits": {"kind": 3, "bits": 64, "block": 8},
        "MP3 within": {"kind": 0x55},
        "WMA within": {"kind": 0x161},
    }
    tables = (b"stsz", b"stts", b"stsc", b"stco", b"mdhd")
    return {
        **{f"wav: {name}": (lambda lies=lies: clips.wav(hum(), **lies)) for name, lies in claims.items()},
        **{f"m4a: {name.decode()} claims everything": partial(_m4a, 4, most, table=name) for name in tables},
        "m4a: boxes in boxes": partial(_nested_boxes, 5_000),
        "m4a: a box of 8 exabytes": lambda: _FTYP + _box(b"moov", struct.pack(">Q", 2**63 - 1), size=1),
        "m4a: a box of no size": lambda: _FTYP + _box(b"moov", bytes(1000), size=7),
        "m4a: nothing but its name": lambda: _FTYP * 100_000,
        "webm: segments in segments": partial(_webm_nested, 5_000),
        "webm: a segment of everything": _webm_huge,
        "webm: nothing but its name": lambda: _EBML * 50_000,
        "opus: 255 channels": partial(_opus_head, channels=255, family=1),
        "opus: no channels": partial(_opus_head, channels=0),
        "opus: all of it left out": partial(_opus_head, skip=65_535),
        "ogg: a thousand songs": partial(_chained, 1_000),
        "ogg: pages of nothing": lambda: (b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255) * 10_000,
        "flac: blocks of nothing without an end": lambda: good("flac")[:42] + b"\4\0\0\0" * 1_000_000,
        "mp3: of many kinds": _changing,
        "mp3: frames and rubbish in turns": lambda: b"".join(
            good("mp3")[at : at + 500] + bytes(500) for at in range(0, 40_000, 500)
        ),
        "aac: frames that are too long": lambda: b"\xff\xf1\x50\x83\xff\xff\xfc" * 100_000,
    }


def _pictured() -> dict[str, Made]:
    """Pictures where covers are, which are much larger than they look."""
    return {
        "mp3: a cover of 400 megapixels": lambda: _id3(_apic(_cover(20_000))) + good("mp3"),
        "mp3: covers without an end": lambda: _id3(*(_apic(b"\x89PNG" + bytes(100)),) * 10_000) + good("mp3"),
        "mp3: tags in tags": lambda: _id3(_id3(_id3(_id3(good("mp3"))))) + good("mp3"),
        "mp3: five tags": lambda: _id3(bytes(10)) * 5 + good("mp3"),
        "flac: a cover of 400 megapixels": lambda: _flac_picture(_cover(20_000)),
        "flac: a cover of 4 GB": lambda: _flac_picture(b"", claimed=2**32 - 1),
        "m4a: a cover in place of a sound": lambda: _FTYP + _box(b"moov", _box(b"udta", _box(b"covr", _cover(5_000)))),
        "a cover that says it is a sound": lambda: b"RIFF" + _cover(5_000),
    }


def others() -> Mapping[str, Made]:
    """Files that are not what they are called, or claim what they are not."""
    return {
        **{f"clips, {name}": made for name, made in clips.INVALID.items()},
        **_lying(),
        **_pictured(),
        "a gzip of ten megabytes": lambda: b"\x1f\x8b\x08" + zlib.compress(bytes(10 * 1024**2)),
        "elf": lambda: b"\x7fELF" + bytes(1000),
        "pdf": lambda: b"%PDF-1.7\n" + bytes(1000),
        "tar": lambda: b"clip.wav" + bytes(249) + b"ustar" + bytes(1000),
        "MPEG transport": lambda: (b"G" + bytes(187)) * 1000,
        "RIFF of AVI": lambda: b"RIFF\xff\xff\xff\x7fAVI LIST" + bytes(1000),
        "RIFX": lambda: b"RIFX" + good("wav")[4:],
        "RF64": lambda: b"RF64" + good("wav")[4:],
    }


def ways_out(*, url: str, path: str) -> Mapping[str, Made]:
    """Files that have whoever opens them open another, or ask for it.

    Args:
        url: Where somebody listens who must never be asked.
        path: A file that must never be opened.
    """
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}/a.mp3\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n"
    texts = {
        "playlist": playlist,
        "playlist of one": f"{url}/a.mp3\n",
        "key of a playlist": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}/k"\n#EXTINF:10,\n{path}\n',
        "list of files": f"ffconcat version 1.0\nfile '{path}'\nfile '{url}/a.mp3'\n",
        "pls": f"[playlist]\nFile1={url}/a.mp3\nNumberOfEntries=1\n",
        "session": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={url}\nm=audio 9 RTP/AVP 0\n",
        "manifest": f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}/</BaseURL></Period></MPD>',
        "drawing": f'<svg xmlns:xlink="x"><image xlink:href="{url}/a.png"/></svg>',
        "entity": f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file://{path}">]><a>&b;</a>',
        "page": f'<meta http-equiv="refresh" content="0;url={url}/">',
        "script of subtitles": f"[Script Info]\n[Fonts]\nfontname: {path}\n",
        "smil": f'<smil><body><audio src="{url}/a.mp3"/></body></smil>',
        "asx": f'<asx version="3.0"><entry><ref href="{url}/a.mp3"/></entry></asx>',
    }
    text = {f"a way out: {name}": partial(str.encode, body) for name, body in texts.items()}
    inside = playlist.encode()
    return {
        **text,
        "a way out: playlist after a tag": lambda: _id3(bytes(10)) + inside,
        "a way out: playlist in a WAV": lambda: good("wav")[:44] + inside,
        "a way out: playlist in an AVI": lambda: b"RIFF\xff\xff\xff\x7fAVI LIST" + inside,
        "a way out: playlist as an MP3": lambda: b"\xff\xfb\x90\0" + inside,
        "a way out: playlist in a comment": lambda: good("opus")[:100] + inside,
        "a way out: sound in another file": partial(_elsewhere, f"file://{path}".encode()),
        "a way out: sound at a URL": partial(_elsewhere, f"{url}/a.m4a".encode()),
        "a way out: reference film": lambda: (
            _FTYP + _box(b"moov", _box(b"rmra", _box(b"rmda", _box(b"rdrf", bytes(4) + b"url " + url.encode()))))
        ),
    }


def _elsewhere(where: bytes) -> bytes:
    """An M4A whose table says that its sound is not in it, and it is not."""
    whole = _silenced(good("m4a"))
    at = whole.index(b"url ") - 4
    entry = _box(b"url ", bytes(4) + where + b"\0")
    changed = bytearray(whole[:at] + entry + whole[at + 12 :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):  # They are larger now.
        place = changed.index(name) - 4
        changed[place : place + 4] = struct.pack(">I", struct.unpack_from(">I", changed, place)[0] + len(entry) - 12)
    return bytes(changed)


def _silenced(m4a: bytes) -> bytes:
    at = m4a.index(b"mdat")
    size = struct.unpack_from(">I", m4a, at - 4)[0] - 8
    return m4a[: at + 4] + bytes(size) + m4a[at + 4 + size :]


def large() -> Mapping[str, Made]:
    """Files that take as much as may be taken, or a little more."""
    return {
        "one byte too many": lambda: bytes(LARGEST_RECORDING + 1),
        "as many zeros as are taken": lambda: bytes(LARGEST_RECORDING),
        "mp3: a day of the same frame": _same_frame,
    }


def all_of_them(*, url: str, path: str) -> Mapping[str, Made]:
    """The whole corpus, with what takes seconds."""
    slow: Mapping[str, Made] = {
        **{f"{name}: looped": partial(_twice, name) for name in GOOD},
        "wav: hours at 8 kHz": lambda: _wav_of(LARGEST_RECORDING, rate=8_000, bits=8, block=1),
        "wav: as much as is taken at eight channels of 192 kHz": lambda: _wav_of(
            LARGEST_RECORDING, rate=192_000, channels=8, block=16
        ),
        "flac: nine minutes in a few kilobytes": lambda: clips.encoded("flac", "flac", 540, 8_000),
        "m4a: nine minutes of nothing": lambda: clips.encoded("ipod", "aac", 540, 8_000),
        "opus: nine minutes of nothing": lambda: clips.encoded("ogg", "libopus", 540, 8_000),
    }
    return {**damaged(), **others(), **ways_out(url=url, path=path), **large(), **slow}


def _wav_of(size: int, **lies: int) -> bytes:
    head = clips.wav(np.zeros(0), **lies, size=size)
    return head + bytes(size - len(head))


def _same_frame() -> bytes:
    file = io.BytesIO(clips.encoded("mp3", "libmp3lame", 2.0, 8_000))
    with av.open(file) as container:
        frame = bytes([*container.demux(audio=0)][2])
    return frame * (16 * 1024**2 // len(frame))
