import random
from itertools import pairwise

import pytest

from antiphon.engines.song.brief import brief
from antiphon.engines.song.grammar import LANGUAGES, choices, chosen, grammar, last_word, syllables
from antiphon.engines.song.lyrics import is_played, parse, text_of, title_of, write
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import SectionKind as Kind
from antiphon.engines.song.subject import headline, outside_topic, topic


def kinds(text):
    return [stanza.kind for stanza in parse(text).stanzas]


def written(seed=1, **fields):
    return write(brief(Request(seed=seed, **fields)))


def lines_of(lyrics):
    return [line for stanza in lyrics.stanzas for line in stanza.lines]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("[Verse]", Kind.VERSE),
        ("[VERSE 2]", Kind.VERSE),
        ("[verse 1: Female]", Kind.VERSE),
        ("[Chorus]", Kind.CHORUS),
        ("[chorus x2]", Kind.CHORUS),
        ("[Hook]", Kind.CHORUS),
        ("[Reff]", Kind.CHORUS),
        ("[Pre-Chorus]", Kind.PRE_CHORUS),
        ("[pre chorus]", Kind.PRE_CHORUS),
        ("[Post-Chorus]", Kind.POST_CHORUS),
        ("[Bridge]", Kind.BRIDGE),
        ("[Break]", Kind.BREAK),
        ("[Intro]", Kind.INTRO),
        ("[Outro]", Kind.OUTRO),
        ("[End]", Kind.OUTRO),
        ("[Fade Out]", Kind.OUTRO),
        ("[Short Instrumental Outro]", Kind.OUTRO),
        ("[Instrumental]", Kind.SOLO),
        ("[Guitar Solo]", Kind.SOLO),
        ("[Interlude]", Kind.INTERLUDE),
        ("[Bait 1]", Kind.VERSE),
        ("【Chorus】", Kind.CHORUS),
        ("**Chorus**", Kind.CHORUS),
        ("Chorus:", Kind.CHORUS),
        ("(Bridge)", Kind.BRIDGE),
        ("[Zorp]", Kind.VERSE),
    ],
)
def test_a_tag_says_what_a_stanza_is(tag, kind):
    (stanza,) = parse(f"{tag}\nla la la").stanzas
    assert (stanza.kind, stanza.lines) == (kind, ("la la la",))


def test_a_stanza_keeps_the_name_that_is_written():
    assert [stanza.name for stanza in parse("[Verse 2]\na\n[Zorp Party]\nb").stanzas] == ["Verse 2", "Zorp Party"]


def test_words_behind_a_tag_are_its_first_line():
    assert parse("[Verse] one\ntwo").stanzas[0].lines == ("one", "two")


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("[Verse 1: Female]", "female"),
        ("[Verse - male vocal]", "male"),
        ("[Chorus: both]", "both"),
        ("[Chorus (male & female)]", "both"),
        ("[Duet]", "both"),
        ("[Verse]", None),
    ],
)
def test_a_tag_can_say_who_sings(tag, voice):
    assert parse(f"[Intro]\n{tag}\nla").stanzas[-1].voice == voice


def test_a_tag_without_lines_is_played_and_a_chorus_comes_again():
    lyrics = parse("[Intro]\n[Verse]\na\n[Chorus]\nb\nc\n[Solo]\n[Chorus]\n[End]")
    assert [stanza.lines for stanza in lyrics.stanzas] == [(), ("a",), ("b", "c"), (), ("b", "c"), ()]


def test_without_tags_what_returns_is_the_chorus():
    lyrics = parse("one\ntwo\n\nhey\nho!\n\nthree\nfour\n\nHey\nho\n")
    assert [stanza.kind for stanza in lyrics.stanzas] == [Kind.VERSE, Kind.CHORUS, Kind.VERSE, Kind.CHORUS]
    assert [stanza.name for stanza in lyrics.stanzas] == ["Verse 1", "Chorus", "Verse 2", "Chorus"]


def test_without_tags_or_blank_lines_a_long_text_is_cut_into_fours():
    lyrics = parse("\n".join(f"line {number}" for number in range(12)))
    assert [len(stanza.lines) for stanza in lyrics.stanzas] == [4, 4, 4]


def test_a_single_line_is_one_verse():
    assert kinds("just a line") == [Kind.VERSE]


def test_a_title_line_is_not_sung():
    lyrics = parse("Title: My Song\n[Verse]\nla")
    assert (lyrics.title, lines_of(lyrics)) == ("My Song", ["la"])


def test_a_long_line_is_sung_in_several():
    line = "and the river goes on and on, and nobody knows where it ends, but " * 4
    lines = lines_of(parse(line))
    assert " ".join(lines) == line.strip()
    assert max(map(len, lines)) <= 70


