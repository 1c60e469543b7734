import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.brief import ASPECTS, Aspect, Request, Size, brief
from antiphon.engines.painter.vocabulary import palettes, vocabulary


def read(prompt: str, seed: int = 1, **wishes: object):
    return brief(Request(prompt=prompt, seed=seed, **wishes))


@pytest.mark.parametrize(
    ("prompt", "family"),
    [
        ("A photorealistic mountain landscape at golden hour", "mountain"),
        ("pemandangan gunung saat senja", "mountain"),
        ("waves on a beach", "coast"),
        ("pantai di bali", "coast"),
        ("a city by the sea", "city"),
        ("hutan bambu berkabut", "forest"),
        ("padang pasir", "desert"),
        ("a landscape with rolling hills", "meadow"),
        ("saturn and its moons", "space"),
        ("a bouquet of roses", "flowers"),
        ("a meadow full of flowers", "meadow"),
        ("abstract shapes in red", "abstract"),
        ("potret wanita berkerudung", "portrait"),
        ("terumbu karang", "underwater"),
        ("album cover with mountains", "cover"),
    ],
)
def test_the_subject_is_what_the_prompt_names(prompt: str, family: str) -> None:
    assert read(prompt).families[0] == family


@pytest.mark.parametrize(
    ("prompt", "time", "weather", "season"),
    [
        ("mountains at golden hour", "golden", "", ""),
        ("gunung saat matahari terbit", "dawn", "", ""),
        ("rainy city at midnight", "night", "rain", ""),
        ("kota saat hujan, malam hari", "night", "rain", ""),
        ("a snowy forest in winter", "", "snow", "winter"),
        ("cherry blossoms in fog", "", "fog", "spring"),
    ],
)
def test_time_weather_and_season_are_read(prompt: str, time: str, weather: str, season: str) -> None:
    asked = read(prompt)
    assert (asked.time, asked.weather, asked.season) == (time, weather, season)


@pytest.mark.parametrize(
    ("prompt", "absent"),
    [
        ("a beach, no clouds", {"cloudy"}),
        ("mountains without snow", {"winter", "snow"}),
        ("pantai tanpa awan", {"cloudy"}),
        ("sea with no clouds or birds, and a boat", {"cloudy", "bird"}),
    ],
)
def test_what_is_denied_is_absent(prompt: str, absent: set[str]) -> None:
    assert read(prompt).absent == absent


def test_a_denial_ends_at_a_comma() -> None:
    assert read("no clouds, birds").has("bird")


@pytest.mark.parametrize(
    ("prompt", "title", "letters"),
    [
        ('a poster that says "Long Way Home"', "", "Long Way Home"),
        ("cover 'Senja'", "", "Senja"),
        ("a sea “Pulang”", "", "Pulang"),
        ('a sea "Pulang"', "Other", "Other"),
        ("the sea at O'Brien's", "", ""),
    ],
)
def test_letters_are_what_is_quoted_or_the_title(prompt: str, title: str, letters: str) -> None:
    assert read(prompt, title=title).letters == letters


def test_quoted_words_are_not_what_is_painted() -> None:
    assert read('a sea, "Mountain City"').families == ("coast",)


def test_words_that_are_not_known_steer_too() -> None:
    assert read("a mountain of glumph").twist != read("a mountain of wozzle").twist


def test_other_seeds_and_numbers_are_other_pictures() -> None:
    request = Request(prompt="sea", seed=1, count=4)
    assert len({brief(request, number).seed for number in range(4)} | {read("sea", 2).seed}) == 5


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"prompt": ""}, "missing"),
        ({"prompt": " \n "}, "missing"),
        ({"prompt": "x" * 32_001}, "too_long"),
        ({"prompt": "x", "title": "x" * 201}, "too_long"),
        ({"prompt": "x", "count": 5}, "out_of_range"),
        ({"prompt": "x", "count": 0}, "out_of_range"),
        ({"prompt": "x", "aspect": "5:4"}, "unknown_aspect"),
        ({"prompt": "x", "size": "8K"}, "unknown_size"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(wishes: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        Request(seed=1, **wishes)
    assert wrong.value.reason == reason


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize(("size", "long"), [("1K", 1024), ("2K", 2048), ("4K", 4096)])
def test_a_size_is_the_long_sides(aspect: Aspect, size: Size, long: int) -> None:
    columns, rows = Request(prompt="x", seed=1, aspect=aspect, size=size).pixels()
    assert max(columns, rows) == long
    assert columns / rows == pytest.approx(float(ASPECTS[aspect]), rel=0.002)


def test_there_are_more_than_three_hundred_phrases() -> None:
    assert len(vocabulary().meanings) >= 300


def test_every_time_of_day_has_four_palettes() -> None:
    times = [palette.time for palette in palettes().values()]
    assert {time: times.count(time) >= 4 for time in set(times)} == dict.fromkeys(
        ("dawn", "day", "golden", "sunset", "dusk", "night", "overcast"), True
    )
