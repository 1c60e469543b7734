"""What every encoder promises, whatever the codec."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from antiphon.audio.encode import open_encoder, warm_up
from antiphon.audio.formats import FORMATS, encoding
from antiphon.domain.speech import Codec

HEADERS = {Codec.WAV: 44, Codec.FLAC: 42, Codec.OPUS: 126}

every_codec = pytest.mark.parametrize("codec", list(Codec))
every_rate = pytest.mark.parametrize(
    "wanted",
    [encoding(codec, sample_rate=rate) for codec, entry in FORMATS.items() for rate in entry.sample_rates],
    ids=lambda wanted: f"{wanted.codec}-{wanted.sample_rate}",
)


@every_rate
@pytest.mark.parametrize("piece", [37, 5000, 10**6])
def test_the_bytes_do_not_depend_on_how_the_sound_was_cut(voice, encoded, wanted, piece):
    sound = voice(wanted.sample_rate, 0.31)
    assert encoded(wanted, sound, piece) == encoded(wanted, sound)


@every_codec
def test_pushing_nothing_changes_nothing(voice, encoded, codec):
    wanted = encoding(codec)
    sound = voice(wanted.sample_rate, 0.3)
    encoder = open_encoder(wanted)
    nothing = sound[:0]
    parts = [encoder.push(nothing), encoder.push(sound), encoder.push(nothing), encoder.finish()]
    assert parts[0] == parts[2] == b""
    assert b"".join(parts) == encoded(wanted, sound)


@every_rate
def test_sound_leaves_within_160_ms_of_the_first_sample(voice, wanted):
    encoder = open_encoder(wanted)
    made = encoder.push(voice(wanted.sample_rate, 0.160))
    assert len(made) > HEADERS.get(wanted.codec, 0)


@every_codec
def test_after_a_second_most_of_its_bytes_are_out(voice, codec):
    wanted = encoding(codec)
    sound = voice(wanted.sample_rate, 1.0)
    encoder = open_encoder(wanted)
    step = wanted.sample_rate * 60 // 1000
    out = [encoder.push(sound[at : at + step]) for at in range(0, len(sound), step)]
    assert len(b"".join(out)) > 0.8 * len(b"".join([*out, encoder.finish()]))
    # No long silences in between: never more than three pieces without a byte.
    gaps = "".join("x" if data else "." for data in out)
    assert "...." not in gaps


@every_codec
def test_too_loud_and_not_a_number_are_brought_into_range(voice, encoded, codec):
    wanted = encoding(codec)
    sound = 20 * voice(wanted.sample_rate, 0.5)
    sound[100:120], sound[200:220], sound[300:320] = np.nan, np.inf, -np.inf
    tame = sound.copy()
    tame[100:120], tame[200:220], tame[300:320] = 0, 1, -1
    assert encoded(wanted, sound) == encoded(wanted, np.clip(tame, -1, 1))


@every_codec
def test_the_samples_of_the_caller_stay_as_they_are(voice, encoded, codec):
    wanted = encoding(codec)
    sound = 20 * voice(wanted.sample_rate, 0.3)
    before = sound.copy()
    encoded(wanted, sound)
    assert np.array_equal(sound, before)


@every_codec
def test_a_stream_without_sound_ends_well(codec):
    encoder = open_encoder(encoding(codec))
    assert isinstance(encoder.finish(), bytes)


def test_sixteen_bits_come_back_as_they_were(encoded):
    values = np.arange(-32768, 32768, dtype=np.int16)
    sound = values.astype(np.float32) / np.float32(32768)
    assert encoded(encoding(Codec.PCM_S16LE), sound) == values.astype("<i2").tobytes()
    assert encoded(encoding(Codec.PCM_S16BE), sound) == values.astype(">i2").tobytes()


def test_full_scale_does_not_wrap_around(encoded):
    sound = np.array([1.0, -1.0], dtype=np.float32)
    assert np.frombuffer(encoded(encoding(Codec.PCM_S16LE), sound), "<i2").tolist() == [32767, -32768]


def test_a_wav_is_its_header_and_the_pcm(voice, encoded):
    sound = voice(24000, 0.2)
    assert encoded(encoding(Codec.WAV), sound)[44:] == encoded(encoding(Codec.PCM_S16LE), sound)


TASKS = Path("/proc/self/task")


@pytest.mark.skipif(not TASKS.exists(), reason="counting threads needs /proc")
def test_no_codec_starts_a_thread(voice):
    before = set(TASKS.iterdir())
    warm_up()
    encoders = [open_encoder(encoding(codec)) for codec in Codec]
    for encoder in encoders:
        encoder.push(voice(24000, 0.3))
    assert set(TASKS.iterdir()) <= before


DIGESTS = """
import hashlib, sys
import numpy as np
from antiphon.audio.encode import open_encoder, warm_up
from antiphon.audio.formats import encoding
from antiphon.domain.speech import Codec
if "warm" in sys.argv:
    warm_up()
sound = np.frombuffer(sys.stdin.buffer.read(), dtype="<f4")
for codec in Codec:
    encoder = open_encoder(encoding(codec))
    print(hashlib.sha256(encoder.push(sound) + encoder.finish()).hexdigest())
"""


@pytest.mark.parametrize("argument", ["warm", "cold"])
def test_every_process_makes_the_same_bytes(voice, encoded, argument):
    sound = voice(24000, 0.4)
    command = [sys.executable, "-c", DIGESTS, argument]
    done = subprocess.run(command, input=sound.tobytes(), capture_output=True, check=True, timeout=60)
    here = [hashlib.sha256(encoded(encoding(codec), sound)).hexdigest() for codec in Codec]
    assert done.stdout.decode().split() == here
    # FFmpeg's AAC encoder would have a word to say when it closes.
    assert done.stderr == b""
