"""The notes of a melody, alone and in a mix, against the score that was sung from."""

from itertools import pairwise

import numpy as np
import pytest

from antiphon.engines.listen import lead
from antiphon.engines.song.perform import RATE
from unit.engines.listen.sung import GENDERS, LOW_RATE, f1, lead_alone, parted, tune


def voiced(curve, *, rate=LOW_RATE, harmonics=12):
    """A buzz with a pitch for each sample, in keys; silent where that is 0."""
    hertz = 440.0 * 2 ** ((np.where(curve > 0, curve, 60) - 69) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / rate
    sound = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, harmonics + 1))
    loud = np.convolve(curve > 0, np.ones(200) / 200, mode="same")
    return (0.1 * sound * loud).astype(np.float32)


def held(*spans, rate=LOW_RATE):
    """Seconds and keys after each other; 0 is silence."""
    return np.concatenate([np.full(round(seconds * rate), float(key)) for seconds, key in spans])


@pytest.mark.parametrize("style", GENDERS)
def test_three_quarters_of_the_notes_of_a_voice_alone_are_right(style):
    assert f1(lead.notes(lead_alone(style), LOW_RATE), tune(style)) >= 0.75


@pytest.mark.parametrize("style", GENDERS)
def test_nearly_half_of_the_notes_of_a_voice_in_a_mix_are_right(style):
    assert f1(lead.notes(parted(style).vocals.mean(axis=0), RATE), tune(style)) >= 0.45


def test_notes_are_in_order_and_one_at_a_time():
    found = lead.notes(lead_alone("pop"), LOW_RATE)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(note.start < note.end for note in found)


@pytest.mark.parametrize("depth", [25, 60])
def test_vibrato_does_not_split_a_note(depth):
    time = np.arange(2 * LOW_RATE) / LOW_RATE
    curve = held((0.3, 0), (2.0, 64), (0.3, 0))
    curve[round(0.3 * LOW_RATE) :][: len(time)] += depth / 100 * np.sin(2 * np.pi * 5.5 * time)
    found = lead.notes(voiced(curve), LOW_RATE)
    assert [note.pitch for note in found] == [64]
    assert found[0].start == pytest.approx(0.3, abs=0.05)
    assert found[0].end == pytest.approx(2.3, abs=0.1)


def test_a_slide_belongs_to_the_notes_that_it_joins():
    slide = np.linspace(60, 67, round(0.06 * LOW_RATE))
    curve = np.concatenate((held((0.3, 0), (0.6, 60)), slide, held((0.6, 67), (0.3, 0))))
    assert [note.pitch for note in lead.notes(voiced(curve), LOW_RATE)] == [60, 67]


def test_a_note_that_is_sung_again_is_two():
    curve = held((0.3, 0), (0.5, 62), (0.08, 0), (0.5, 62), (0.3, 0))
    found = lead.notes(voiced(curve), LOW_RATE)
    assert [note.pitch for note in found] == [62, 62]
    assert found[1].start == pytest.approx(0.88, abs=0.05)


@pytest.mark.parametrize("key", [45, 52, 60, 69, 79])
def test_no_pitch_is_taken_for_its_octave(key):
    assert [note.pitch for note in lead.notes(voiced(held((0.2, 0), (1.0, key), (0.2, 0))), LOW_RATE)] == [key]


def test_cents_tell_how_far_a_note_is_from_its_key():
    found = lead.notes(voiced(held((0.2, 0), (1.0, 60.3), (0.2, 0))), LOW_RATE)
    assert [note.pitch for note in found] == [60]
    assert found[0].cents == pytest.approx(30, abs=8)


@pytest.mark.parametrize("frames", [0, 1, 2_000, 40_000])
def test_nothing_is_sung_in_silence(frames):
    assert lead.notes(np.zeros(frames, np.float32), LOW_RATE) == ()
