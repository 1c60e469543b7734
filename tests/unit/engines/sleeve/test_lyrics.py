"""What can be seen of the lyrics at each moment."""

import numpy as np
import pytest

from antiphon.engines.sleeve.lyrics import Lyrics
from unit.engines.sleeve.sleeving import said

SIZE = (600, 400)
TWO = (*said("one two three", start=1.0), *said("four five", line=1, start=4.0))


def seen(words, moment):
    lyrics = Lyrics(words, size=SIZE)
    plain, lit = lyrics.shown(lyrics.look(moment))
    return np.asarray(plain), np.asarray(lit)


def columns(picture):
    """From the first to the last column in which there is something."""
    found = np.flatnonzero(picture.max(axis=0))
    return found[0], found[-1]


@pytest.mark.parametrize(
    ("moment", "line", "sung", "lit"),
    [
        (0.0, 0, 0, -1),
        (1.1, 0, 0, 0),
        (1.6, 0, 1, 1),
        (2.4, 0, 2, 2),
        (3.5, 0, 3, -1),
        (3.8, 1, 0, -1),
        (4.1, 1, 0, 0),
        (99.0, 1, 2, -1),
    ],
)
def test_line_and_word_are_those_of_the_moment(moment, line, sung, lit) -> None:
    look = Lyrics(TWO, size=SIZE).look(moment)
    assert (look.line, look.sung, look.lit) == (line, sung, lit)


def test_words_are_lit_from_the_left_to_the_right() -> None:
    lit = [columns(seen(TWO, moment)[1]) for moment in (1.1, 1.6, 2.1)]
    assert lit[0][0] < lit[0][1] < lit[1][0] < lit[1][1] < lit[2][0] < lit[2][1]


def test_before_and_after_a_song_is_sung_no_word_is_lit() -> None:
    assert [seen(TWO, moment)[1].max() for moment in (0.0, 60.0)] == [0, 0]


def test_the_line_that_is_sung_is_in_the_middle_and_brighter_than_the_next() -> None:
    plain, lit = seen(TWO, 2.4)
    middle = slice(SIZE[1] // 2 - 26, SIZE[1] // 2 + 26)
    assert lit[middle].max() > 200
    assert np.count_nonzero(lit) == np.count_nonzero(lit[middle])
    assert plain[middle].max() > 2 * plain[SIZE[1] // 2 + 40 :].max() > 0


def test_the_column_moves_from_line_to_line_without_a_leap() -> None:
    rows = [Lyrics(TWO, size=SIZE).look(moment / 50).row for moment in range(150, 250)]
    steps = np.diff(rows)
    assert rows[0] < rows[-1]
    assert 0 <= steps.min() <= steps.max() < 12


def test_a_long_line_is_wrapped_inside_its_room() -> None:
    plain, _ = seen(said("a line that is far too long for the room that there is for it on the right"), 0.0)
    assert columns(plain)[1] < SIZE[0] - 1
    rows = plain.max(axis=1) > 0
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) >= 2


def test_what_has_no_face_is_left_out() -> None:
    plain, lit = seen(said("\U00012000 \U00012001"), 0.1)
    assert (plain.max(), lit.max()) == (0, 0)


def test_a_word_that_is_wider_than_the_room_is_cut() -> None:
    plain, _ = seen(said("w" * 500), 0.1)
    assert plain.shape == (SIZE[1], SIZE[0])
