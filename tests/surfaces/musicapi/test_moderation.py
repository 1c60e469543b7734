"""What is not made on request: which texts are refused, in which words, and what an operator can change."""

import pytest

from antiphon.catalog.moderation import WordList, WordLists, load_moderation
from antiphon.catalog.overrides import CatalogueError
from antiphon.domain.songs import SongWish
from antiphon.surfaces.musicapi.errors import Moderated, told
from antiphon.surfaces.musicapi.moderation import Moderator
from surfaces.musicapi.studio import open_studio

IN_THE_BOX = Moderator(load_moderation())
MINE = "somewhere over the mountain we will meet again"


def moderator(**lists):
    return Moderator(WordLists(**{name: WordList(**table) for name, table in lists.items()}))


def refusal(check, *texts):
    """What a client is told; None where nothing is refused."""
    try:
        check(*texts)
    except Moderated as failure:
        return told(failure)["error"]
    return None


def artist(snippet):
    return f"The song description contains artist names: '{snippet}' which is not allowed."


def producer(snippet):
    return f"The song description contains producer tags: '{snippet}' which is not allowed."


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("A song like Taylor Swift would sing", "Taylor Swift"),
        ("taylor swift type beat", "taylor swift"),
        ("TAYLOR\n SWIFT", "TAYLOR\n SWIFT"),
        ("pop, beyonce, r&b", "beyonce"),
        ("pop, Beyonce\u0301", "Beyonc\u00e9"),
        ("Guns N\u2019 Roses riffs", "Guns N\u2019 Roses"),
        ("AC/DC", "AC/DC"),
        ("in the style of the Beatles.", "Beatles"),
        ("metallica's drums", "metallica"),
        ("Sound of Mo\u0308tley Cru\u0308e", "M\u00f6tley Cr\u00fce"),
        ("An anthem like Queen", "Queen"),
        ("An anthem by Queen, loud", "Queen"),
        ("funk in the style of Prince and others", "Prince"),
        ("a power ballad like Journey songs", "Journey"),
        ("slow, à la Sting", "Sting"),
        ("Sounds like The Police", "Police"),
        ("rock like the Killers, fast", "Killers"),
    ],
)
def test_an_artist_is_found_however_the_name_is_written(text, snippet):
    assert refusal(IN_THE_BOX.description, text) == artist(snippet)


@pytest.mark.parametrize(
    "text",
    [
        "A queen and her prince on a journey, yes, a rush of pink",
        "a lullaby for a princess who dances like queens do",
        "like Queen Street in the rain",
        "a song by the police station",
        "dancing like Prince Charming",
        "Queen of the night",
        "like pink clouds",
        "like Sting rays",
        "by Queen's gate",
        "Adele is my daughter, she turns five",
        "like Madonna lilies",
        "an oasis in the desert, nirvana, genesis, a muse",
        "Chicago blues, Kansas wind, Boston rain",
        "the swift tailor sings",
        "coldplayer",
        "unmetallica",
        "heavy metal, hard rock, a train at night",
        "a song about drakes and eagles",
        "rolling stones gather no moss",
        "black eyed peas with rice",
        "in dire straits",
        "produced with care",
        "",
    ],
)
def test_ordinary_words_are_no_artists(text):
    assert refusal(IN_THE_BOX.description, text) is None


@pytest.mark.parametrize(
    ("text", "snippet"), [("trap, Metro Boomin", "Metro Boomin"), ("dark beat, prod. by somebody", "prod. by")]
)
def test_producers_are_found(text, snippet):
    assert refusal(IN_THE_BOX.description, text) == producer(snippet)


def test_inappropriate_words_are_quoted_of_lyrics_and_of_descriptions_are_not():
    lists = moderator(inappropriate={"words": ["foul word"]})

    told_of_lyrics = "The lyrics contain inappropriate content: 'Foul  Word'."
    assert refusal(lists.lyrics, "[Verse]\nA Foul  Word, sung") == told_of_lyrics
    assert refusal(lists.description, "a foul word") == "The song description needs moderation review."
    wish = SongWish(verb="create", seed=1, title="Foul word")
    assert refusal(lists.check, wish) == "The song description needs moderation review."


def test_copyrighted_phrases_are_found_over_lines():
    lists = moderator(copyrighted={"also": [MINE]})

    snippet = "Somewhere over\nthe mountain we will meet again"
    expected = f"The lyrics contain copyrighted content: '{snippet}'. Please use original lyrics."
    assert refusal(lists.lyrics, f"[Verse]\n{snippet}, my dear") == expected


def test_no_more_than_eighty_characters_are_quoted():
    lists = moderator(copyrighted={"words": ["la " * 40 + "la"]})

    assert f"content: '{('la ' * 40)[:80]}'." in refusal(lists.lyrics, "la " * 50)


def test_no_copyrighted_phrases_are_in_the_box():
    assert load_moderation().copyrighted.wanted() == ()


@pytest.mark.parametrize("text", ["[Verse\nLa la", "[Verse]\nLa\nChorus]\nLa", "!!! ???", "[]", "  [Verse  \nLa"])
def test_lyrics_with_an_open_bracket_or_nothing_to_sing_are_no_lyrics(text):
    assert refusal(IN_THE_BOX.lyrics, text) == "The lyrics format is invalid. Please check and try again."


@pytest.mark.parametrize(
    "text",
    [
        "[Verse]\nLa la",
        "[Intro]\n[Guitar Solo]\n[Outro]",
        "[Instrumental]",
        "La (la) [x2] la",
        "Sad :[ today",
        "你好",
        "[Verse 1: soft] [Piano]\nLa",
        "1999",
    ],
)
def test_what_can_be_sung_or_played_is_let_pass(text):
    assert refusal(IN_THE_BOX.lyrics, text) is None


def test_an_operator_adds_allows_and_switches_off(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[artists]\nalso = ["My Neighbour"]\nallowed = ["Coldplay"]\n[producers]\nenabled = false\n'
        '[copyrighted]\nwords = ["my own line"]\n[lyrics_format]\nenabled = false\n',
        encoding="utf-8",
    )
    lists = Moderator(load_moderation(path))

    assert refusal(lists.description, "like my neighbour") == artist("my neighbour")
    assert refusal(lists.description, "like Taylor Swift") == artist("Taylor Swift")
    assert refusal(lists.description, "Coldplay, prod. by Metro Boomin") is None
    assert "'my own line'" in refusal(lists.lyrics, "my own line")
    assert refusal(lists.lyrics, "[Verse\n???") is None


@pytest.mark.parametrize(
    "text", ["[artist]\nwords = []", '[artists]\nwords = "one"', "[artists]\nenabled = 1", "artists = 1"]
)
def test_a_file_of_another_shape_is_told_so(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"mine\.toml"):
        load_moderation(path)


async def test_a_file_of_an_operators_is_heeded_and_nothing_is_charged(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'[copyrighted]\nwords = ["{MINE}"]', encoding="utf-8")
    async with open_studio(tmp_path / "data", moderation_file=path) as studio:
        before = await studio.credits()
        answer = await studio.asked(custom_mode=True, mv="sonic-v5", prompt=f"[Verse]\n{MINE}")

        error = f"The lyrics contain copyrighted content: '{MINE}'. Please use original lyrics."
        assert (answer.status_code, answer.json()) == (403, {"type": "forbidden", "error": error})
        assert await studio.credits() == before
