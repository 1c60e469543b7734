import numpy as np
import pytest

from antiphon.engines.film.ambience import ambience, mixture
from antiphon.engines.film.request import Request
from antiphon.engines.film.sounds import hum, rain
from antiphon.engines.painter.brief import brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.song.loudness import loudness, true_peak

HEARD = {
    "a mountain in summer at noon": {"wind"},
    "the sea": {"sea"},
    "rain over the sea": {"sea", "rain"},
    "a storm at sea": {"sea", "rain", "wind", "thunder"},
    "a city street, no water": {"hum"},
    "a spring meadow at noon": {"wind", "birds"},
    "a forest at night": {"wind", "crickets"},
    "a forest in winter": {"wind"},
    "a coral reef": {"deep"},
    "saturn in space": set(),
}


@pytest.mark.parametrize("prompt", HEARD)
def test_a_place_sounds_like_itself(prompt: str) -> None:
    asked = brief(Request(prompt=prompt, seed=4).picture(), 0)
    assert set(mixture(composed(asked), asked)) - {"lapping"} == HEARD[prompt]


@pytest.mark.parametrize("prompt", ["a storm at sea", "a forest at night", "a spring meadow", "saturn in space"])
def test_every_place_is_equally_loud_and_begins_and_ends_softly(prompt: str) -> None:
    asked = brief(Request(prompt=prompt, seed=4).picture(), 0)
    sound = ambience(composed(asked), asked, 3 * 44_100)
    assert (sound.shape, sound.dtype) == ((2, 132_300), np.float32)
    assert loudness(sound, 44_100) == pytest.approx(-20, abs=0.5)
    assert true_peak(sound) < -1.9
    assert max(np.abs(sound[:, :200]).max(), np.abs(sound[:, -200:]).max()) < 0.01
    assert np.abs(sound[0] - sound[1]).mean() > 0.1 * np.abs(sound).mean()


def test_a_city_is_lower_than_rain() -> None:
    powers = [np.abs(np.fft.rfft(made(4, 44_100)[0])) ** 2 for made in (hum, rain)]
    low, high = (float((power * np.arange(len(power))).sum() / power.sum()) for power in powers)
    assert low < 600
    assert high > 1200
