"""What is heard where a film is: a few sounds that suit its scene, and a soft chord."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.film import sounds
from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.layers import Falling, Water
from antiphon.engines.painter.scene import Scene
from antiphon.engines.song.loudness import loudness, true_peak
from antiphon.engines.song.perform import RATE
from antiphon.engines.song.room import reverberated

TARGET = -20.0
"""LUFS."""

_CEILING = -2.0
"""dBTP."""

_FAR_BELOW = 0.5

_IN, _OUT = 0.35, 0.7
"""Seconds of fading."""

_ROOM = 2.6

_SOUNDS: Mapping[str, Callable[[int, int], Samples]] = MappingProxyType(
    {
        "wind": sounds.wind,
        "sea": sounds.sea,
        "lapping": sounds.lapping,
        "rain": sounds.rain,
        "thunder": sounds.thunder,
        "hum": sounds.hum,
        "deep": sounds.deep,
        "crickets": sounds.crickets,
        "birds": sounds.birds,
    }
)
_PLACES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "mountain": {"wind": 0.6},
        "meadow": {"wind": 0.3, "birds": 0.5},
        "desert": {"wind": 0.8},
        "coast": {"sea": 1.0},
        "forest": {"wind": 0.25, "birds": 0.6},
        "city": {"hum": 0.8},
        "underwater": {"deep": 0.8},
    }
)
_DARK = frozenset({"night", "dusk"})
_CHORDS = ((0, 7, 12, 16, 19), (0, 7, 14, 16, 23), (0, 7, 12, 17, 19)), ((0, 7, 12, 15, 19), (0, 7, 10, 14, 15))
"""For what is light and for what is dark, in halftones."""

_CHORD = 0.30
_CHORD_ALONE = 0.9


def mixture(scene: Scene, brief: Brief) -> dict[str, float]:
    """Which sounds, and how strong each is."""
    levels = dict(_PLACES.get(scene.family, {}))
    falling = {layer.what for layer in scene.layers if isinstance(layer, Falling)}
    wet = any(isinstance(layer, Water) for layer in scene.layers)
    if wet and "sea" not in levels:
        levels["lapping"] = 0.5
    cold = brief.season == "winter" or "snow" in falling
    if cold or "rain" in falling or brief.time in _DARK:
        levels.pop("birds", None)
    if (
        brief.time == "night"
        and not cold
        and "rain" not in falling
        and scene.family in {"mountain", "meadow", "forest", "desert"}
    ):
        levels["crickets"] = 0.35
    if "rain" in falling:
        levels["rain"] = 0.8
    if brief.weather == "storm":
        levels |= {"wind": 0.7, "thunder": 0.9}
    if "snow" in falling:
        levels["wind"] = 0.5
    return levels


def ambience(scene: Scene, brief: Brief, count: int) -> Samples:
    """The sound of a film, so many samples at `RATE`, in two channels."""
    total = np.zeros((2, count), np.float32)
    levels = mixture(scene, brief)
    for name, level in levels.items():
        total += np.float32(level) * _SOUNDS[name](scene.seed, count)
    draw = chance(scene.seed, "chord")
    root = draw.choice((41, 43, 45, 46, 48))
    chord = draw.choice(_CHORDS[brief.time in _DARK or brief.weather in {"storm", "rain", "fog"}])
    music = sounds.pad(scene.seed, count, notes=tuple(root + step for step in chord))
    music *= np.minimum(1.0, np.arange(count, dtype=np.float32) / np.float32(RATE * 1.2))
    music *= np.float32(_CHORD if levels else _CHORD_ALONE)
    total += music + np.float32(0.35) * reverberated(total * np.float32(0.3) + music, seconds=_ROOM, rate=RATE)
    return _levelled(total * _faded(count))


def _faded(count: int) -> Samples:
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    left = np.float32(count / RATE) - time
    share = np.minimum(np.minimum(time / np.float32(_IN), left / np.float32(_OUT)), 1.0).clip(0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def _levelled(sound: Samples) -> Samples:
    """As loud as it is wished, or as loud as its peaks let it be."""
    measured = loudness(sound, RATE)
    if math.isinf(measured):
        return sound
    louder = np.asarray(sound * np.float32(10 ** ((TARGET - measured) / 20)), dtype=np.float32)
    if np.abs(louder).max() < _FAR_BELOW:  # Between its samples it is not that much higher.
        return louder
    over = true_peak(louder) - _CEILING
    return louder if over <= 0 else np.asarray(louder * np.float32(10 ** (-over / 20)), dtype=np.float32)