def test_parsed_lyrics_are_written_as_they_were():
    text = "[Verse 1]\none\ntwo\n\n[Chorus]\nthree\n\n[Outro]"
    assert text_of(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "played"),
    [("[Instrumental]", True), ("[Verse]\n[Chorus]", True), ("", True), ("...", True), ("la", False)],
)
def test_tags_alone_are_played(text, played):
    assert is_played(text) is played


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("a b c\nd\n\nlove me, do\nx\n\ne\nf\n\nlove me, do\nx", "love me"),
        ("[Verse]\nfirst\n[Chorus]\nShine!\n", "Shine"),
        ("only this", "only this"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_a_song_is_called_what_it_says_most(text, title):
    assert title_of(parse(text)) == title


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5_000,
        "la " * 1_666,
        "😀" * 5_000,
        "שלום עולם " * 500,
        "[" * 5_000,
        "[]" * 2_500,
        "[]\n" * 1_600,
        "[Verse]\n" * 600,
        "\n" * 5_000,
        "\u202e\u0000\ufffe\u0301",
        "a\n" * 2_500,
        "【】\n****\n()\n:",
        "我" * 5_000,
    ],
)
def test_any_text_is_parsed(text):
    lyrics = parse(text)
    assert all(len(line) <= 130 for line in lines_of(lyrics))
    assert len(lines_of(lyrics)) <= 400
    title_of(lyrics)
    text_of(lyrics)


def test_random_text_is_parsed():
    draw = random.Random(3)
    letters = "ab \n\n[]()【】*:,.x2éא😀\u202e1"
    for _ in range(300):
        parse("".join(draw.choice(letters) for _ in range(draw.randrange(200))))


@pytest.mark.parametrize(
    ("description", "about"),
    [
        ("An upbeat summer song about road trips", "road trips"),
        ("a song about my grandmother's kitchen, with piano", "my grandmother's kitchen"),
        ("about a lonely lighthouse keeper who falls in love", "a lonely lighthouse keeper"),
        ("lagu sedih tentang kehilangan ibu", "kehilangan ibu"),
        ("a lullaby for my daughter Emma", "my daughter Emma"),
        ("lagu semangat untuk sahabat", "sahabat"),
        ("sad piano music", ""),
        ("", ""),
        ("about", ""),
        ("about ...", ""),
    ],
)
def test_a_description_says_what_a_song_is_about(description, about):
    assert topic(description) == about


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("a song about road trips", "Road Trips"),
        ("coffee in the morning", "Coffee in the Morning"),
        ("happy song", ""),
        ("a song about the sea of stars", "Sea of Stars"),
    ],
)
def test_a_description_can_be_a_title(description, title):
    assert headline(description) == title


def test_what_a_song_is_about_is_no_wish_for_its_sound():
    assert outside_topic("sad song about drums, with piano").split() == ["sad", "song", ",", "with", "piano"]


def rhyming(lyrics, language):
    """The couplets of each stanza: lines two by two, from its end."""
    for stanza in lyrics.stanzas:
        even = stanza.lines[len(stanza.lines) % 2 :]
        if stanza.kind not in {Kind.POST_CHORUS, Kind.OUTRO}:
            yield from list(pairwise(even))[::2]


ASKED = [
    ("en", {"description": "An upbeat summer song about road trips", "style": "pop"}),
    ("en", {"description": "a sad song about my old dog", "style": "ballad"}),
    ("en", {"style": "rock, rebellious"}),
    ("en", {"style": "hip hop", "description": "about falling in love with quantum computers"}),
    ("en", {"style": "k-pop", "description": "song about winning"}),
    ("id", {"description": "lagu ceria tentang liburan di pantai", "style": "dangdut"}),
    ("id", {"description": "lagu sedih tentang hujan", "style": "ballad"}),
    ("id", {"style": "keroncong"}),
]


@pytest.mark.parametrize(("language", "fields"), ASKED)
def test_couplets_rhyme_and_do_not_repeat_their_last_word(language, fields):
    lines = grammar(language)
    for seed in range(25):
        for one, other in rhyming(written(seed, **fields), language):
            assert lines.family(one) == lines.family(other) is not None, (one, other)
            assert last_word(one) != last_word(other)


@pytest.mark.parametrize(("language", "fields"), ASKED)
def test_the_chorus_has_the_title_and_comes_back_the_same(language, fields):
    for seed in range(25):
        asked = brief(Request(seed=seed, **fields))
        choruses = [stanza.lines for stanza in write(asked).stanzas if stanza.kind is Kind.CHORUS]
        assert choruses
        assert set(choruses) == {choruses[0]}
        assert asked.title.casefold() in choruses[0][0].casefold()


