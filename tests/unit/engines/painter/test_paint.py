import hashlib
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from antiphon.engines.painter.brief import ASPECTS, Request
from antiphon.engines.painter.layers import Ridge, Sky
from antiphon.engines.painter.paint.canvas import painted
from antiphon.engines.painter.scene import Camera
from antiphon.engines.painter.studio import pictures
from antiphon.engines.painter.written import dump, load
from unit.engines.painter.painting import HEIGHT, WIDTH, fingerprint, luma, scene_of, share_of_hue, small

SUBJECTS = (
    "a mountain",
    "a meadow with a road",
    "a beach",
    "a lighthouse in a storm",
    "an autumn forest",
    "a desert with cactus",
    "a city at night",
    "saturn in space",
    "a bouquet of flowers",
    "fruit and coffee",
    "abstract circles",
    "bauhaus arches",
    "portrait of a queen",
    "coral reef with fish",
    "album cover 'Jalan Pulang'",
)


def crossed(things: tuple[str, ...], ways: tuple[str, ...]) -> list[str]:
    return [f"{thing} {way}" for thing in things for way in ways]


LAND = ("a mountain", "a beach", "a desert", "a city", "a meadow")
WARM = crossed(LAND, ("at sunset", "at golden hour", "saat senja", "in warm light"))
DARK = crossed(
    ("a dark forest", "a dark city", "a dark sea", "mountains", "a village"), ("at night", "at midnight", "malam hari")
)
NIGHT = crossed(
    ("a mountain", "a beach", "a desert", "a city", "a forest"), ("at night", "under the stars", "by moonlight")
)
SNOW = crossed(
    ("mountain", "forest", "meadow", "village hills", "cabin in the hills"),
    ("covered in snow", "in winter, day", "bersalju"),
)
WOODS = crossed(
    ("a forest", "a green jungle", "pine woods", "hutan"), ("in summer", "at noon", "in spring", "on a bright day")
)
SEA = crossed(
    ("the sea", "the ocean", "laut", "underwater reef", "sea without clouds"),
    ("at noon", "on a clear day", "siang hari", "in summer, day"),
)


def test_there_are_a_hundred_prompts_that_are_measured() -> None:
    assert len({*WARM, *DARK, *NIGHT, *SNOW, *WOODS, *SEA}) >= 100


@pytest.mark.parametrize("prompt", WARM)
def test_warm_is_more_red_than_blue(prompt: str) -> None:
    red, _, blue = small(prompt).reshape(-1, 3).mean(axis=0)
    assert red > blue + 5


@pytest.mark.parametrize("prompt", [*DARK, *NIGHT])
def test_night_is_dark(prompt: str) -> None:
    assert luma(small(prompt)).mean() < 0.4


@pytest.mark.parametrize("prompt", SNOW)
def test_snow_is_pale(prompt: str) -> None:
    pixels = small(prompt)
    span = pixels.max(axis=-1).astype(int) - pixels.min(axis=-1)
    assert np.mean((luma(pixels) > 0.55) & (span < 70)) > 0.35


@pytest.mark.parametrize("prompt", WOODS)
def test_woods_are_green(prompt: str) -> None:
    assert share_of_hue(small(prompt), 65, 185) > 0.3


@pytest.mark.parametrize("prompt", SEA)
def test_the_sea_is_blue(prompt: str) -> None:
    assert share_of_hue(small(prompt), 165, 255) > 0.5


@pytest.mark.parametrize("prompt", SUBJECTS)
def test_the_same_request_gives_the_same_pixels(prompt: str) -> None:
    assert np.array_equal(small(prompt, 5), small(prompt, 5))


@pytest.mark.parametrize("prompt", SUBJECTS)
@pytest.mark.parametrize("aspect", ["9:16", "21:9"])
def test_every_subject_fills_every_aspect(prompt: str, aspect: str) -> None:
    ratio = ASPECTS[aspect]
    pixels = painted(scene_of(prompt, aspect=aspect), width=round(80 * ratio), height=80)
    assert pixels.shape == (80, round(80 * ratio), 3)
    assert luma(pixels).std() > 0.03


def test_prompts_that_differ_give_pictures_that_differ() -> None:
    prints = [fingerprint(small(prompt)) for prompt in SUBJECTS]
    assert min((one ^ other).bit_count() for one, other in combinations(prints, 2)) > 20


def test_no_two_of_fifty_seeds_are_alike() -> None:
    prints = [fingerprint(small("a mountain lake", seed)) for seed in range(50)]
    assert min((one ^ other).bit_count() for one, other in combinations(prints, 2)) > 6


