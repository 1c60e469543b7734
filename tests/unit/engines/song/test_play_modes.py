"""Sums of dying sines against the formula they stand for."""

import numpy as np
import pytest

from antiphon.engines.song.play.modes import Modes, ring
from antiphon.engines.song.play.sound import chance, sides

RATE = 44_100


def test_a_mode_is_a_sine_that_dies():
    modes = Modes(frequencies=np.array([440.0]), amplitudes=np.array([0.5]), decays=np.array([3.0]))
    moment = np.arange(RATE) / RATE

    expected = 0.5 * np.exp(-3 * moment) * np.sin(2 * np.pi * 440 * moment)
    assert ring(modes, RATE, RATE)[0] == pytest.approx(expected, abs=1e-5)


def test_many_modes_add_up_on_both_sides():
    draw = chance("modes")
    frequencies, decays, phases = draw.uniform(50, 15_000, 300), draw.uniform(2, 60, 300), draw.random(300)
    amplitudes = draw.uniform(0, 0.1, (2, 300))
    moment = np.arange(5_000)[:, None] / RATE

    waves = np.exp(-decays * moment) * np.sin(2 * np.pi * (frequencies * moment + phases))
    modes = Modes(frequencies=frequencies, amplitudes=amplitudes, decays=decays, phases=phases)
    assert ring(modes, 5_000, RATE) == pytest.approx((waves @ amplitudes.T).T, abs=2e-3)


def test_what_is_above_half_the_rate_is_left_out():
    modes = Modes(frequencies=np.array([440.0, 23_000.0]), amplitudes=np.ones(2), decays=np.full(2, 3.0))
    alone = Modes(frequencies=np.array([440.0]), amplitudes=np.ones(1), decays=np.full(1, 3.0))

    assert (ring(modes, 1_000, RATE) == ring(alone, 1_000, RATE)).all()


def test_what_has_died_away_is_not_computed():
    modes = Modes(frequencies=np.array([440.0]), amplitudes=np.ones(1), decays=np.array([100.0]))

    assert ring(modes, 10 * RATE, RATE).shape[1] < RATE


def test_chance_is_the_same_everywhere():
    assert chance("snare 2").integers(1_000_000, size=3).tolist() == [101093, 649833, 592862]
    assert chance("snare 2").random() != chance("snare 3").random()


@pytest.mark.parametrize("place", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_all_places_have_the_same_power(place):
    left, right = sides(place)

    assert left**2 + right**2 == pytest.approx(2.0)
