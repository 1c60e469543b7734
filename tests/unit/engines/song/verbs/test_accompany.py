"""Another band for what is sung."""

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Meter, Role
from antiphon.engines.song.verbs.accompany import accompanied
from antiphon.engines.song.verbs.strains import tune
from unit.engines.song import arranging
from unit.engines.song.composing import STYLES, brief
from unit.engines.song.composing import song as composed
from unit.engines.song.verbs.material import played, sung

SOURCES = {
    "pop": lambda: sung("pop", gender="female"),
    "waltz": lambda: sung("waltz", seed=2),
    "jig": lambda: sung("irish folk", seed=3),
    "five": lambda: composed(brief(STYLES[9], seed=5)),
    "played": lambda: played("blues", seed=6),
    "played five": lambda: arranging.played(meter=Meter(beats=5)),
}


def bars(score, first, last):
    return {"start": score.second(first * score.meter.bar), "end": score.second(last * score.meter.bar)}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("style", ["jazz", "metal"])
def test_a_new_band_has_no_faults(source, style):
    score = SOURCES[source]()

    assert faults(accompanied(score, Change(style=style))) == []
    assert faults(accompanied(score, Change(style=style), **bars(score, 5, 11))) == []


def test_what_is_sung_stays_with_its_chords():
    score = sung("pop", gender="female")

    new = accompanied(score, Change(style="metal", seed=8))

    kept = ("vocal", "chords", "sections", "key", "meter", "tempos")
    assert [getattr(new, name) for name in kept] == [getattr(score, name) for name in kept]
    assert {part.instrument for part in new.parts}.isdisjoint({part.instrument for part in score.parts} - {"effects"})


def test_where_nobody_sings_the_leads_tune_stays():
    score = played("blues", seed=6)

    new = accompanied(score, Change(style="funk"))

    lead = next(part for part in new.parts if part.role is Role.LEAD)
    assert [(n.start, n.pitch % 12) for n in lead.notes] == [(n.start, n.pitch % 12) for n in tune(score)]


def test_outside_of_a_stretch_nothing_changes():
    score = sung("pop", gender="female")
    start, end = 6 * score.meter.bar, 12 * score.meter.bar

    new = accompanied(score, Change(style="metal"), **bars(score, 6, 12))

    def outside(song):
        found = {(part.role, part.instrument): part.notes for part in song.parts}
        kept = {name: [n for n in notes if not start <= n.start < end] for name, notes in found.items()}
        return {name: notes for name, notes in kept.items() if notes}

    def inside(song):
        return {(part.instrument, n) for part in song.parts for n in part.notes if start <= n.start < end}

    assert outside(new) == outside(score)
    assert inside(new) != inside(score)
    assert all(note.start + note.length <= end for _, note in inside(new) - inside(score))


@pytest.mark.parametrize(("start", "end"), [(20.0, 20.0), (20.0, 10.0), (-1.0, 5.0), (2.0, 9999.0)])
def test_a_stretch_that_is_none_is_refused(start, end):
    with pytest.raises(InvalidRequest) as refused:
        accompanied(sung("pop", gender="female"), Change(style="jazz"), start=start, end=end)
    assert refused.value.reason == "out_of_range"


def test_a_moment_is_enough_for_a_bar():
    score = sung("pop", gender="female")

    new = accompanied(score, Change(style="metal"), start=10.0, end=10.01)

    changed = {n.start // score.meter.bar for p in new.parts for n in p.notes} and [
        bar for bar in range(score.bars) if _bar(new, bar) != _bar(score, bar)
    ]
    assert len(changed) == 1


def _bar(score, bar):
    return sorted(
        (part.instrument, note.start, note.pitch)
        for part in score.parts
        for note in part.notes
        if note.start // score.meter.bar == bar
    )
