"""What a body means, by the model that it names: limits, modes, and what is passed over. Pure."""

import math

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.create import TASKS
from antiphon.surfaces.musicapi.errors import told
from antiphon.surfaces.musicapi.fields import MODELS
from antiphon.surfaces.musicapi.wish import wished

OLD = ("sonic-v3-5", "sonic-v4")
NEW = ("sonic-v4-5", "sonic-v4-5-plus", "sonic-v5", "sonic-v5-5", "sonic-v6", "sonic-v6-wild", "sonic-v6-mini")
CUSTOM = {"custom_mode": True, "prompt": "la"}
LIMITS = [
    *[(model, field, most) for model in OLD for field, most in (("prompt", 3000), ("tags", 200))],
    *[(model, field, most) for model in NEW for field, most in (("prompt", 5000), ("tags", 1000))],
    *[(model, "title", 80) for model in (*OLD, *NEW)],
    ("sonic-v5", "negative_tags", 1000),
]


def refusal(body, verb="create"):
    """What a client is told of a body; None where nothing is wrong."""
    try:
        wished(body, verb)
    except InvalidRequest as failure:
        return told(failure)["error"]
    return None


def wish(**body):
    return wished({**CUSTOM, "mv": "sonic-v5", **body}, "create").wish


def test_these_models_are_taken():
    assert tuple(MODELS) == (*OLD, *NEW)


@pytest.mark.parametrize(("model", "field", "most"), LIMITS)
def test_a_text_may_be_as_long_as_the_model_says_and_no_longer(model, field, most):
    body = {**CUSTOM, "mv": model, field: "ä" * most}
    longer = {**body, field: "ä" * (most + 1)}

    assert refusal(body) is None
    assert refusal(longer) == f"The {field} character length should be less than {most}."


@pytest.mark.parametrize("model", [*OLD, *NEW])
def test_a_description_has_four_hundred_characters_whatever_the_model(model):
    body = {"custom_mode": False, "mv": model, "gpt_description_prompt": "a" * 400}
    longer = {**body, "gpt_description_prompt": "a" * 401}

    assert refusal(body) is None
    assert refusal(longer) == "The 'gpt_description_prompt' character length should be less than 400."


@pytest.mark.parametrize(
    ("model", "most"),
    [
        *[(model, 120.0) for model in OLD],
        *[(model, 240.0) for model in NEW[:2]],
        *[(model, 360.0) for model in NEW[2:]],
    ],
)
def test_a_song_is_not_longer_than_its_model_makes_them(model, most):
    assert wish(mv=model, duration=360).seconds == most
    assert wish(mv=model, duration=10).seconds == 10.0
    assert wish(mv=model).seconds is None


@pytest.mark.parametrize(
    ("model", "gender"), [*[(model, None) for model in OLD], *[(model, "female") for model in NEW]]
)
def test_whose_voice_it_is_is_heeded_from_version_four_and_a_half_on(model, gender):
    assert wish(mv=model, vocal_gender="f").gender == gender


@pytest.mark.parametrize(
    ("body", "lyrics", "description"),
    [
        ({"custom_mode": True, "prompt": "la"}, "la", ""),
        ({"custom_mode": True, "prompt": "la", "gpt_description_prompt": "sad"}, "la", ""),
        ({"custom_mode": True, "prompt": "a song", "auto_lyrics": True}, None, "a song"),
        ({"custom_mode": False, "gpt_description_prompt": "sad"}, None, "sad"),
        ({"custom_mode": False, "gpt_description_prompt": "sad", "prompt": "la", "auto_lyrics": True}, None, "sad"),
        ({"custom_mode": True, "prompt": "la", "make_instrumental": True}, None, ""),
        ({"custom_mode": False, "make_instrumental": True, "gpt_description_prompt": "sad"}, None, "sad"),
        ({"custom_mode": None, "prompt": "la"}, "la", ""),
        ({"gpt_description_prompt": "sad", "prompt": "la"}, None, "sad"),
        ({}, None, ""),
    ],
)
def test_words_are_lyrics_or_what_they_are_about(body, lyrics, description):
    found = wished({"mv": "sonic-v5", **body}, "extend", needs=TASKS["extend_music"].needs).wish

    assert (found.lyrics, found.description) == (lyrics, description)


def test_two_bodies_draw_two_chances():
    assert len({wish().seed for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [(True, "number"), ("1", "number"), ([], "number"), (-0.5, "negative"), (30.5, "out_of_range")],
)
def test_a_moment_is_a_number_within_a_clip(value, reason):
    with pytest.raises(InvalidRequest) as raised:
        fields.seconds({"at": value}, "at", longest=30.0)

    assert raised.value.reason == reason


@pytest.mark.parametrize(("value", "moment"), [(None, None), (0, 0.0), (30, 30.0), (0.1, 0.1)])
def test_a_moment_may_be_either_end(value, moment):
    assert fields.seconds({"at": value}, "at", longest=30.0) == moment
    assert fields.seconds({"at": value}, "at", longest=math.inf) == moment
