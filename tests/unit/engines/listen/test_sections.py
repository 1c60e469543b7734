import numpy as np
import pytest

from antiphon.engines.listen import spectra
from antiphon.engines.listen.bars import Bars
from antiphon.engines.listen.keys import salience
from antiphon.engines.listen.sections import sections
from unit.engines.listen.sounds import AXIS, M, band, m

BPM = 150.0
BAR = 4 * 60 / BPM
INTRO = ((5, M), (10, M), (3, M))
VERSE = ((9, m), (2, m), (4, m), (9, m))


def part(chords, bars, **more):
    return band(bpm=BPM, bars=bars, chords=chords, **more)[: round(bars * BAR * spectra.RATE)]


def heard(*parts):
    sound = np.concatenate(parts)
    beats = np.arange(0, len(sound) / spectra.RATE - 0.01, BAR / 4)
    keys = salience(spectra.pitch_spectrum(sound), np.append(beats, beats[-1] + BAR / 4))
    there = Bars(meter=4, beats=beats, first=0)
    return sections(spectra.pitch_spectrum(sound), keys, there, len(sound) / spectra.RATE)


def bars_of(found):
    return [(round(section.start / BAR), section.label) for section in found]


def test_parts_begin_where_harmony_and_sound_change_and_those_that_come_back_have_the_same_letter() -> None:
    verse, chorus = part(VERSE, 8, drums=False), part(AXIS, 8)
    assert bars_of(heard(verse, chorus, verse, chorus)) == [(0, "A"), (8, "B"), (16, "A"), (24, "B")]


def test_an_introduction_may_have_any_length() -> None:
    assert bars_of(heard(part(INTRO, 3, drums=False), part(VERSE, 8)))[1] == (3, "B")


def test_from_the_beginning_to_the_end_there_is_no_gap() -> None:
    found = heard(part(VERSE, 8, drums=False), part(AXIS, 8), part(((6, M), (1, M)), 4))
    assert found[0].start == 0
    assert [section.end for section in found[:-1]] == [section.start for section in found[1:]]
    assert found[-1].end == pytest.approx(20 * BAR, abs=0.01)


def test_the_louder_part_has_more_energy() -> None:
    soft, loud = heard(0.1 * part(VERSE, 8), part(AXIS, 8))
    assert soft.energy == pytest.approx(1 - 20 / 30, abs=0.1)
    assert loud.energy == 1


def test_what_rings_on_at_the_end_is_no_part() -> None:
    ringing = np.zeros(round(3 * BAR * spectra.RATE), np.float32)
    assert bars_of(heard(part(AXIS, 8), ringing)) == [(0, "A")]


@pytest.mark.parametrize("bars", [1, 2])
def test_a_bar_or_two_are_one_part(bars: int) -> None:
    assert bars_of(heard(part(AXIS, bars))) == [(0, "A")]
