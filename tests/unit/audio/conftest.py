"""A voice made of numbers, and decoders that are not PyAV."""

import io
import os
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from antiphon.audio.encode import open_encoder
from antiphon.domain.speech import Codec

FFMPEG_DEMUXERS = {
    Codec.PCM_F32LE: "f32le",
    Codec.PCM_S16LE: "s16le",
    Codec.PCM_S16BE: "s16be",
    Codec.PCM_MULAW: "mulaw",
    Codec.PCM_ALAW: "alaw",
    Codec.WAV: "wav",
    Codec.FLAC: "flac",
    Codec.MP3: "mp3",
    Codec.OPUS: "ogg",
    Codec.AAC: "aac",
}


def _voice(rate, seconds):
    """Syllables: a gliding harmonic tone under a formant, then a hiss, loud from the first sample to the last."""
    time = np.arange(round(rate * seconds)) / rate
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * time)) / rate
    tone = sum(np.cos(k * phase + 0.7 * k * k) / k * np.exp(-(((120 * k - 700) / 1500) ** 2)) for k in range(1, 25))
    beat = np.sin(2 * np.pi * 3.1 * time + 0.3)
    hiss = np.random.default_rng(7).standard_normal(time.size)
    return (0.15 * tone * np.clip(beat, 0, 1) + 0.02 * hiss * np.clip(-beat, 0.05, 1)).astype(np.float32)


@pytest.fixture
def voice():
    return _voice


@pytest.fixture
def encoded():
    def encode(encoding, samples, piece=1440):
        encoder = open_encoder(encoding)
        pieces = [encoder.push(samples[at : at + piece]) for at in range(0, len(samples), piece)]
        return b"".join([*pieces, encoder.finish()])

    return encode


@pytest.fixture(scope="session")
def by_ffmpeg():
    program = shutil.which("ffmpeg")
    if program is None:
        assert os.environ.get("ANTIPHON_REQUIRE_FFMPEG") != "1", "ffmpeg is required here, but not on PATH"
        pytest.skip("ffmpeg is not on PATH: nothing to check our bytes with (Debian: apt-get install ffmpeg)")

    def decode(encoding, data):
        rate = str(encoding.sample_rate)
        raw = ["-ar", rate, "-ac", "1"] if encoding.codec.startswith("pcm_") else []
        source = ["-f", FFMPEG_DEMUXERS[encoding.codec], *raw, "-i", "pipe:"]
        target = ["-f", "f32le", "-ac", "1", "-ar", rate, "pipe:"]
        command = [program, "-v", "error", "-nostdin", *source, *target]
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=30)
        return np.frombuffer(done.stdout, dtype="<f4")

    return decode


@pytest.fixture
def by_libsndfile():
    def decode(data):
        samples, _ = soundfile.read(io.BytesIO(data), dtype="float32")
        return samples

    return decode


@pytest.fixture
def aligned():
    def align(decoded, original):
        """The lag in samples at which both are most alike, and their correlation there."""
        size = 1 << (len(decoded) + len(original)).bit_length()
        spectrum = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(original, size))
        likeness = np.fft.irfft(spectrum, size)
        best = int(np.argmax(likeness))
        norm = np.sqrt(np.sum(decoded.astype(float) ** 2) * np.sum(original.astype(float) ** 2))
        return (best if best < size // 2 else best - size), likeness[best] / norm

    return align
