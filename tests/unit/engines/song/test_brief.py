from itertools import combinations

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import brief
from antiphon.engines.song.numerals import tables
from antiphon.engines.song.patterns import patterns
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Mode, Role
from antiphon.engines.song.style import Style
from antiphon.engines.song.tongues import language_of
from antiphon.engines.song.vocabulary import METERS, vocabulary

SEED = 7


def made(style="", **fields):
    return brief(Request(seed=SEED, style=style, **fields))


def players(style: Style):
    return {name for seat in style.palette for name, _ in seat.instruments}


def roles(style: Style):
    return {seat.role for seat in style.palette}


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({}, "missing", "description"),
        ({"style": "  ", "negative": "drums"}, "missing", "description"),
        ({"style": "pop", "seconds": 9.9}, "out_of_range", "seconds"),
        ({"style": "pop", "seconds": 361}, "out_of_range", "seconds"),
        ({"style": "pop", "seconds": float("nan")}, "out_of_range", "seconds"),
        ({"style": "pop", "weirdness": 1.01}, "out_of_range", "weirdness"),
        ({"style": "pop", "style_weight": -0.1}, "out_of_range", "style_weight"),
        ({"lyrics": "x" * 5_001}, "too_long", "lyrics"),
        ({"style": "x" * 5_001}, "too_long", "style"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(fields, reason, field):
    with pytest.raises(InvalidRequest) as refused:
        Request(seed=SEED, **fields)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize("fields", [{"title": "Home"}, {"lyrics": "la"}, {"description": "x"}, {"instrumental": True}])
def test_one_thing_is_enough_to_ask_for(fields):
    assert brief(Request(seed=SEED, **fields)).title


def test_the_same_request_means_the_same_and_another_seed_something_else():
    request = Request(seed=1, description="a song about the sea", style="pop")
    assert brief(request) == brief(request)
    others = [brief(Request(seed=seed, description="a song about the sea", style="pop")) for seed in range(8)]
    assert len({(other.title, other.style.bpm, other.singer.tract) for other in others}) == 8


def test_the_credits_say_what_was_understood():
    found = made("pop, summer, blorp", negative="drums", description="An upbeat song about road trips").credits
    assert found.style == "pop"
    assert found.moods == ("upbeat", "summer")
    assert found.understood == (
        ("upbeat", "mood upbeat"),
        ("pop", "genre pop"),
        ("summer", "mood summer"),
        ("drums", "no instrument drums"),
    )
    assert found.unknown == ("blorp",)


def test_the_credits_say_what_was_overruled():
    assert ("happy", "mood happy, overruled by sad") in made("happy, sad").credits.understood
    assert made("happy, sad").moods == ("sad",)


def test_words_of_the_topic_are_not_taken_for_tags():
    assert made(description="a happy song about a sad rock in the rain").moods == ("happy",)
    assert made(description="a song about heavy metal").style.genre == "pop"


@pytest.mark.parametrize(
    ("style", "genre"),
    [("jazz", "jazz"), ("sad", "ballad"), ("aggressive", "rock"), ("happy", "pop"), ("no pop", "folk"), ("zzz", "pop")],
)
def test_where_no_genre_is_named_the_mood_says_which_is_meant(style, genre):
    assert made(style).style.genre == genre


def test_the_genre_of_the_tags_comes_before_that_of_the_description():
    assert made("jazz", description="a rock song about trains").style.genre == "jazz"


def test_a_second_genre_lends_its_sound_and_not_its_groove():
    mixed, plain = made("rock, jazz").style, made("rock").style
    assert (mixed.genre, mixed.groove) == ("rock", "rock")
    assert players(plain) < players(mixed)
    assert plain.swing < mixed.swing < made("jazz").style.swing


@pytest.mark.parametrize(
    ("style", "role"), [("pop, no drums", Role.DRUMS), ("rock, without bass", Role.BASS), ("disco, no strings", None)]
)
def test_negative_tags_send_players_away(style, role):
    found = made(style).style
    out = vocabulary().instruments[style.split()[-1]].of
    assert not players(found) & set(out)
    assert role not in roles(found)


def test_somebody_plays_even_when_all_are_sent_away():
    nobody = ", ".join(f"no {name.replace('_', ' ')}" for name in vocabulary().instruments)
    assert players(made(f"pop, {nobody}").style)


@pytest.mark.parametrize("name", sorted(vocabulary().instruments))
def test_an_instrument_that_is_asked_for_is_surely_there(name):
    for genre in ("pop", "metal", "ambient"):
        seats = made(f"{genre}, {vocabulary().instruments[name].words[0]}").style.palette
        of = set(vocabulary().instruments[name].of)
        assert any(seat.probability == 1.0 and {player for player, _ in seat.instruments} <= of for seat in seats)


def test_several_instruments_sit_side_by_side():
    seats = made("ambient, piano, violin, flute, cello, harp").style.palette
    certain = {name for seat in seats if seat.probability == 1.0 for name, _ in seat.instruments}
    assert {"violin", "cello", "harp", "flute", "grand_piano"} & certain >= {"violin", "cello", "harp"}


def test_acoustic_music_has_no_synthesisers():
    found = made("house, acoustic").style
    assert not any(
        word in name for name in players(found) for word in ("synth", "saw", "sweep", "digital", "dance_kit")
    )


@pytest.mark.parametrize(
    ("more", "less", "number"),
    [
        ("pop, fast", "pop, slow", "bpm"),
        ("pop, energetic", "pop, calm", "energy"),
        ("pop, bright", "pop, dark", "colour"),
        ("pop, dreamy", "pop, dry", "reverb"),
        ("pop, lush", "pop, minimal", "density"),
        ("pop, syncopated", "pop, serious", "syncopation"),
        ("pop, swinging", "pop", "swing"),
    ],
)
def test_moods_change_the_numbers(more, less, number):
    assert getattr(made(more).style, number) > getattr(made(less).style, number)


def test_a_mood_that_is_not_wanted_does_a_little_of_the_opposite():
    assert made("pop, no sad").style.bpm >= made("pop").style.bpm
    assert made("pop", negative="energetic").style.energy < made("pop").style.energy


def major_share(style):
    bright = {Mode.MAJOR, Mode.LYDIAN, Mode.MIXOLYDIAN}
    return sum(weight for mode, weight in style.modes if mode in bright)


def test_moods_change_the_modes():
    assert major_share(made("pop, happy").style) > major_share(made("pop").style) > major_share(made("pop, sad").style)
    assert major_share(made("trance, happy").style) > 0.0
    assert major_share(made("children, dark").style) < 0.5


def test_tempo_key_meter_and_mode_can_be_asked_for():
    style = made("pop, 97 bpm, 3/4, Bb minor").style
    assert (style.bpm, style.tempo, style.meter) == (97.0, (97.0, 97.0), METERS["3/4"])
    assert (style.tonic, style.modes) == (10, ((Mode.MINOR, 1.0),))
    assert made("pop, dorian").style.modes == ((Mode.DORIAN, 1.0),)


def test_style_weight_says_how_much_moods_change():
    energies = [made("pop, calm", style_weight=weight).style.energy for weight in (0.0, 0.5, 1.0)]
    assert energies == sorted(energies, reverse=True)
    assert len(set(energies)) == 3


@pytest.mark.parametrize("genre", sorted(vocabulary().genres))
@pytest.mark.parametrize("moods", ["", "happy, fast, loud, lush, bright", "sad, slow, soft, minimal, dark, haunting"])
def test_all_numbers_stay_within_their_bounds(genre, moods):
    for weight in (0.0, 1.0):
        style = made(f"{genre.replace('_', ' ')}, {moods}", style_weight=weight).style
        shares = ("energy", "density", "swing", "syncopation", "melisma", "reverb", "cadence")
        assert all(0.0 <= getattr(style, name) <= 1.0 for name in shares)
        assert 40.0 <= style.tempo[0] <= style.bpm + 0.5 <= style.tempo[1] + 1.0 <= 241.0
        assert -1.0 <= style.colour <= 1.0
        assert sum(weight for _, weight in style.modes) == pytest.approx(1.0, abs=0.01)
        assert all(0.0 < seat.probability <= 1.0 and seat.instruments for seat in style.palette)


def test_genres_name_only_what_there_is():
    for genre in vocabulary().genres.values():
        assert genre.vocabulary in tables().vocabularies
        assert genre.groove in patterns().grooves
        assert set(genre.forms) <= vocabulary().forms.keys()
        for names in genre.progressions.values():
            assert set(names) <= tables().progressions.keys()
            known = {mode for name in names for mode in tables().progressions[name].modes}
            assert set(genre.modes) <= known


def difference(one, other):
    """How far two genres are apart, in parts of what they can be."""
    low, high = max(one.tempo[0], other.tempo[0]), min(one.tempo[1], other.tempo[1])
    wide = max(one.tempo[1], other.tempo[1]) - min(one.tempo[0], other.tempo[0])
    numbers = ("energy", "density", "swing", "syncopation", "melisma", "reverb", "colour", "cadence")
    bands = [{name for _, names in genre.palette.values() for name in names} for genre in (one, other)]
    chords = [{name for names in genre.progressions.values() for name in names} for genre in (one, other)]
    return (
        (1.0 - max(0.0, high - low) / wide)
        + sum(abs(getattr(one, name) - getattr(other, name)) for name in numbers)
        + 2.0 * (1.0 - len(bands[0] & bands[1]) / len(bands[0] | bands[1]))
        + (1.0 - len(chords[0] & chords[1]) / len(chords[0] | chords[1]))
        + (one.groove != other.groove)
        + (one.vocabulary != other.vocabulary)
    )


def test_every_genre_differs_from_every_other():
    genres = vocabulary().genres
    nearest = min(
        (difference(one, other), first, second) for (first, one), (second, other) in combinations(genres.items(), 2)
    )
    assert nearest[0] > 2.2, nearest


@pytest.mark.parametrize(
    ("fields", "gender"),
    [
        ({"style": "pop, female vocals"}, "female"),
        ({"style": "pop, vokal pria"}, "male"),
        ({"style": "pop, male vocals", "gender": "female"}, "female"),
        ({"style": "pop", "negative": "female vocals"}, "male"),
    ],
)
def test_the_singer_is_who_was_asked_for(fields, gender):
    assert all(brief(Request(seed=seed, **fields)).singer.gender == gender for seed in range(6))


def test_the_manner_is_in_the_voice():
    soft, loud = made("pop, breathy").singer, made("pop, operatic vocals").singer
    assert soft.breath > loud.breath
    assert soft.vibrato < loud.vibrato
    assert made("pop, breathy").style.manner == "breathy"


@pytest.mark.parametrize(
    ("fields", "instrumental"),
    [
        ({"style": "pop"}, False),
        ({"style": "pop", "instrumental": True}, True),
        ({"style": "lofi, instrumental"}, True),
        ({"style": "lofi", "negative": "vocals"}, True),
        ({"style": "lofi", "negative": "no vocals"}, True),
        ({"description": "an instrumental piece about the sea"}, True),
        ({"style": "pop, instrumental", "lyrics": "I sing this"}, False),
        ({"lyrics": "[Instrumental]"}, True),
        ({"lyrics": "[Intro]\n[Verse]\n[Outro]"}, True),
        ({"lyrics": "😀 🎵"}, True),
        ({"style": "pop, instrumental", "negative": "instrumental"}, False),
    ],
)
def test_nobody_sings_where_that_was_asked_for(fields, instrumental):
    assert brief(Request(seed=SEED, **fields)).instrumental is instrumental


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"description": "a song about the sea"}, "en"),
        ({"description": "lagu tentang laut"}, "id"),
        ({"description": "anak-anak bermain hujan"}, "id"),
        ({"style": "dangdut"}, "id"),
        ({"style": "dangdut", "description": "a song about the sea"}, "en"),
        ({"lyrics": "Ich liebe dich und du bist nicht bei mir"}, "de"),
        ({"lyrics": "Я помню чудное мгновенье"}, "ru"),
        ({"description": "a song", "language": "fr"}, "fr"),
    ],
)
def test_the_language_is_that_of_the_texts(fields, language):
    assert brief(Request(seed=SEED, **fields)).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("\u05e9\u05dc\u05d0 \u05e2\u05d1", "he"),
        ("مرحبا بالعالم", "ar"),
        ("さくら さくら", "ja"),
        ("月亮代表我的心", "zh"),
        ("사랑해", "ko"),
        ("la vida es una canción para mi amor", "es"),
        ("je suis dans la ville avec toi pour la nuit", "fr"),
        ("aku dan kamu di sini", "id"),
        ("", "xx"),
        ("😀", "xx"),
        ("zzz", "xx"),
    ],
)
def test_a_language_shows_in_letters_and_usual_words(text, language):
    assert language_of(text, otherwise="xx") == language


def test_a_title_is_kept_and_one_is_found_where_there_is_none():
    assert made("pop", title="  My  Song ").title == "My Song"
    assert made(lyrics="[Verse]\nOne\n\n[Chorus]\nShine on, my love\nShine on, my love").title == "Shine on"
    titles = {brief(Request(seed=seed, description="a song about road trips")).title for seed in range(20)}
    assert "Road Trips" in titles
    assert len(titles) > 2


@pytest.mark.parametrize(
    "text", ["x" * 5_000, "😀" * 2_000, "\u202e\u05e9\u05dc " * 500, "\n" * 4_999 + "a", "{topic} {a|b} {}"]
)
def test_any_text_makes_a_brief(text):
    for field in ("style", "negative", "description", "lyrics", "title"):
        assert brief(Request(seed=SEED, **{"style": "pop", field: text})).title
