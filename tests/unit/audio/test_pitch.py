import numpy as np
import pytest

from antiphon.audio.pitch import STEP, follow

SEED = 11


def tone(fundamental, seconds, *, rate=16_000, tilt=-6.0, noise=0.0):
    """A harmonic tone whose fundamental is a number or an array, and whose partials fall by `tilt` dB an octave."""
    count = round(rate * seconds)
    frequency = np.broadcast_to(fundamental, count)
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    partials = range(1, int(rate / 2 / frequency.max()))
    sound = sum(k ** (tilt / 6.0206) * np.cos(k * phase + 0.7 * k * k) for k in partials)
    hiss = noise * np.random.default_rng(SEED).standard_normal(count)
    return (0.5 * sound / np.abs(sound).max() + hiss).astype(np.float32)


def voiced(track):
    return track[track > 0]


@pytest.mark.parametrize("fundamental", [61, 75, 110, 160, 230, 350, 490])
@pytest.mark.parametrize("tilt", [0, -6, -18])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_steady_tone_has_its_frequency_however_bright_it_is(fundamental, tilt, rate):
    track = follow(tone(fundamental, 0.5, rate=rate, tilt=tilt), rate)
    assert len(voiced(track)) == len(track) == 46
    assert np.abs(voiced(track) / fundamental - 1).max() < 0.002


@pytest.mark.parametrize("fundamental", [75, 160, 350])
def test_noise_ten_decibels_below_does_not_move_it(fundamental):
    clean = tone(fundamental, 1.0)
    track = follow(tone(fundamental, 1.0, noise=float(np.std(clean)) * 10**-0.5), 16_000)
    assert len(voiced(track)) > 0.9 * len(track)
    assert abs(np.median(voiced(track)) / fundamental - 1) < 0.005


def test_a_melody_is_followed():
    time = np.arange(3 * 16_000) / 16_000
    melody = 150 * 2 ** (0.5 * np.sin(2 * np.pi * 0.8 * time))
    track = follow(tone(melody, 3.0), 16_000)
    middles = np.arange(len(track)) * STEP + 0.025
    assert np.abs(12 * np.log2(track / np.interp(middles, time, melody))).max() < 0.05


def test_a_weak_fundamental_is_no_octave():
    time = np.arange(16_000) / 16_000
    sound = sum((0.02 if k == 1 else 1.0) * np.cos(2 * np.pi * 120 * k * time) for k in range(1, 12))
    assert np.abs(follow(sound.astype(np.float32), 16_000) / 120 - 1).max() < 0.002


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(16_000, np.float32),
        np.full(16_000, 0.5, np.float32),
        np.random.default_rng(SEED).standard_normal(16_000).astype(np.float32),
        np.zeros(0, np.float32),
        np.ones(700, np.float32),
    ],
    ids=["silence", "a constant", "noise", "nothing", "less than a window"],
)
def test_what_has_no_pitch_gets_none(sound):
    assert not follow(sound, 16_000).any()


@pytest.mark.parametrize("fundamental", [40, 900])
def test_a_tone_outside_the_range_is_not_taken_for_itself(fundamental):
    assert not np.any(np.abs(voiced(follow(tone(fundamental, 0.5), 16_000)) / fundamental - 1) < 0.1)


def test_a_pause_is_unvoiced():
    quiet = np.zeros(8_000, np.float32)
    track = follow(np.concatenate((tone(120, 0.5), quiet, tone(180, 0.5))), 16_000)
    assert not track[52:97].any()
    assert np.median(track[:45]) == pytest.approx(120, rel=0.01)
    assert np.median(track[102:]) == pytest.approx(180, rel=0.01)
