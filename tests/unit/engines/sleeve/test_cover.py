"""Covers, as pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from antiphon.engines.sleeve.cover import cover, lettered
from unit.engines.sleeve.sleeving import a_wish


def test_a_cover_is_a_square_jpeg_and_no_empty_one() -> None:
    with Image.open(io.BytesIO(cover(a_wish()))) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1024, 1024), "RGB")
        assert np.asarray(picture).std() > 20


def test_the_same_song_and_seed_have_the_same_cover_and_another_seed_has_another() -> None:
    one, same, other = (cover(a_wish(seed=number)) for number in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("  Road \n Trips ", "Road Trips"),
        ("word " * 40, ("word " * 16).rstrip()),
        ("w" * 200, "w" * 80),
        ("", ""),
    ],
)
def test_of_a_long_title_there_is_what_a_cover_has_room_for(title, written) -> None:
    assert lettered(title) == written
