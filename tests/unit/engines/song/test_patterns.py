"""Grooves, bass lines and figures."""

import pytest

from antiphon.engines.song.patterns import BASS, BEATEN, FIGURED, PatternsInvalid, PatternUnknown, patterns, steps
from antiphon.engines.song.play.instruments import instrument
from antiphon.engines.song.score import TICKS, Meter

GROOVES = sorted(patterns().grooves)
SIXTEENTH = TICKS // 4


def test_there_are_grooves_for_all_kinds_of_music():
    asked = {"straight", "four_floor", "rock", "half_time", "shuffle", "swing", "bossa", "samba", "one_drop", "ska"}
    asked |= {"funk", "trap", "boom_bap", "dnb", "breakbeat", "waltz", "six", "march", "dangdut", "disco"}

    assert asked <= set(GROOVES)


@pytest.mark.parametrize("name", GROOVES)
def test_a_groove_fits_its_meter(name):
    groove = patterns().grooves[name]
    lines = [line for beats in (groove.light, groove.main, groove.full, groove.percussion) for line in beats.values()]
    lines += [patterns().bass[line] for line in groove.bass]
    lines += [patterns().figures[line] for line in (*groove.chords, *groove.rhythm, *groove.arpeggio)]

    for line in lines:
        assert line.length % groove.meter.bar == 0 or groove.meter.bar % line.length == 0
        assert all(0 <= hit.start < hit.start + hit.length <= line.length for hit in line.hits)


@pytest.mark.parametrize("name", GROOVES)
def test_what_is_played_by_hand_has_a_drum_of_its_own(name):
    known = {tuned[0] for drum in instrument("percussion").sound.drums for tuned in drum.keys}

    assert patterns().grooves[name].percussion.keys() <= known


@pytest.mark.parametrize("meter", [Meter(), Meter(beats=3), Meter(beats=6, unit=8), Meter(beats=12, unit=8)])
@pytest.mark.parametrize("name", GROOVES)
def test_in_common_meters_a_groove_or_its_substitute_fits(name, meter):
    found = patterns().groove(name, meter)

    assert found.meter.unit == meter.unit
    assert found.meter.bar % meter.bar == 0 or meter.bar % found.meter.bar == 0


def test_steps_are_read():
    found = steps("x-.X | ..o-", FIGURED, entry="test")

    assert found.length == 8 * SIXTEENTH
    assert [(hit.start // SIXTEENTH, hit.length // SIXTEENTH, hit.mark) for hit in found.hits] == [
        (0, 2, "x"),
        (3, 1, "X"),
        (6, 2, "o"),
    ]


@pytest.mark.parametrize(("text", "marks"), [("x..?", BEATEN), (".-x.", FIGURED), ("", BASS), ("x...", BASS)])
def test_what_is_no_pattern_is_refused(text, marks):
    with pytest.raises(PatternsInvalid):
        steps(text, marks, entry="test")


def test_a_pattern_goes_on_from_its_origin():
    line = steps("x...o...", BEATEN, entry="test")

    found = line.between(8 * SIXTEENTH, 20 * SIXTEENTH, origin=0, bar=16 * SIXTEENTH)

    assert [(hit.start // SIXTEENTH, hit.mark) for hit in found] == [(8, "x"), (12, "o"), (16, "x")]


def test_a_pattern_that_does_not_fit_is_cut_to_the_bar():
    line = steps("x...x...x...x...", BEATEN, entry="test")

    found = line.between(0, 20 * SIXTEENTH, origin=0, bar=10 * SIXTEENTH)

    assert [hit.start // SIXTEENTH for hit in found] == [0, 4, 8, 10, 14, 18]


def test_an_unknown_groove_is_told():
    with pytest.raises(PatternUnknown):
        patterns().groove("no such groove", Meter())