@pytest.mark.parametrize(
    ("description", "word"),
    [
        ("An upbeat summer song about road trips", "road trips"),
        ("a song about quantum computers", "quantum computers"),
        ("a song about my cat Oliver", "my cat Oliver"),
        ("a song about learning to swim", "learning to swim"),
        ("lagu tentang kampung halaman", "kampung halaman"),
        ("lagu untuk guruku", "guruku"),
    ],
)
def test_what_the_song_is_about_is_sung(description, word):
    for seed in range(10):
        for seconds in (None, 30.0, 200.0):
            text = text_of(written(seed, description=description, seconds=seconds))
            assert word.casefold() in text.casefold()


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("a song about the rain", {"rain", "thunder", "umbrella", "puddles", "raindrops"}),
        ("a song about the ocean", {"sea", "ocean", "tide", "shore", "waves", "sail"}),
        (
            "a winter song",
            {
                "snow",
                "winter",
                "winter's",
                "candles",
                "bells",
                "cold",
                "frozen",
                "white",
                "fire",
                "snowflakes",
                "woolen",
            },
        ),
        ("a song about the city at night", {"city", "night", "street", "lights", "neon", "moon"}),
        ("lagu tentang hujan", {"hujan", "gerimis", "payung", "mendung"}),
    ],
)
def test_the_verses_are_on_the_theme(description, words):
    for seed in range(10):
        verses = [
            line for s in written(seed, description=description).stanzas if s.kind is Kind.VERSE for line in s.lines
        ]
        sung = {word.strip(",.").casefold() for line in verses for word in line.split()}
        assert sung & words


def test_the_same_seed_writes_the_same_and_other_seeds_other_lyrics():
    texts = [text_of(written(seed, description="a song about the sea")) for seed in range(20)]
    assert texts == [text_of(written(seed, description="a song about the sea")) for seed in range(20)]
    assert len(set(texts)) == 20


@pytest.mark.parametrize(("language", "fields"), ASKED)
def test_no_line_is_sung_twice_but_where_a_section_returns(language, fields):
    for seed in range(10):
        stanzas = {stanza.lines for stanza in written(seed, **fields).stanzas if stanza.kind is not Kind.OUTRO}
        lines = [line for stanza in stanzas for line in stanza]
        assert len(lines) == len(set(lines))


@pytest.mark.parametrize(("seconds", "most"), [(10.0, 4), (20.0, 8), (45.0, 16), (120.0, 40), (360.0, 80)])
def test_there_are_as_many_words_as_there_is_time(seconds, most):
    for seed in range(6):
        count = len(lines_of(written(seed, style="pop", seconds=seconds)))
        assert 2 <= count <= most


def test_a_duet_has_two_voices_and_both_in_the_chorus():
    stanzas = [stanza for stanza in written(style="pop, duet").stanzas if stanza.lines]
    verses = [stanza.voice for stanza in stanzas if stanza.kind is Kind.VERSE]
    assert set(verses) == {"male", "female"}
    assert {stanza.voice for stanza in stanzas if stanza.kind is Kind.CHORUS} == {"both"}


def test_a_long_title_is_a_line_by_itself():
    title = "The Incredible Adventures of a Very Small Umbrella"
    chorus = next(s for s in written(style="pop", title=title).stanzas if s.kind is Kind.CHORUS)
    assert chorus.lines[0] == title


def test_languages_that_nobody_writes_here_get_english_words():
    assert written(style="pop", language="fr") == written(style="pop", language="en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_the_tables_rhymes_and_can_be_sung(language):
    lines = grammar(language)
    assert len(lines.themes) >= 12
    stock = [line for group in lines.heart.values() for line in group] + list(lines.bridge["any"])
    stock += [line for theme in lines.themes.values() for line in (*theme.scene, *theme.heart)]
    for line in stock:
        assert lines.family(line), line
        sung = chosen(line, [max(options, key=len) for options in choices(line)])
        assert 5 <= syllables(sung, language) <= 9, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_bridges_are_couplets(language):
    lines = grammar(language).bridge["any"]
    for one, other in zip(lines[::2], lines[1::2], strict=True):
        assert grammar(language).family(one) == grammar(language).family(other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tails_and_topics_rhyme_with_something(language):
    lines = grammar(language)
    for tails in lines.tails.values():
        for family, group in tails.items():
            assert {lines.family(tail) for tail in group} == {family}
    for line in (*lines.topic.lines, *lines.topic.clauses):
        assert lines.family(line), line
        assert "{topic}" in line


@pytest.mark.parametrize(
    ("text", "count"),
    [("We packed the car at break of day", 8), ("everything", 4), ("home", 1), ("little", 2), ("rolled", 1)],
)
def test_syllables_are_counted_about_right(text, count):
    assert abs(syllables(text, "en") - count) <= 1
