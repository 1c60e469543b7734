from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from antiphon.engines.film.fall import Fall
from antiphon.engines.film.glow import Glow
from antiphon.engines.film.plate import Plate
from antiphon.engines.film.shot import Place, Shot, shot
from antiphon.engines.film.stage import Stage, actors
from antiphon.engines.painter.layers import Letters, Water
from unit.engines.film.filming import SIZE, first_frames, moved, scene_of, shown

STILL = Shot(name="still", start=Place(), end=Place())
SUBJECTS = (
    "a mountain lake with a boat",
    "a meadow with birds",
    "a beach",
    "a lighthouse in a storm",
    "a misty forest",
    "a desert with cactus",
    "a city at night",
    "saturn in space",
    "a bouquet of flowers",
    "abstract waves",
    "portrait of a woman",
    "coral reef with fish",
    "an album cover 'Home'",
    "cherry blossom petals in the wind",
    "fireflies in a forest at night",
)


@pytest.mark.parametrize("prompt", SUBJECTS)
def test_every_frame_differs_a_little_from_the_one_before(prompt: str) -> None:
    frames = first_frames(prompt, 24)
    steps = [float(np.abs(one - other).mean()) for one, other in pairwise(frames)]
    assert min(steps) > 0.012
    assert max(steps) < 8
    assert max(steps) < 4 * float(np.median(steps)) + 0.1
    assert frames.std() > 5


def test_water_moves_under_a_camera_that_does_not() -> None:
    whole = scene_of("a calm lake with mountains, clear sky, no birds", seed=2)
    scene = replace(whole, layers=tuple(layer for layer in whole.layers if layer.kind in {"sky", "ridge", "water"}))
    water = next(layer for layer in scene.layers if isinstance(layer, Water))
    frames = shown(scene, STILL, every=8)
    shore = round(water.top * SIZE[1])
    change = np.abs(frames[1] - frames[0]).mean(axis=1)
    assert change[shore + 20 : shore + 40].mean() > 0.5
    assert change[: shore - 60].mean() < 0.2


def test_rain_falls() -> None:
    scene = scene_of("a city in the rain")
    tiles = [actor for actor in cast_of(scene) if isinstance(actor, Fall)]
    assert len(tiles) == 3
    assert all(tile.down > 5 for tile in tiles)
    assert [tile.down for tile in tiles] == sorted(tile.down for tile in tiles)


def test_a_tile_goes_on_at_its_edges() -> None:
    for tile in (actor for actor in cast_of(scene_of("snowfall in the mountains")) if isinstance(actor, Fall)):
        cover = np.asarray(tile.cover, np.float32)
        inside = np.abs(np.diff(cover, axis=0)).mean()
        assert np.abs(cover[0] - cover[-1]).mean() < 2 * inside + 1


def cast_of(scene: object) -> list[object]:
    return [*actors(Stage(scene=scene, size=SIZE, seconds=3.0, haste=1.0))]


def test_some_windows_of_a_city_change_and_most_do_not() -> None:
    whole = scene_of("a city skyline at night, clear sky")
    scene = replace(whole, layers=tuple(layer for layer in whole.layers if layer.kind in {"sky", "buildings"}))
    frames = shown(scene, STILL, every=16)
    houses = frames[:, 60:110]
    lit = houses[0] > 110
    changed = np.abs(houses - houses[0]).max(axis=0)[lit] > 20
    assert 0.005 < changed.mean() < 0.35


def test_stars_twinkle_where_they_are() -> None:
    scene = scene_of("a starry night over the desert, no clouds, no moon")
    assert [type(actor) for actor in cast_of(scene)].count(Glow) == 1
    frames = shown(scene, STILL, every=6)[:, :60]
    spots = np.unravel_index(np.argsort(frames[0].ravel())[-40:], frames[0].shape)
    ranges = frames[(slice(None), *spots)]
    assert (ranges.max(axis=0) - ranges.min(axis=0)).mean() > 8
    assert moved(frames[0], frames[-1]) == 0


def test_letters_stay_where_they_are() -> None:
    prompt = "an album cover 'Long Way Home', mountains, zoom in"
    scene = scene_of(prompt, seed=2)
    assert {layer.depth for layer in scene.layers if isinstance(layer, Letters)} == {0.0}
    frames = shown(scene, shot(scene, prompt, 3.0), every=71)
    line = next(layer for layer in scene.layers if isinstance(layer, Letters))
    rows = slice(round((line.y - line.size / 2) * SIZE[1]), round((line.y + line.size / 2) * SIZE[1]))
    assert abs(moved(frames[0][rows], frames[-1][rows])) <= 1


def test_layers_are_put_together_where_there_are_many() -> None:
    plates = [actor for actor in cast_of(scene_of("a misty pine forest")) if isinstance(actor, Plate)]
    assert 4 <= len({plate.depth for plate in plates}) <= 9


def test_edges_of_a_layer_have_its_own_colour() -> None:
    for plate in (actor for actor in cast_of(scene_of("white dunes at noon")) if isinstance(actor, Plate)):
        if plate.cover is None:
            continue
        luma, cover = np.asarray(plate.paint.y, np.float32), np.asarray(plate.cover[0])
        edge, body = luma[(cover > 0) & (cover < 60)], luma[cover > 250]
        if edge.size > 50 and body.size > 50:
            assert edge.mean() > 0.6 * body.mean()
