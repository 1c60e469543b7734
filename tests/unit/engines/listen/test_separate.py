"""What is taken out of a mix is the voice, and nothing gets lost."""

import numpy as np
import pytest

from antiphon.engines.listen.separate import apart, vocals
from antiphon.engines.song.perform import RATE
from unit.engines.listen.sung import GENDERS, mix, parted, sdr, stems, voices


def noise(seconds=0.7, *, seed=1, rate=RATE):
    return (0.1 * np.random.default_rng(seed).standard_normal((2, round(seconds * rate)))).astype(np.float32)


@pytest.mark.parametrize("style", GENDERS)
def test_the_voice_is_five_decibels_nearer_to_itself_than_the_mix_is(style):
    found = sdr(parted(style).vocals, voices(style)) - sdr(mix(style), voices(style))
    assert found >= 5.0


@pytest.mark.parametrize("style", GENDERS)
@pytest.mark.parametrize("stem", ["drums", "bass"])
def test_drums_and_bass_are_nearer_to_themselves_than_the_mix_is(style, stem):
    truth = stems(style)[stem]
    assert sdr(getattr(parted(style), stem), truth) - sdr(mix(style), truth) >= 3.0


@pytest.mark.parametrize("style", GENDERS)
def test_four_stems_add_up_to_the_mix(style):
    found = parted(style)
    assert sdr(found.vocals + found.drums + found.bass + found.other, mix(style)) >= 60.0


def test_voice_and_rest_add_up_to_the_recording():
    sound = noise()
    voice, rest = vocals(sound, RATE)
    assert voice.shape == rest.shape == sound.shape
    assert sdr(voice + rest, sound) >= 60.0


def test_what_is_at_one_side_is_not_the_voice():
    time = np.arange(2 * RATE) / RATE
    middle, left = (
        sum(np.sin(2 * np.pi * base * harmonic * time) / harmonic for harmonic in range(1, 9)).astype(np.float32)
        for base in (220.0, 311.0)
    )
    voice, _ = vocals(0.1 * np.stack((middle + left, middle)), RATE)
    assert sdr(voice, 0.1 * np.stack((middle, middle))) >= 8.0


def test_a_long_recording_is_the_same_where_its_pieces_meet():
    tone = np.sin(2 * np.pi * 330 * np.arange(13 * RATE) / RATE).astype(np.float32)
    voice, _ = vocals(0.2 * np.stack((tone, tone)), RATE)
    level = np.square(voice[0][RATE : 12 * RATE]).reshape(-1, RATE // 10).mean(axis=1)
    assert level.max() / level.min() < 1.05


@pytest.mark.parametrize("alike", [True, False])
def test_a_recording_in_mono_is_told(alike):
    sound = noise()
    found = apart(np.stack((sound[0], sound[0])) if alike else sound, RATE)
    assert found.mono is alike


@pytest.mark.parametrize("frames", [1, 300, 5_000])
def test_short_recordings_and_silence_are_taken_apart_as_well(frames):
    silent = apart(np.zeros((2, frames), np.float32), RATE)
    assert not any(getattr(silent, name).any() for name in ("vocals", "drums", "bass", "other"))
    assert apart(noise()[:, :frames], RATE).other.shape == (2, frames)
