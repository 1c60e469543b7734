"""Key and chords."""

import numpy as np
import pytest

from antiphon.domain.heard import ChordKind
from antiphon.engines.listen import spectra
from antiphon.engines.listen.bars import Bars
from antiphon.engines.listen.chords import chords
from antiphon.engines.listen.key import key
from antiphon.engines.listen.keys import retuned, salience, tuning
from unit.engines.listen.sounds import AXIS, M, band, m

BEAT = 0.6


def listened(sound, meter=4):
    """Its keys at each beat, the beats, and the tuning: what beats are is known here."""
    beats = np.arange(0, len(sound) / spectra.RATE - BEAT, BEAT)
    spectrum = spectra.pitch_spectrum(sound)
    cents = tuning(spectrum)
    times = np.append(beats, beats[-1] + BEAT)
    return salience(retuned(spectrum, cents), times), times, Bars(meter=meter, beats=beats, first=0), cents


def told(sound):
    keys, times, there, _ = listened(sound)
    return [(chord.root, chord.kind) for chord in chords(keys, times, there)]


PROGRESSIONS = {
    "C G Am F": AXIS,
    "Dm Bb F C": ((2, m), (10, M), (5, M), (0, M)),
    "E D A Em": ((4, M), (2, M), (9, M), (4, m)),
    "F#m D A E": ((6, m), (2, M), (9, M), (4, M)),
}


@pytest.mark.parametrize("name", PROGRESSIONS)
def test_chords_are_heard_one_a_bar(name: str) -> None:
    progression = PROGRESSIONS[name]
    assert told(band(chords=progression, bars=8)) == [*progression, *progression]


@pytest.mark.parametrize("kind", ChordKind)
def test_every_kind_of_chord_is_told_apart(kind: ChordKind) -> None:
    progression = ((0, kind), (5, kind))
    assert told(band(chords=progression, bars=4, drums=False)) == [*progression, *progression]


def test_chords_begin_and_end_on_beats() -> None:
    keys, times, there, _ = listened(band(bars=8))
    ends = [moment for chord in chords(keys, times, there) for moment in (chord.start, chord.end)]
    assert min(ends) == 0
    assert max(np.abs(there.beats - end).min() for end in ends[:-1]) < 0.001


def test_another_bass_than_the_root_is_told() -> None:
    keys, times, there, _ = listened(band(bass=(4, 7, 9, 5), bars=4))
    assert [chord.bass for chord in chords(keys, times, there)] == [4, None, None, None]


def test_where_nothing_sounds_there_is_no_chord() -> None:
    sound = band(bars=4, drums=False)
    sound[len(sound) // 2 :] = 0
    keys, times, there, _ = listened(sound)
    assert max(chord.end for chord in chords(keys, times, there)) <= len(sound) / spectra.RATE / 2 + 2 * BEAT


KEYS = {
    "C major": (AXIS, 0, "major"),
    "A minor": (((9, m), (5, M), (0, M), (7, M), (9, m)), 9, "minor"),
    "E flat major": (((3, M), (8, M), (10, M), (3, M)), 3, "major"),
    "D minor": (((2, m), (7, m), (9, M), (2, m)), 2, "minor"),
    "A dorian, told as minor": (((9, m), (2, M), (7, M), (9, m)), 9, "minor"),
    "G mixolydian, told as major": (((7, M), (5, M), (0, M), (7, M)), 7, "major"),
}


@pytest.mark.parametrize("name", KEYS)
def test_the_key_is_heard(name: str) -> None:
    progression, tonic, mode = KEYS[name]
    keys, _, _, cents = listened(band(chords=progression, bars=2 * len(progression)))
    found = key(keys, cents)
    assert (found.tonic, found.mode) == (tonic, mode)


@pytest.mark.parametrize("cents", [-40, -15, 0, 30])
def test_how_far_it_is_out_of_tune_is_heard_and_allowed_for(cents: int) -> None:
    keys, times, there, found = listened(band(tune=cents / 100))
    assert found == pytest.approx(cents, abs=6)
    assert [(chord.root, chord.kind) for chord in chords(keys, times, there)][:4] == list(AXIS)
