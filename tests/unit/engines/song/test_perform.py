"""Scores as sound: parts that add up, a voice that is heard above its band."""

from dataclasses import replace

import numpy as np
import pytest

from antiphon.engines.song.loudness import lufs, powers
from antiphon.engines.song.mix import fader
from antiphon.engines.song.perform import RATE, Musicians, frames_of, mixed, performed
from antiphon.engines.song.score import Note, Part, Role
from antiphon.engines.song.sing import EspeakSpeaker
from unit.engines.song.singing import BEATS, TUNE, TWINKLE, score, vocal


def unheard(_stage, _share):
    """Nobody looks."""


def part(role, instrument, pitch, *, every=480, **place):
    notes = tuple(Note(start=start, length=every - 20, pitch=pitch, velocity=90) for start in range(0, 16_000, every))
    return Part(role=role, instrument=instrument, notes=notes, **place)


PLAYERS = Musicians(speaker=EspeakSpeaker())
BAND = (
    part(Role.DRUMS, "acoustic_kit", 38, reverb=0.1),
    part(Role.LEAD, "flute", 79, every=960),
    part(Role.BASS, "finger_bass", 40, gain=-2.0),
    part(Role.BASS, "cello", 47, pan=0.3),
)


def song(*parts, sung=True):
    whole = score(vocal(TWINKLE, TUNE, BEATS, harmonies=(4,)))
    return replace(whole, parts=parts, vocal=whole.vocal if sung else None)


def heard(whole):
    """The stems, by name."""
    stems = {}
    mixed(whole, PLAYERS, unheard, stems.setdefault)
    return stems


@pytest.fixture(scope="module")
def whole():
    """A song's mix, its stems, and how it went on."""
    stems, told = {}, []
    mix = mixed(song(*BAND), PLAYERS, lambda stage, share: told.append((stage, share)), stems.setdefault)
    return mix, stems, told


def test_stems_add_up_to_the_mix_to_a_thousandth(whole) -> None:
    mix, stems, _told = whole
    assert list(stems) == ["drums", "bass", "bass_2", "lead", "vocals", "backing_vocals_1"]
    rest = np.abs(mix - sum(stems.values())).max()
    assert 20 * np.log10(rest / np.abs(mix).max()) < -60


def test_all_stems_are_as_long_as_the_song_and_its_ringing(whole) -> None:
    mix, stems, _told = whole
    assert {sound.shape for sound in stems.values()} == {mix.shape} == {(2, frames_of(song()))}


def above(stems, name, others):
    """Decibels by which a stem is louder than others, where it sounds."""
    own, band = powers(stems[name], RATE), powers(sum(stems[other] for other in others), RATE)
    loud = own > own.max() * 10 ** (-18 / 10)
    return float(lufs(own[loud].mean()) - lufs(band[loud].mean()))


@pytest.mark.parametrize("gain", [-8.0, 8.0])
def test_a_voice_is_as_loud_as_its_band_asks_for(gain: float) -> None:
    stems = heard(song(*(replace(each, gain=each.gain + gain) for each in BAND[::2])))
    assert above(stems, "vocals", ("drums", "bass")) == pytest.approx(0.5, abs=1.0)
    assert above(stems, "backing_vocals_1", ("vocals",)) == pytest.approx(-8.0, abs=3.0)


def test_a_tune_that_would_be_buried_is_raised_but_only_so_far() -> None:
    quiet, loud, lost = (heard(song(*BAND[:1], replace(BAND[1], gain=gain), sung=False)) for gain in (-8, 0, -40))
    assert above(quiet, "lead", ("drums",)) == pytest.approx(-4.0, abs=1.0)
    assert above(loud, "lead", ("drums",)) > -4.0
    assert above(lost, "lead", ("drums",)) < -20.0


def test_a_voice_alone_stays_as_it_is() -> None:
    voice = np.ones(RATE, np.float32) * np.sin(np.arange(RATE)).astype(np.float32)
    assert fader(voice, np.zeros((2, RATE), np.float32), above=0.5, rate=RATE) == 0.0
    assert fader(np.zeros(RATE, np.float32), np.stack([voice, voice]), above=0.5, rate=RATE) == 0.0


def test_stages_come_in_order_and_go_on(whole) -> None:
    _mix, _stems, told = whole
    stages = [stage for stage, _share in told]
    assert list(dict.fromkeys(stages)) == ["play", "sing", "mix"]
    assert stages == sorted(stages, key=["play", "sing", "mix"].index)
    for stage in ("play", "sing"):
        shares = [share for each, share in told if each == stage]
        assert len(shares) >= 3
        assert shares == sorted(shares)


def test_a_song_is_the_same_whether_its_stems_are_wanted_or_not(whole) -> None:
    mix, _stems, _told = whole
    assert np.array_equal(mixed(song(*BAND), PLAYERS, unheard), mix)


def test_a_finished_song_ends_in_silence() -> None:
    finished = performed(song(BAND[0], sung=False), PLAYERS, unheard)
    assert np.abs(finished[:, -1]).max() == 0.0
    assert np.abs(finished).max() > 0.3
