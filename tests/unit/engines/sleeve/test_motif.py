"""What covers show: words for the painter, from songs."""

import pytest

from antiphon.engines.painter.brief import Request, brief
from antiphon.engines.sleeve.motif import airs, prompt, scenes, seed
from unit.engines.sleeve.sleeving import a_wish

SEEDS = range(12)


def subjects(**song):
    """Of what the painter takes covers of a song for, over some seeds."""
    return {brief(Request(prompt=prompt(a_wish(**song, seed=number)), seed=1)).families[1] for number in SEEDS}


@pytest.mark.parametrize(
    ("song", "shown"),
    [
        ({"title": "Salt on Your Skin", "style": "pop, summer", "lyrics": "along the beach, in the waves"}, {"coast"}),
        ({"title": "Hujan", "style": "ballad, sedih", "lyrics": "hujan di kota, hujan di jalanan"}, {"city"}),
        ({"title": "Concrete", "style": "hip hop, trap", "lyrics": "city lights, the corner, the hustle"}, {"city"}),
        ({"title": "Whispering Pines", "style": "indie folk", "lyrics": "the trees, the wolf, the leaves"}, {"forest"}),
        ({"title": "Orbit", "style": "ambient, space", "lyrics": "a rocket in the galaxy"}, {"space"}),
        ({"title": "Yours", "style": "waltz", "lyrics": "a rose, a kiss, petals on the floor"}, {"flowers"}),
        ({"title": "Whales", "style": "", "lyrics": "diving, drowning in the reef"}, {"underwater"}),
        ({"title": "Saddle Up", "style": "western", "lyrics": "dust and cactus, cowboy"}, {"desert"}),
        ({"title": "", "style": "house, disco", "lyrics": ""}, {"abstract"}),
        ({"title": "", "style": "heavy metal", "lyrics": ""}, {"mountain"}),
    ],
)
def test_a_cover_shows_what_its_song_is_about(song, shown) -> None:
    assert subjects(**song) == shown


def test_what_is_sung_weighs_more_than_a_style() -> None:
    assert subjects(title="Lights", style="hip hop", lyrics="the beach, the ocean, the waves, the sand") == {"coast"}


def test_a_repeated_chorus_is_not_all_that_there_is() -> None:
    chorus = "dance dance dance dance\n" * 40
    verse = "the sea, the ocean, the waves, the island, the boat, the shore, the tide, the beach, the surf, the lagoon"
    assert subjects(title="", style="", lyrics=chorus + verse) == {"coast"}


def test_headings_are_not_what_a_song_is_about() -> None:
    headed = {prompt(a_wish(title="", style="", lyrics="[Bridge]\nla la\n[Drop - city]\nla", seed=n)) for n in SEEDS}
    assert not any("bridge" in each or "city" in each for each in headed)


def test_the_time_and_the_weather_are_those_of_the_song() -> None:
    asked = prompt(a_wish(title="Rain at Midnight", style="jazz", lyrics="rain on the street"))
    found = brief(Request(prompt=asked, seed=1))
    assert (found.time, found.weather) == ("night", "rain")


def test_where_a_song_does_not_say_its_style_has_a_light() -> None:
    assert brief(Request(prompt=prompt(a_wish(title="", style="jazz", lyrics="")), seed=1)).time == "night"


def test_another_seed_is_another_cover_and_the_same_is_the_same() -> None:
    told = [(prompt(a_wish(seed=number)), seed(a_wish(seed=number))) for number in (*SEEDS, *SEEDS)]
    assert told[: len(SEEDS)] == told[len(SEEDS) :]
    assert len({number for _, number in told}) == len(SEEDS)
    assert len({words for words, _ in told}) > 1


def test_songs_that_only_differ_in_their_words_have_different_covers() -> None:
    assert len({seed(a_wish(lyrics=text)) for text in ("one", "two", "three")}) == 3


@pytest.mark.parametrize(
    "song",
    [
        {},
        {"title": "\ud800\0"},
        {"title": "海の歌", "lyrics": "海 " * 500},
        {"lyrics": "[\n" * 99_999},
        {"lyrics": " " * 99_999},
    ],
    ids=["nothing", "unpaired", "another script", "brackets", "spaces"],
)
def test_any_text_has_a_cover(song) -> None:
    assert prompt(a_wish(**{"title": "", "style": "", "lyrics": "", **song})).startswith("album cover, ")


@pytest.mark.parametrize("asked", [each for scene in scenes().values() for each in scene.paint])
def test_the_painter_knows_what_is_asked_of_it(asked) -> None:
    assert len(brief(Request(prompt=f"album cover, {asked}", seed=1)).families) > 1


@pytest.mark.parametrize("word", sorted({word for table in airs().values() for word in table.values()}))
def test_the_painter_knows_the_air_that_is_asked_of_it(word) -> None:
    found = brief(Request(prompt=word, seed=1))
    assert found.time or found.moods or found.styles
