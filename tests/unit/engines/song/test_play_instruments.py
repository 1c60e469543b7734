"""The tables of instruments and drums, and what is said of wrong ones."""

import pytest

from antiphon.engines.song.play import InstrumentsInvalid, instruments
from antiphon.engines.song.play.instruments import read_instruments
from antiphon.engines.song.score import Role

DRUMS = {"box": {"kick": {"keys": [[36, 1.0, 0.0]], "layers": {"ring": [{"pitch": 60.0}]}}}}


def entry(**changes):
    sound = {"partials": [[1.0, 1.0, 1.0]]}
    facts = {"kind": "bars", "family": "mallets", "roles": ["lead"], "lowest": 60, "highest": 80, "program": 1}
    return {"bar": {**facts, "loudness": 0.0, "sound": sound, **changes}}


def test_there_are_enough_for_any_arrangement():
    kits = [each for each in instruments().values() if each.is_kit and each.family == "drums"]

    assert len(instruments()) >= 24
    assert len(kits) >= 3
    for role in Role:
        assert any(role in each.roles for each in instruments().values()), role


def test_a_kit_has_the_drums_that_grooves_are_written_for():
    grooves = (35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 53, 54, 56, 57, 70, 75)
    for each in instruments().values():
        if each.family == "drums":
            assert [key for key in grooves if each.sound.drum(key)[1][0] != key] == []


def test_a_table_that_is_right_is_read():
    assert read_instruments(entry(), drums=DRUMS)["bar"].program == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "theremin"},
        {"roles": []},
        {"roles": ["singer"]},
        {"family": ""},
        {"lowest": 81},
        {"highest": 128},
        {"program": 128},
        {"colour": "blue"},
        {"sound": {}},
        {"sound": {"partials": [[1.0, 1.0, 1.0]], "sparkle": 1.0}},
        {"sound": {"partials": [[1.0, 1.0, 1.0]], "noise": {"sparkle": 1.0}}},
        {"sound": {"partials": [[1.0, "loud", 1.0]]}},
        {"kind": "kit", "sound": {"drums": ["garage"]}},
        {"kind": "kit", "sound": {}},
    ],
)
def test_a_wrong_entry_is_named(changes):
    with pytest.raises(InstrumentsInvalid) as caught:
        read_instruments(entry(**changes), drums=DRUMS)
    assert caught.value.entry == "bar"


def test_wrong_drums_are_named():
    drums = {"box": {"kick": {"keys": [[36, 1.0, 0.0]], "layers": {"bang": []}}}}
    with pytest.raises(InstrumentsInvalid) as caught:
        read_instruments(entry(), drums=drums)
    assert caught.value.entry == "drums"
