import numpy as np
import pytest

from antiphon.audio.formats import FORMATS
from antiphon.audio.resample import Resampler

RATES = sorted({rate for entry in FORMATS.values() for rate in entry.sample_rates})


def resampled(sound, rate, piece):
    resampler = Resampler(22050, rate)
    out = [resampler.push(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return np.concatenate([*out, resampler.finish()])


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_level_and_length(rate):
    time = np.arange(22050) / 22050
    out = resampled((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), rate, 1323)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    assert out.dtype == np.float32
    assert len(out) == rate
    inner = slice(rate // 20, -rate // 20)
    assert np.abs(out[inner] - expected[inner]).max() < 1e-4


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("piece", [1, 499, 10**6])
def test_what_comes_out_does_not_depend_on_how_it_was_cut(voice, rate, piece):
    sound = voice(22050, 0.3)
    assert np.array_equal(resampled(sound, rate, piece), resampled(sound, rate, 1323))


def test_above_half_the_new_rate_nothing_is_left():
    time = np.arange(22050) / 22050
    out = resampled((0.5 * np.sin(2 * np.pi * 6000 * time)).astype(np.float32), 8000, 1323)
    assert np.abs(out[400:-400]).max() < 0.001


def test_equal_rates_pass_through(voice):
    sound = voice(24000, 0.1)
    resampler = Resampler(24000, 24000)
    assert resampler.push(sound) is sound
    assert resampler.finish().size == 0


@pytest.mark.parametrize("rate", [16000, 24000, 44100, 48000])
def test_the_first_output_needs_60_ms_of_input_at_most(voice, rate):
    assert Resampler(22050, rate).push(voice(22050, 0.060)).size > 0


def test_nothing_in_is_nothing_out(voice):
    resampler = Resampler(22050, 24000)
    assert resampler.push(voice(22050, 0)).size == 0
    assert resampler.finish().size == 0
