import numpy as np
import pytest

from antiphon.engines.film.plate import window
from antiphon.engines.film.shot import Place, Shot, camera, shot
from antiphon.engines.painter.layers import Shapes
from antiphon.engines.painter.scene import Camera
from unit.engines.film.filming import SIZE, moved, scene_of, shown, small_film

WORDS = {
    "a lake, drone shot": "drone",
    "aerial view of a lake": "drone",
    "a lake, pan left": "left",
    "kamera bergerak ke kanan, danau": "right",
    "a lake, zoom out": "pull",
    "a lake, slow zoom in": "push",
    "a lake, crane shot": "rise",
    "a lake, static shot": "still",
    "a slow panning shot of a lake": "pan",
    "portrait of a woman": "gentle",
}


@pytest.mark.parametrize("prompt", WORDS)
def test_the_camera_moves_as_the_prompt_says(prompt: str) -> None:
    assert shot(scene_of(prompt), prompt, 5.0).name == WORDS[prompt]


@pytest.mark.parametrize("prompt", WORDS)
@pytest.mark.parametrize("seconds", [3.0, 10.0])
def test_no_layer_is_ever_seen_beyond_its_picture(prompt: str, seconds: float) -> None:
    scene = scene_of(prompt)
    move = shot(scene, prompt, seconds)
    for share in np.linspace(0, 1, 9):
        for depth in np.linspace(0, 1, 6):
            seen = window(camera(move, share, width=scene.width), depth, SIZE)
            assert min(seen.left, seen.top) > -0.01
            assert seen.left + SIZE[0] / seen.zoom < SIZE[0] + 0.01 + abs(scene.width * SIZE[1] - SIZE[0])
            assert seen.top + SIZE[1] / seen.zoom < SIZE[1] + 0.01


def test_what_stands_at_one_side_stays_in_sight() -> None:
    seen = 0
    for scene in (scene_of("a lighthouse", seed) for seed in range(12)):
        for tower in (layer for layer in scene.layers if isinstance(layer, Shapes) and not layer.drift):
            seen += 1
            away = "right" if tower.shapes[-1].points[0][0] < scene.width / 2 else "left"
            assert shot(scene, "a lighthouse", 5.0).name != away
    assert seen > 5


def test_the_whole_picture_is_seen_before_the_camera_moves() -> None:
    scene = scene_of("a mountain")
    assert camera(shot(scene, "drone shot", 5.0), 0.0, width=scene.width) == Camera(x=0.0, y=0.0, zoom=1.0)


def test_a_shorter_film_has_a_shorter_move() -> None:
    scene = scene_of("a mountain, zoom in")
    near = [shot(scene, "zoom in", seconds).end.near for seconds in (3.0, 5.0, 8.0)]
    assert near == sorted(near)
    assert near[0] < near[2]


def test_near_layers_move_more_than_far_ones() -> None:
    scene = scene_of("a mountain landscape, clear sky", seed=3)
    move = Shot(name="pan", start=Place(near=0.2, aside=-0.9), end=Place(near=0.2, aside=0.9))
    frames = shown(scene, move, every=18)
    far, near = slice(60, 130), slice(185, 216)
    by_far, by_near = (abs(moved(frames[1][rows], frames[2][rows])) for rows in (far, near))
    assert by_near > 2 * by_far
    assert by_near > 5


def test_a_still_camera_hardly_moves() -> None:
    still, drone = (small_film(f"a mountain, clear sky, {words}", every=35) for words in ("static shot", "drone shot"))
    assert np.abs(still[2] - still[0]).mean() < 0.4 * np.abs(drone[2] - drone[0]).mean()


def test_clouds_go_faster_in_a_time_lapse() -> None:
    slow, fast = (small_film(f"a cloudy desert, static shot{words}", every=12) for words in ("", ", timelapse"))
    sky = np.s_[:90]
    assert np.abs(fast[1][sky] - fast[0][sky]).mean() > 2 * np.abs(slow[1][sky] - slow[0][sky]).mean()
