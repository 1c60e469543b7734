"""How strong the bands of a sound are, frame by frame."""

import numpy as np
import pytest

from antiphon.engines.sleeve.loudness import BANDS, levels
from unit.engines.sleeve.sleeving import RATE


def tone(pitch, seconds=2.0, loud=0.4):
    at = np.arange(round(seconds * RATE)) / RATE
    return np.tile(np.asarray(loud * np.sin(2 * np.pi * pitch * at), np.float32), (2, 1))


def heights(sound):
    return levels(sound, RATE, frames=24, rate=12)


def test_each_frame_has_all_bands_between_nothing_and_the_top() -> None:
    found = heights(tone(440))
    assert found.shape == (24, BANDS)
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize("sound", [np.zeros((2, RATE * 2), np.float32), np.zeros((2, 0), np.float32)])
def test_silence_has_no_height(sound) -> None:
    assert heights(sound).max() == 0


def test_noise_that_nobody_hears_has_no_height() -> None:
    hiss = np.random.default_rng(1).normal(0, 1e-6, (2, RATE * 2)).astype(np.float32)
    assert heights(hiss).max() == 0


def test_a_higher_tone_is_farther_right() -> None:
    strongest = [int(heights(tone(pitch))[12].argmax()) for pitch in (60, 220, 880, 3_500, 9_000)]
    assert strongest == sorted(set(strongest))


def test_a_tone_does_not_move_bars_far_from_it() -> None:
    found = heights(tone(440))[12]
    assert found.max() > 0.9
    assert np.count_nonzero(found > 0.2) < BANDS / 4


def test_bars_rise_at_once_and_fall_slowly() -> None:
    sound = tone(440)
    sound[:, : RATE // 2] = sound[:, RATE:] = 0
    course = heights(sound).max(axis=1)
    assert course[:5].max() == 0
    assert course[7] > 0.9
    falling = course[13:20]
    assert 0 < falling[0] < 1
    assert (np.diff(falling) < 0).all()
