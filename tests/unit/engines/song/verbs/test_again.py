"""What a verb changes of a request, and what stays."""

from dataclasses import replace

import orjson
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import brief
from antiphon.engines.song.request import MOST_LETTERS, Change, Request
from antiphon.engines.song.score import Credits, Meter, Pitch, Role, Singer
from antiphon.engines.song.verbs.again import brief_again, pinned, request_again
from antiphon.engines.song.written import dump, load
from unit.engines.song.verbs.material import LYRICS, played, sung

SOMEBODY = Singer(gender="male", lowest=Pitch(40), highest=Pitch(60), tract=0.9)
ASKED = {"negative": "drums", "description": "about an old harbour", "weirdness": 0.8, "style_weight": 0.2}


def test_nothing_changed_is_asked_for_as_before():
    score = sung("folk, sad", gender="female", **ASKED)

    again = request_again(score, Change())

    assert again == Request(
        seed=score.seed, title=score.title, style="folk, sad", language="en", singer=score.vocal.singer, **ASKED
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Other"},
        {"negative": "piano"},
        {"description": "about snow"},
        {"lyrics": "New words"},
        {"instrumental": True},
        {"seconds": 33.0},
        {"seed": 99},
        {"weirdness": 0.1},
        {"style_weight": 0.9},
        {"audio_weight": 0.4},
        {"language": "id"},
        {"singer": SOMEBODY},
    ],
)
def test_a_change_is_all_that_changes(changed):
    score = sung("folk, sad", **ASKED)

    assert request_again(score, Change(**changed)) == replace(request_again(score, Change()), **changed)


def test_another_style_leaves_of_the_description_what_the_song_is_about():
    score = sung(description="a slow jazz ballad about an old harbour, with saxophone")

    assert request_again(score, Change(style="metal")).description == "about an old harbour"


@pytest.mark.parametrize("changed", [{"gender": "male"}, {"style": "pop, male vocals"}])
def test_whoever_sang_leaves_where_another_gender_is_asked_for(changed):
    score = sung(gender="female")

    assert brief(request_again(score, Change(**changed))).singer.gender == "male"


def test_an_instrumental_is_sung_where_there_are_words_or_it_is_said():
    score = played("pop, instrumental")

    assert brief_again(score, Change()).instrumental
    assert not brief_again(score, Change(lyrics="Words of a song")).instrumental
    assert not brief_again(score, Change(instrumental=False)).instrumental


def test_a_song_in_a_language_that_nobody_writes_goes_on_in_it():
    score = sung(lyrics="[Verse]\nDie Sonne scheint auf das alte Haus", language="de")

    assert brief_again(score, Change()).language == "de"
    assert brief_again(played(), Change(instrumental=False, language="de")).language == "en"


@pytest.mark.parametrize("style", ["pop", "waltz", "jazz", "metal"])
def test_a_pinned_brief_has_the_songs_key_tempo_meter_swing_and_band(style):
    score = sung(style)
    other = brief(Request(seed=5, style="techno, 140 bpm, 4/4, in F# minor"))

    found = pinned(other, score).style

    assert (found.bpm, found.meter, found.swing) == (score.tempos[0].bpm, score.meter, score.swing)
    assert (found.tonic, found.modes) == (score.key.tonic, ((score.key.mode, 1.0),))
    seats = [(seat.role, seat.instruments[0][0]) for seat in found.palette]
    assert seats[: len(score.parts)] == [(part.role, part.instrument) for part in score.parts]
    assert not {seat.role for seat in found.palette[len(score.parts) :]} & {part.role for part in score.parts}


def test_a_band_without_drums_gets_those_that_are_asked_for():
    score = replace(sung(), parts=tuple(part for part in sung().parts if part.role is not Role.DRUMS))

    roles = {seat.role for seat in pinned(brief(Request(seed=1, style="rock, drums")), score).style.palette}

    assert Role.DRUMS in roles


def test_a_request_with_a_singer_is_sung_by_that_one():
    assert brief(Request(seed=1, style="pop", gender="female", singer=SOMEBODY)).singer == SOMEBODY


def test_the_credits_tell_what_was_asked_for():
    credit = brief(Request(seed=1, style="folk", **ASKED)).credits

    assert (credit.tags, credit.negative, credit.weirdness, credit.style_weight) == ("folk", "drums", 0.8, 0.2)
    assert Credits(style="pop").seam is None


def test_a_score_that_was_written_before_credits_told_of_a_request_is_read():
    score = sung()
    fields = orjson.loads(dump(score))
    for name in ("tags", "negative", "weirdness", "style_weight", "seam"):
        del fields["credits"][name]

    read = load(orjson.dumps(fields))

    assert replace(read, credits=score.credits) == score
    assert request_again(read, Change()).style == "pop"


def test_a_score_without_a_request_is_asked_for_by_its_genre():
    score = replace(sung(), credits=Credits(style="dream_pop"), title="")

    assert request_again(score, Change()).style == "dream pop"
    assert request_again(replace(score, meter=Meter(beats=3)), Change(lyrics=LYRICS)).lyrics == LYRICS


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("title", "x" * (MOST_LETTERS + 1), "too_long"),
        ("lyrics", "x" * (MOST_LETTERS + 1), "too_long"),
        ("seconds", 9.0, "out_of_range"),
        ("seconds", float("nan"), "out_of_range"),
        ("weirdness", -0.1, "out_of_range"),
        ("style_weight", 1.1, "out_of_range"),
        ("audio_weight", float("nan"), "out_of_range"),
    ],
)
def test_what_nobody_can_ask_for_is_refused(field, value, reason):
    with pytest.raises(InvalidRequest) as refused:
        Change(**{field: value})

    assert (refused.value.reason, refused.value.field) == (reason, field)
