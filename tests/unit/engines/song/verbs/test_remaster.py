"""Remastered songs: the same notes, evened out, brightened and as loud as promised."""

import functools

import numpy as np
import pytest

from antiphon.engines.song.loudness import loudness, true_peak
from antiphon.engines.song.master import mastered
from antiphon.engines.song.perform import RATE, Musicians, performed
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.verbs.remaster import LEVELS, remastered
from unit.engines.song.verbs.material import played


@functools.cache
def sound(level):
    score = remastered(played("pop", seed=6, seconds=10.0), level)
    return performed(score, Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None)


def crest(stereo):
    """Decibels between the loudest twentieth and the middle of blocks of 50 ms: how uneven it is."""
    size = RATE // 20
    blocks = stereo[:, : stereo.shape[1] // size * size].reshape(2, -1, size)
    levels = 10 * np.log10((blocks**2).mean(axis=(0, 2)) + 1e-9)
    levels = levels[levels > levels.max() - 30]
    return np.percentile(levels, 95) - np.percentile(levels, 20)


def brightness(stereo):
    """Decibels of what is above 6 kHz, against all."""
    power = (np.abs(np.fft.rfft(stereo)) ** 2).sum(axis=0)
    high = np.fft.rfftfreq(stereo.shape[1], 1 / RATE) > 6_000
    return 10 * np.log10(power[high].sum() / power.sum())


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_as_loud_as_promised(level):
    assert loudness(sound(level), RATE) == pytest.approx(-14.0, abs=1.0)
    assert true_peak(sound(level)) <= -1.0


def test_higher_levels_are_more_even_and_brighter():
    levels = [sound(level) for level in ("subtle", "normal", "high")]

    assert crest(levels[0]) > crest(levels[1]) > crest(levels[2])
    assert brightness(levels[0]) < brightness(levels[1]) < brightness(levels[2])


def test_all_but_the_master_stays():
    score = played("pop", seed=6)

    assert [remastered(score, level).master for level in LEVELS] == [0, 1, 2]
    assert remastered(remastered(score, "high"), "normal") == score


def test_a_recording_is_remastered_without_a_score():
    time = np.arange(3 * RATE) / RATE
    quiet = (0.02 * np.sin(2 * np.pi * 220 * time) * (1 + np.sin(2 * np.pi * time))).astype(np.float32)

    for level in LEVELS.values():
        made = mastered(np.stack([quiet, quiet]), RATE, level=level)
        assert loudness(made, RATE) == pytest.approx(-14.0, abs=0.5)
        assert true_peak(made) <= -1.0
