import itertools
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.speech import SpeechPiece, WordTime
from antiphon.surfaces.soniox.timestamps import Timeline


def piece(duration: int, *words: tuple[int, int, int, int], **more) -> SpeechPiece:
    times = tuple(WordTime(offset=at, length=length, start=start, end=end) for at, length, start, end in words)
    return SpeechPiece(audio=b"", duration=duration, words=times, **more)


def frame(characters: str, times: Sequence[float]) -> dict[str, Any]:
    """What is told of characters of which each begins where the one before ended."""
    return {
        "characters": list(characters),
        "character_start_times_seconds": list(times[:-1]),
        "character_end_times_seconds": list(times[1:]),
    }


def test_the_letters_of_a_word_share_its_time():
    timeline = Timeline()
    timeline.add("Good")
    assert timeline.frame(piece(500, (0, 4, 0, 400))) == frame("Good", [0, 0.1, 0.2, 0.3, 0.4])


def test_what_stands_between_words_fills_the_time_between_them():
    timeline = Timeline()
    timeline.add("Oh, my")
    assert timeline.frame(piece(900, (0, 2, 0, 200), (4, 2, 500, 900))) == frame(
        "Oh, my", [0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9]
    )


def test_silence_between_words_without_anything_between_them_is_nobodys():
    timeline = Timeline()
    timeline.add("好吗")
    assert timeline.frame(piece(900, (0, 1, 100, 300), (1, 1, 500, 900))) == {
        "characters": ["好", "吗"],
        "character_start_times_seconds": [0.1, 0.5],
        "character_end_times_seconds": [0.3, 0.9],
    }


def test_a_frame_tells_the_words_of_its_piece():
    timeline = Timeline()
    timeline.add("One two ")
    first = timeline.frame(piece(300, (0, 3, 0, 300)))
    second = timeline.frame(piece(700, (4, 3, 400, 700)))
    assert (first, second) == (frame("One", [0, 0.1, 0.2, 0.3]), frame(" two", [0.3, 0.4, 0.5, 0.6, 0.7]))


def test_the_last_frame_tells_the_rest_of_the_text():
    timeline = Timeline()
    timeline.add("One.\n")
    timeline.frame(piece(300, (0, 3, 0, 300)))
    assert timeline.frame(piece(500, last=True)) == frame(".\n", [0.3, 0.4, 0.5])


def test_of_a_sound_that_was_cut_only_what_is_heard_is_told():
    timeline = Timeline()
    timeline.add("One two three. ")
    timeline.frame(piece(300, (0, 3, 0, 300)))
    assert timeline.frame(piece(500, (4, 3, 400, 500), last=True, capped=True)) == {
        "characters": [" ", "t", "w", "o"],
        "character_start_times_seconds": [0.3, 0.4, 0.433, 0.466],
        "character_end_times_seconds": [0.4, 0.433, 0.466, 0.5],
    }


def test_a_text_without_words_is_told_with_the_last_piece():
    timeline = Timeline()
    timeline.add("..")
    assert timeline.frame(piece(50)) is None
    assert timeline.frame(piece(100, last=True)) == frame("..", [0, 0.05, 0.1])


def test_a_piece_with_nothing_to_tell_has_no_frame():
    timeline = Timeline()
    timeline.add("One two")
    assert timeline.frame(piece(100)) is None


def test_no_text_has_no_frame():
    assert Timeline().frame(piece(100, last=True)) is None


def test_a_code_point_is_one_character():
    timeline = Timeline()
    timeline.add("\U0001f600e\u0301")
    told = timeline.frame(piece(300, last=True))
    assert told["characters"] == ["\U0001f600", "e", "\u0301"]


def test_words_are_found_in_a_text_that_comes_in_parts():
    timeline = Timeline()
    timeline.add("One, ")
    timeline.frame(piece(300, (0, 3, 0, 300)))
    timeline.add("two.")
    told = timeline.frame(piece(700, (5, 3, 400, 700), last=True))
    assert told["characters"] == list(", two.")


MARKS = st.lists(st.integers(0, 60), min_size=2, max_size=30, unique=True).map(sorted)


@given(st.text(max_size=60), MARKS, MARKS, st.lists(st.integers(1, 4)))
def test_all_frames_tell_all_the_text_and_times_never_go_back(text, places, times, sizes):
    words = [
        (at, after - at, start, end)
        for (at, after), (start, end) in zip(itertools.pairwise(places), itertools.pairwise(times), strict=False)
    ]
    timeline, told = Timeline(), []
    timeline.add(text)
    for size in sizes:
        part, words = words[:size], words[size:]
        told.append(timeline.frame(piece(60, *part)))
    told.append(timeline.frame(piece(60, *words, last=True)))
    spans = [
        span
        for one in told
        if one is not None
        for span in zip(
            one["character_start_times_seconds"], one["character_end_times_seconds"], one["characters"], strict=True
        )
    ]
    assert "".join(character for _, _, character in spans) == text
    assert all(0 <= start <= end <= 0.06 for start, end, _ in spans)
    assert all(one[1] <= after[0] for one, after in itertools.pairwise(spans))
