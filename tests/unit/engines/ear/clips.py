"""Clips to be measured: hummed syllables, and files that mean no good."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import av
import numpy as np

from antiphon.audio.ogg import _checksum

RATE = 16_000


@cache
def hum(seconds: float = 4.0, *, pitch: float = 120.0, pace: float = 4.0, rate: int = RATE) -> np.ndarray:
    """Syllables without words: a harmonic tone that swells and fades, and glides a little."""
    time = np.arange(round(rate * seconds)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * 2 ** (np.sin(2 * np.pi * 0.5 * time) / 6)) / rate
    tone = sum(np.cos(k * phase + 0.7 * k * k) / k for k in range(1, int(4_000 / pitch)))
    swell = 0.05 + np.sin(np.pi * pace * time) ** 2
    return (0.3 * tone / np.abs(tone).max() * swell).astype(np.float32)


def wav(samples: np.ndarray, rate: int = RATE, **lies: int) -> bytes:
    """A RIFF file of 16 bits; `lies` replace fields of its header."""
    body = (32_767 * np.clip(np.nan_to_num(samples), -1, 1)).astype("<i2").tobytes()
    true = {"kind": 1, "channels": 1, "rate": rate, "bytes": 2 * RATE, "block": 2, "bits": 16, "size": len(body)}
    facts = true | lies
    layout = struct.pack("<HHIIHH", *(facts[name] for name in ("kind", "channels", "rate", "bytes", "block", "bits")))
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", facts["size"]) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@cache
def encoded(container: str, codec: str, seconds: float = 4.0, rate: int = 48_000) -> bytes:
    """A hum, or silence if it is very long, as FFmpeg writes it."""
    file = io.BytesIO()
    sound = hum(seconds, rate=rate) if seconds <= 30 else np.zeros(round(rate * seconds), np.float32)
    with av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = rate
        frames = av.AudioFifo()
        for part in av.AudioResampler(format=stream.format, layout="mono", rate=rate).resample(frame):
            frames.write(part)
        while (part := frames.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return file.getvalue()


@cache
def film(container: str, codec: str) -> bytes:
    """Moving pictures without a sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(10):
            target.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        target.mux(stream.encode(None))
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("clip.wav", b"\0" * 5_000_000)
    return file.getvalue()


def _flac_info(*, rate: int, block: int = 4096) -> bytes:
    """A FLAC that claims 2**36 - 1 samples and has none."""
    packed = rate << 44 | 0 << 41 | 15 << 36 | (1 << 36) - 1
    info = struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info


def _ogg_of_ages() -> bytes:
    """Opus whose pages say that they are weeks long."""
    first, *pages = encoded("ogg", "libopus").split(b"OggS")
    return first + b"".join(_page_of_ages(b"OggS" + page) for page in pages)


def _page_of_ages(page: bytes) -> bytes:
    if b"OpusHead" in page or b"OpusTags" in page:
        return page
    late = page[:6] + (2**40).to_bytes(8, "little") + page[14:22] + bytes(4) + page[26:]
    return late[:22] + _checksum(late).to_bytes(4, "little") + late[26:]


def _m4a(change: Callable[[bytearray], None]) -> bytes:
    data = bytearray(encoded("ipod", "aac"))
    change(data)
    return bytes(data)


