import io

import numpy as np
import pytest

from antiphon.audio import flac
from antiphon.audio.encode import open_encoder
from antiphon.audio.formats import FORMATS, encoding
from antiphon.domain.speech import Codec


@pytest.mark.parametrize("rate", FORMATS[Codec.FLAC].sample_rates)
@pytest.mark.parametrize("frames", [1, 150, 2304, 2305, 31337])
def test_a_finished_file_is_read_whole_by_libsndfile(voice, encoded, by_libsndfile, rate, frames):
    sound = voice(rate, 2.0)[:frames]
    file = io.BytesIO(encoded(encoding(Codec.FLAC, sample_rate=rate), sound))
    flac.finish_file(file)
    assert file.tell() == len(file.getvalue())
    read = by_libsndfile(file.getvalue())
    assert len(read) == frames
    assert np.abs(read - sound).max() <= 0.5 / 32768 + 1e-7


def test_a_long_file_has_its_true_length(by_libsndfile):
    encoder = open_encoder(encoding(Codec.FLAC, sample_rate=16000))
    noise = np.random.default_rng(1).standard_normal(16000).astype(np.float32) / 10
    file = io.BytesIO(b"".join(encoder.push(noise) for _ in range(200)) + encoder.finish())
    flac.finish_file(file)
    assert len(by_libsndfile(file.getvalue())) == 200 * 16000


@pytest.mark.parametrize("data", [b"", b"fLaC", b"RIFF" + bytes(100), b"fLaC" + bytes(200), b"\xff\xf8" * 500])
def test_what_is_no_flac_with_sound_stays_as_it_is(data):
    file = io.BytesIO(data)
    flac.finish_file(file)
    assert file.getvalue() == data