def test_words_that_are_not_known_change_the_picture() -> None:
    one, other = small("a mountain of glumph"), small("a mountain of wozzle")
    assert (fingerprint(one) ^ fingerprint(other)).bit_count() > 6


def test_no_clouds_means_none() -> None:
    assert [layer.kind for layer in scene_of("beach at noon, cloudy").layers].count("clouds") == 1
    assert [layer.kind for layer in scene_of("beach at noon, no clouds").layers].count("clouds") == 0


@pytest.mark.parametrize("prompt", SUBJECTS)
def test_a_scene_is_the_same_after_it_was_written(prompt: str) -> None:
    scene = scene_of(prompt)
    assert load(dump(scene)) == scene


@pytest.mark.parametrize("prompt", ["a mountain lake at dawn", "a forest", "portrait of a queen"])
def test_a_larger_picture_shows_the_same(prompt: str) -> None:
    scene = scene_of(prompt)
    one = painted(scene, width=WIDTH * 2, height=HEIGHT * 2)
    large = painted(scene, width=WIDTH * 6, height=HEIGHT * 6)
    mean = large.reshape(HEIGHT * 2, 3, WIDTH * 2, 3, 3).mean(axis=(1, 3))
    assert np.abs(mean - one).mean() < 9


def test_bands_leave_no_seams() -> None:
    plain = replace(scene_of("sea"), layers=(Sky(stops=("#204080", "#f0c080"), glow="#ffffff", strength=0.0),))
    pixels = painted(plain, width=1024, height=1024).astype(float).mean(axis=(1, 2))
    assert np.abs(np.diff(pixels, 2)).max() < 0.9


def test_a_gradient_has_no_bands() -> None:
    plain = replace(scene_of("sea"), layers=(Sky(stops=("#303840", "#343c44"), glow="#ffffff", strength=0.0),))
    pixels = painted(plain, width=256, height=256).astype(float).mean(axis=2)
    assert len(np.unique(np.round(pixels.mean(axis=1), 1))) > 20


def test_the_near_moves_more_than_the_far() -> None:
    ridges = tuple(
        Ridge(
            depth=depth,
            seed=number,
            form="rolling",
            base=base,
            lit="#ffffff",
            shade="#ffffff",
            haze="#ffffff",
            mist=0.0,
            air=0.0,
        )
        for number, (depth, base) in enumerate(((0.1, 0.5), (0.9, 0.9)))
    )
    moved = []
    for ridge in ridges:
        scene = replace(scene_of("sea"), layers=(ridge,), background="#000000")
        here = painted(scene, width=192, height=96).mean(axis=2)
        there = painted(replace(scene, camera=Camera(x=0.2)), width=192, height=96).mean(axis=2)
        crests = [(picture > 128).argmax(axis=0).astype(float) for picture in (here, there)]
        shifts = [np.abs(crests[0][shift:] - crests[1][: 192 - shift]).mean() for shift in range(40)]
        moved.append(int(np.argmin(shifts)))
    assert moved == pytest.approx([2, 17], abs=1)


@pytest.mark.parametrize(
    "prompt",
    ["🎉🔥💀", "مرحبا بالعالم", "שלום", "山の上の月", "\x00\x01", "a" * 10_000, "sea " * 2_500, "-1 ' \" \\ %s {}"],
)
def test_any_text_gives_a_picture(prompt: str) -> None:
    assert luma(small(prompt)).std() > 0.02


def test_letters_are_on_the_picture() -> None:
    plain, lettered = (scene_of("sea at noon", title=title) for title in ("", "PULANG"))
    assert [layer.text for layer in lettered.layers if layer.kind == "letters"] == ["PULANG"] or "Pulang" in str(
        lettered
    )
    difference = np.abs(painted(plain, width=192, height=108).astype(int) - painted(lettered, width=192, height=108))
    assert np.mean(difference.max(axis=2) > 60) > 0.01


def test_letters_without_a_face_are_left_out_and_told() -> None:
    (picture,) = pictures(Request(prompt="sea", seed=1, title="𒀀𒀁"))
    assert picture.unwritten == "𒀀𒀁"


def test_four_pictures_are_four() -> None:
    prints = {
        hashlib.sha256(picture.pixels.tobytes()).digest()
        for picture in pictures(Request(prompt="abstract", seed=1, count=4))
    }
    assert len(prints) == 4