def _set(name: bytes, offset: int, value: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        at = data.index(name) + len(name) + offset
        data[at : at + len(value)] = value

    return change


def _elsewhere(data: bytearray) -> None:
    """Let the sound be in another file: the table's "here" becomes a way to `/etc/passwd`."""
    at = data.index(b"url ")
    data[at : at + 8] = b"alis\0\0\0\0"
    data += b"/etc/passwd\0file:///etc/passwd"


_TAG = b"ID3\4\0\0"
_PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
_RANDOM = np.random.default_rng(1)

INVALID: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "noise": lambda: _RANDOM.bytes(100_000),
    "ten megabytes of nothing": lambda: bytes(10_000_000),
    "html": lambda: b"<!doctype html><script>alert(1)</script>",
    "zip": _zip,
    "gzip": lambda: b"\x1f\x8b" + zlib.compress(bytes(10_000_000)),
    "png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "midi": lambda: b"MThd\0\0\0\6\0\1\0\1\0\x60",
    "playlist": lambda: _PLAYLIST,
    "playlist in a film": lambda: b"RIFF\xff\xff\xff\x7fAVI LIST" + _PLAYLIST,
    "playlist after a tag": lambda: _TAG + bytes(4) + _PLAYLIST,
    "list of files": lambda: b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "session description": lambda: b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    "Matroska that is no WebM": lambda: encoded("matroska", "libopus"),
    "wav: cut in its header": lambda: wav(hum())[:30],
    "wav: nothing but its header": lambda: wav(hum())[:44],
    "wav: no channels": lambda: wav(hum(), channels=0),
    "wav: 65,535 channels": lambda: wav(hum(), channels=65_535),
    "wav: nine channels": lambda: wav(hum(), channels=9, block=18),
    "wav: no rate": lambda: wav(hum(), rate=0),
    "wav: one sample a second": lambda: wav(hum(), rate=1),
    "wav: 4 GHz": lambda: wav(hum(), rate=2**32 - 1),
    "wav: no bits": lambda: wav(hum(), bits=0),
    "wav: 65,535 bits": lambda: wav(hum(), bits=65_535),
    "wav: a codec that is none": lambda: wav(hum(), kind=0x7777),
    "wav: ADPCM": lambda: wav(hum(), kind=2, bits=4),
    "wav: MP2": lambda: wav(hum(), kind=0x50),
    "flac: claims days, has nothing": lambda: _flac_info(rate=48_000),
    "flac: no rate": lambda: _flac_info(rate=0),
    "flac: a picture of 16 MB that is not there": lambda: encoded("flac", "flac")[:4] + b"\x06\xff\xff\xff" + bytes(99),
    "ogg: cut in its header": lambda: encoded("ogg", "libopus")[:40],
    "ogg: a page and nothing else": lambda: b"OggS" + bytes(1000),
    "mp3: a tag of 256 MB": lambda: _TAG + b"\x7f\x7f\x7f\x7f" + encoded("mp3", "libmp3lame"),
    "mp3: nothing but tags": lambda: (_TAG + bytes(4)) * 100_000,
    "mp3: nothing but syncs": lambda: b"\xff\xfb" * 50_000,
    "aac: frames of no length": lambda: b"\xff\xf1\x50\x80\0\0\0" * 10_000,
    "m4a: its table is missing": lambda: encoded("ipod", "aac")[:8_000],
    "m4a: four billion packets": lambda: _m4a(_set(b"stsz", 4, struct.pack(">II", 0, 2**32 - 1))),
    "m4a: in another file": lambda: _m4a(_elsewhere)[:200],
    "mp4: pictures only": lambda: film("mp4", "mpeg4"),
    "webm: pictures only": lambda: film("webm", "libvpx"),
    "webm: cut in its header": lambda: encoded("webm", "libopus")[:60],
}
"""Files in which there is nothing to hear."""

TOO_LONG: Mapping[str, Callable[[], bytes]] = {
    "wav: a second too long": lambda: wav(np.zeros(21 * RATE, np.float32)),
    "wav: ten megabytes at 8 kHz": lambda: wav(np.zeros(5_000_000, np.float32), rate=8_000),
    "flac: ten minutes in 100 KB": lambda: encoded("flac", "flac", 600, 16_000),
    "mp3: a minute": lambda: encoded("mp3", "libmp3lame", 60),
    "opus: a minute": lambda: encoded("ogg", "libopus", 60),
    "m4a: a minute": lambda: encoded("ipod", "aac", 60),
    "webm: a minute": lambda: encoded("webm", "libopus", 60),
}

NO_SPEECH: Mapping[str, Callable[[], bytes]] = {
    "silence": lambda: wav(np.zeros(5 * RATE, np.float32)),
    "hiss": lambda: wav(_RANDOM.standard_normal(5 * RATE) / 10),
    "full scale": lambda: wav(np.ones(5 * RATE, np.float32)),
    "a word": lambda: wav(hum(0.7)),
    "a sample": lambda: wav(hum()[:1]),
}

HEARD: Mapping[str, Callable[[], bytes]] = {
    "wav": lambda: wav(hum()),
    "wav: claims hours": lambda: wav(hum(), size=2**32 - 1),
    "wav: blocks that overlap": lambda: wav(hum(), bytes=1),
    "wav: words that are no UTF-8": lambda: (
        wav(hum())[:36] + b"LIST\x10\0\0\0INFOINAM\4\0\0\0\xff\xfe\xff\0" + wav(hum())[36:]
    ),
    "wav: cut short": lambda: wav(hum())[:64_044],
    "wav: a playlist behind it": lambda: wav(hum()) + _PLAYLIST,
    "mp3": lambda: encoded("mp3", "libmp3lame"),
    "opus: claims weeks": _ogg_of_ages,
    "m4a": lambda: encoded("ipod", "aac"),
    "m4a: its table is larger than the file": lambda: _m4a(_set(b"moov", -8, b"\x7f\xff\xff\xff")),
    "m4a: four billion chunks": lambda: _m4a(_set(b"stco", 4, b"\xff\xff\xff\xff")),
    "webm": lambda: encoded("webm", "libopus"),
}
"""Files in which there is something to hear, whatever else they say."""
