import random

import pytest

from antiphon.engines.song.play import instruments
from antiphon.engines.song.tags import Kind, overheard, read, read_negative, settled
from antiphon.engines.song.vocabulary import vocabulary


def meanings(text):
    return [(str(tag.kind), tag.name, tag.wanted) for tag in read(text).tags]


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("pop", "genre", "pop"),
        ("Hip-Hop", "genre", "hip_hop"),
        ("hip hop", "genre", "hip_hop"),
        ("Hip Hop/Rap", "genre", "hip_hop"),
        ("R&B", "genre", "rnb"),
        ("drum & bass", "genre", "drum_and_bass"),
        ("dnb", "genre", "drum_and_bass"),
        ("lo-fi", "genre", "lofi"),
        ("K-Pop", "genre", "kpop"),
        ("Bossa Nova", "genre", "bossa_nova"),
        ("children's", "genre", "children"),
        ("lagu anak", "genre", "children"),
        ("dangdut koplo", "genre", "dangdut"),
        ("Dance/EDM", "genre", "house"),
        ("Chinese Style", "genre", "oriental"),
        ("synthpop", "genre", "synthwave"),
        ("happy", "mood", "happy"),
        ("sedih", "mood", "sad"),
        ("ceria", "mood", "happy"),
        ("Calm/Relaxing", "mood", "calm"),
        ("melancholic", "mood", "sad"),
        ("80s", "mood", "eighties"),
        ("cepat", "mood", "fast"),
        ("summer", "mood", "summer"),
        ("piano", "instrument", "piano"),
        ("acoustic guitars", "instrument", "acoustic_guitar"),
        ("gitar", "instrument", "guitar"),
        ("biola", "instrument", "violin"),
        ("sax", "instrument", "saxophone"),
        ("808s", "instrument", "sub_bass"),
        ("female vocals", "voice", "female"),
        ("vokal pria", "voice", "male"),
        ("instrumental", "voice", "none"),
        ("no vocals", "voice", "none"),
        ("tanpa vokal", "voice", "none"),
        ("duet", "voice", "duet"),
        ("whispered", "manner", "breathy"),
        ("3/4", "meter", "3/4"),
        ("minor", "mode", "minor"),
        ("120 bpm", "tempo", "120"),
        ("tempo: 90", "tempo", "90"),
        ("A minor", "key", "A minor"),
        ("key of Eb", "key", "Eb"),
        ("F#m", "key", "F# minor"),
    ],
)
def test_a_tag_is_known_by_its_names(written, kind, name):
    assert meanings(written) == [(kind, name, True)]


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("daangdut", "genre", "dangdut"),
        ("melancoly", "mood", "sad"),
        ("very happy vibes", "mood", "happy"),
        ("syntwave", "genre", "synthwave"),
        ("warm fuzzy feelings", "mood", "warm"),
        ("some saxofone", "instrument", "saxophone"),
    ],
)
def test_a_tag_that_is_no_name_is_what_it_is_nearest_to(written, kind, name):
    assert meanings(written) == [(kind, name, True)]


def test_a_tag_of_several_names_means_them_all():
    assert meanings("dark acid techno with claps") == [
        ("mood", "dark", True),
        ("genre", "techno", True),
        ("instrument", "percussion", True),
    ]


@pytest.mark.parametrize(
    "written", ["no drums", "without drums", "No Drum", "tanpa drum", "-drums", "without any drums"]
)
def test_a_negated_tag_is_not_wanted(written):
    assert meanings(written) == [("instrument", "drums", False)]


def test_what_is_not_understood_is_reported_as_it_was_written():
    reading = read("pop, Blorptastic, 😀, ---, zzz qqq")
    assert reading.unknown == ("Blorptastic", "zzz qqq")


def test_negative_tags_mean_the_same_with_and_without_a_no():
    assert [tag.name for tag in read_negative("no drums, sad").tags] == ["drums", "sad"]
    assert not any(tag.wanted for tag in read_negative("no drums, sad").tags)


@pytest.mark.parametrize(
    ("written", "overruled"),
    [
        ("happy, sad", {"happy": "sad"}),
        ("slow, calm, fast", {"slow": "fast"}),
        ("drums, no drums", {"drums": "no drums"}),
        ("no drums, drums", {"no drums": "drums"}),
        ("male vocals, female vocals", {"male vocals": "female vocals"}),
        ("100 bpm, 120 bpm", {"100 bpm": "120 bpm"}),
        ("major, minor", {"major": "minor"}),
        ("vocals, female vocals", {}),
        ("happy, cheerful", {}),
        ("pop, rock", {}),
    ],
)
def test_of_tags_that_contradict_each_other_the_later_counts(written, overruled):
    tags = settled(read(written).tags)
    assert {tag.text: tag.overruled for tag in tags if tag.overruled is not None} == overruled


def test_running_text_is_searched_for_exact_names_only():
    tags = overheard("An upbeat song with no drums or bass, and acoustic guitar; a sunny hapy one")
    assert [(str(tag.kind), tag.name, tag.wanted) for tag in tags] == [
        ("mood", "upbeat", True),
        ("instrument", "drums", False),
        ("instrument", "bass", False),
        ("instrument", "acoustic_guitar", True),
        ("mood", "bright", True),
    ]


def test_the_tables_are_as_large_as_promised():
    known = vocabulary()
    assert len(known.genres) >= 30
    assert len(known.moods) >= 40
    assert len(known.instruments) >= 40


def test_every_name_of_the_tables_is_understood_as_itself():
    known = vocabulary()
    for kind, names in ((Kind.GENRE, known.genres), (Kind.MOOD, known.moods), (Kind.VOICE, ("female", "male", "duet"))):
        for name in names:
            (tag,) = read(name.replace("_", " ")).tags
            assert (tag.kind, tag.name) == (kind, name)


def test_the_tables_name_only_instruments_that_there_are():
    known = vocabulary()
    used = {name for player in known.instruments.values() for name in player.of}
    used |= {name for genre in known.genres.values() for _, names in genre.palette.values() for name in names}
    used |= {name for mood in known.moods.values() for names in mood.only.values() for name in names}
    assert used <= instruments().keys()
    assert {name for mood in known.moods.values() for name in mood.seats} <= known.instruments.keys()
    assert {mood.genre for mood in known.moods.values()} - {""} <= known.genres.keys()
    manners = {genre.manner for genre in known.genres.values()} | {mood.manner for mood in known.moods.values()}
    assert manners - {""} <= known.manners.keys()


def test_any_text_is_read():
    draw = random.Random(5)
    letters = "abc ,,;/-#'&\n\tABCאبあ😀\u202e\u0301{}[]0123456789no"
    for _ in range(200):
        text = "".join(draw.choice(letters) for _ in range(draw.randrange(120)))
        settled((*read(text).tags, *read_negative(text).tags, *overheard(text)))
    for text in ("x" * 5_000, "no " * 1_600, "," * 5_000, "happy, sad, " * 400, "no drums " * 500):
        settled((*read(text).tags, *overheard(text)))
