"""Files as others make them: by FFmpeg's muxers and by libsndfile, not by our own writers."""

import io
import struct

import av
import numpy as np
import pytest
import soundfile

from antiphon.audio.clip import ClipUnusable, decode, decode_beginning, sniff
from antiphon.domain.clips import ClipFault

RATE = 16_000
SECONDS = 1.5
PITCH = 200.0


def tone(rate, seconds=SECONDS):
    return (0.4 * np.sin(2 * np.pi * PITCH * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def muxed(container, codec, rate=48_000, layout="mono", seconds=SECONDS, **options):
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout=layout, options=options)
        frame = av.AudioFrame.from_ndarray(tone(rate, seconds)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = rate
        frames = av.AudioFifo()
        for part in av.AudioResampler(format=stream.format, layout=layout, rate=rate).resample(frame):
            frames.write(part)
        while (part := frames.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return file.getvalue()


def written(container, subtype, rate=44_100, channels=1):
    file = io.BytesIO()
    soundfile.write(file, np.stack([tone(rate)] * channels, axis=1), rate, format=container, subtype=subtype)
    return file.getvalue()


def wav(samples, rate, *, kind=1, data_size=None):
    """A RIFF file by hand, of samples in their own type."""
    body = samples.tobytes()
    channels, bits = (samples.shape[1] if samples.ndim > 1 else 1), 8 * samples.dtype.itemsize
    layout = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    size = len(body) if data_size is None else data_size
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", size) + body
    return b"RIFF" + struct.pack("<I", min(len(chunks), 2**32 - 1)) + chunks


TAKEN = {
    "wav": lambda: muxed("wav", "pcm_s16le"),
    "wav, 24 bit, 96 kHz": lambda: muxed("wav", "pcm_s24le", rate=96_000),
    "wav, float, stereo": lambda: written("WAV", "FLOAT", channels=2),
    "wav, double": lambda: written("WAV", "DOUBLE"),
    "wav, 8 bit": lambda: written("WAV", "PCM_U8", rate=8_000),
    "wav, mu-law": lambda: muxed("wav", "pcm_mulaw", rate=8_000),
    "wav, A-law": lambda: muxed("wav", "pcm_alaw", rate=8_000),
    "wav, extensible": lambda: written("WAVEX", "PCM_16", channels=2),
    "mp3": lambda: muxed("mp3", "libmp3lame", rate=44_100),
    "mp3 of libsndfile": lambda: written("MP3", "MPEG_LAYER_III"),
    "mp3 without a tag": lambda: muxed("mp3", "libmp3lame")[45:],
    "flac": lambda: muxed("flac", "flac"),
    "flac, 24 bit, stereo": lambda: written("FLAC", "PCM_24", channels=2),
    "flac in ogg": lambda: muxed("ogg", "flac"),
    "opus": lambda: muxed("ogg", "libopus"),
    "vorbis": lambda: written("OGG", "VORBIS", channels=2),
    "m4a": lambda: muxed("ipod", "aac", rate=44_100),
    "mp4": lambda: muxed("mp4", "aac"),
    "fragmented mp4": lambda: muxed("mp4", "aac", movflags="frag_keyframe+empty_moov"),
    "aac": lambda: muxed("adts", "aac"),
    "webm": lambda: muxed("webm", "libopus"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_sounds_as_it_was(name):
    samples = decode(TAKEN[name](), rate=RATE, longest=20.0)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(SECONDS * RATE, abs=0.08 * RATE)
    spectrum = np.abs(np.fft.rfft(samples[2000:18_000] * np.hanning(16_000)))
    assert np.argmax(spectrum) == PITCH
    assert np.sqrt(2) * np.std(samples[2000:18_000]) == pytest.approx(0.4, rel=0.1)


def test_channels_become_one():
    left = np.tile(np.array([[0.5, -0.1]], np.float32), (RATE, 1))
    middle = decode(wav(left, RATE, kind=3), rate=RATE, longest=20.0)
    assert middle == pytest.approx(0.2, abs=1e-6)


def test_values_that_are_no_sound_are_silence_or_full_scale():
    wild = np.zeros(RATE, np.float32)
    wild[:4] = [np.nan, np.inf, -np.inf, 1e38]
    assert decode(wav(wild, RATE, kind=3), rate=RATE, longest=20.0)[:5].tolist() == [0, 1, -1, 1, 0]


def test_tags_before_the_sound_are_passed_over():
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 7, 0x68]) + b"\0" * 1000
    plain = muxed("mp3", "libmp3lame")[45:]
    assert np.array_equal(decode(tag * 2 + plain, rate=RATE, longest=20.0), decode(plain, rate=RATE, longest=20.0))


def test_a_clip_may_be_as_long_as_it_may_be_and_its_padding_more():
    assert len(decode(muxed("adts", "aac", seconds=2.0), rate=RATE, longest=2.0)) > 2.0 * RATE
    with pytest.raises(ClipUnusable) as caught:
        decode(muxed("adts", "aac", seconds=2.25), rate=RATE, longest=2.0)
    assert caught.value.fault is ClipFault.TOO_LONG


def test_of_a_long_file_the_beginning_can_be_had():
    beginning = decode_beginning(muxed("mp3", "libmp3lame", seconds=5.0), rate=RATE, length=2.0)
    assert len(beginning) / RATE == pytest.approx(2.2, abs=0.05)
    assert len(decode_beginning(wav(np.zeros(RATE, "<i2"), RATE), rate=RATE, length=2.0)) == RATE


def test_what_a_file_claims_of_its_length_is_not_believed():
    assert len(decode(wav(np.zeros(RATE, "<i2"), RATE, data_size=2**32 - 1), rate=RATE, longest=2.0)) == RATE


def test_half_a_file_is_half_its_sound():
    whole = muxed("adts", "aac", seconds=2.0)
    assert len(decode(whole[: len(whole) // 2], rate=RATE, longest=20.0)) == pytest.approx(RATE, rel=0.2)


def test_a_broken_part_is_passed_over():
    whole = bytearray(muxed("mp3", "libmp3lame", seconds=3.0))
    whole[len(whole) // 2 : len(whole) // 2 + 600] = b"\xaa" * 600
    assert len(decode(bytes(whole), rate=RATE, longest=20.0)) == pytest.approx(3 * RATE, rel=0.1)


@pytest.mark.parametrize(
    ("start", "demuxer"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"RIFF\0\0\0\0WEBPVP8 ", None),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\2", "ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm", "matroska"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x88matroska", None),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "mov"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\xff\xf9\x50\x80", "aac"),
        (b"\xff\xfd\x90\x64", None),
        (b"#EXTM3U\n", None),
        (b"ffconcat version 1.0\n", None),
        (b"PK\3\4", None),
        (b"<html>", None),
        (b"%PDF-1.7", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"FORM\0\0\0\0AIFF", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(start, demuxer):
    assert sniff(start) == demuxer
