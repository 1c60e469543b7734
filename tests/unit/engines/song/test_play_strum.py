"""A hand goes over the strings."""

import numpy as np
import pytest

from antiphon.engines.song.play.strum import begun
from unit.engines.song.hearing import RATE, heard, note, song

DOWN = tuple(note(key, at=2) for key in (52, 57, 61, 64))
UP = tuple(note(key, at=3) for key in (57, 61, 64))


def frames(*notes, strum=0.01):
    return [frame - RATE * notes[0].start // 960 for frame in begun(notes, song(), RATE, strum=strum)]


def test_a_downward_stroke_begins_with_the_lowest_string():
    found = frames(*DOWN)
    assert found == sorted(found)
    assert 0.02 < (found[-1] - found[0]) / RATE < 0.04
    assert found[0] < 0 < found[-1]


def test_an_upward_stroke_begins_with_the_highest():
    found = begun((*DOWN, *UP), song(), RATE, strum=0.01)[4:]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


def test_a_harder_stroke_is_quicker():
    soft, hard = (frames(*(note(each.pitch, at=2, velocity=velocity) for each in DOWN)) for velocity in (30, 120))
    assert soft[-1] - soft[0] > 1.3 * (hard[-1] - hard[0])


def test_who_strikes_all_keys_at_once_is_together():
    assert frames(*DOWN, strum=0.0) == [0, 0, 0, 0]


def test_nothing_begins_before_the_song():
    assert min(begun([note(key) for key in (52, 57, 61)], song(), RATE, strum=0.02)) == 0


@pytest.mark.parametrize(("name", "least"), [("steel_guitar", 0.02), ("warm_pad", 0.0)])
def test_a_guitars_chord_is_strummed(name, least):
    """Each string by itself is heard to begin in the chord where `begun` has it, not with the others."""
    low, high = note(52, at=2), note(76, at=2)
    alone = [heard(name, each, seconds=1.5) for each in (low, high)]
    chord = heard(name, low, note(60, at=2), note(67, at=2), high, seconds=1.5)
    begins = [np.flatnonzero(np.abs(sound[0]) > 1e-4 * np.abs(sound).max())[0] / RATE for sound in (*alone, chord)]
    assert min(begins[:2]) - begins[2] == pytest.approx(least / 2, abs=0.006)
