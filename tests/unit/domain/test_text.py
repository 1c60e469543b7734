import unicodedata
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.text import segments, speakable

PROSE = st.text(alphabet=st.sampled_from("ab .,!?\n\u3002\u0964;\u00e4 "), max_size=400)
ANY = st.one_of(PROSE, st.text(max_size=200))


@given(st.text())
def test_offsets_hold(text):
    assert len(speakable(text)) == len(text)


@given(st.text())
def test_what_is_spoken_of_stays_as_it_is(text):
    for before, after in zip(text, speakable(text), strict=True):
        assert after in (before, " ")


@given(st.text())
def test_no_control_character_is_left_but_white_space(text):
    for char in speakable(text):
        assert unicodedata.category(char) not in {"Cc", "Cs", "Co", "Cn"} or char in "\n\t\r"


def test_joiners_and_combining_marks_stay():
    text = "क्\u200dष e\u0301 \U0001f469\u200d\U0001f52c \u202b"
    assert speakable(text) == text


@given(st.lists(ANY, max_size=6), st.integers(1, 60))
def test_joined_the_parts_are_the_text(chunks, longest):
    assert "".join(segments(chunks, longest=longest)) == "".join(chunks)


@given(st.lists(ANY, max_size=6), st.integers(1, 60))
def test_no_part_is_too_long_and_none_is_empty(chunks, longest):
    assert all(0 < len(part) <= longest for part in segments(chunks, longest=longest))


@given(st.lists(PROSE, max_size=8), st.integers(1, 60))
def test_little_is_held_back(chunks, longest):
    given_out = taken = 0
    most = 0

    def counted() -> Iterator[str]:
        nonlocal taken, most
        for chunk in chunks:
            # When more is asked for, all but what may still grow into a part is given out.
            most = max(most, taken - given_out)
            taken += len(chunk)
            yield chunk

    for part in segments(counted(), longest=longest):
        given_out += len(part)
    assert most <= longest


@given(st.text(alphabet="ab .", max_size=300), st.lists(st.integers(1, 40), max_size=20), st.integers(8, 60))
def test_the_parts_do_not_depend_on_how_the_text_came(text, cuts, longest):
    chunks, rest = [], text
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    assert list(segments([*chunks, rest], longest=longest)) == list(segments([text], longest=longest))


def test_a_part_ends_with_a_paragraph_rather_than_a_sentence():
    text = "One. Two.\n\nThree. Four."
    assert list(segments([text], longest=20)) == ["One. Two.\n\n", "Three. Four."]


def test_a_part_ends_with_a_sentence_rather_than_a_clause():
    assert list(segments(["One, two. Three, four, five"], longest=20)) == ["One, two. ", "Three, four, five"]


def test_a_part_ends_with_a_word_where_there_is_no_better_place():
    assert list(segments(["aaaa bbbb cccc"], longest=12)) == ["aaaa bbbb ", "cccc"]


def test_a_word_without_end_is_cut_where_it_must_be():
    assert list(segments(["a" * 25], longest=10)) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_short_text_is_one_part():
    assert list(segments(["Hello. ", "World."])) == ["Hello. World."]


def test_nothing_has_no_parts():
    assert list(segments([])) == []
    assert list(segments(["", ""])) == []
