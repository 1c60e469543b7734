"""From stems to a finished piece: levels, places, the room, loudness, files."""

import io

import numpy as np
import pytest
import soundfile

from antiphon.engines.song.export import mp3, write_wav
from antiphon.engines.song.loudness import SILENCE, loudness, true_peak
from antiphon.engines.song.master import TREATMENTS, mastered
from antiphon.engines.song.mix import Desk, Place, alone, placed, together
from antiphon.engines.song.room import response, reverberated

RATE = 44_100


def tone(seconds: float, frequency: float = 440.0, level: float = 0.5) -> np.ndarray:
    """A sine on both channels."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.stack([level * np.sin(2 * np.pi * frequency * time)] * 2).astype(np.float32)


def beats(seconds: float) -> np.ndarray:
    """A drum and a chord: something with peaks."""
    time = np.arange(round(seconds * RATE)) / RATE
    drum = 0.9 * np.sin(2 * np.pi * 60 * (time % 0.5)) * np.exp(-20 * (time % 0.5))
    chord = sum(0.1 * np.sin(2 * np.pi * frequency * time) for frequency in (440, 554, 659))
    return np.stack((drum + chord, drum + 0.8 * chord)).astype(np.float32)


def test_a_tone_is_as_loud_as_the_standard_says() -> None:
    # EBU Tech 3341: 1 kHz at -23 dBFS on both channels is -23 LUFS.
    assert loudness(tone(20, 1000.0, 10 ** (-23 / 20)), RATE) == pytest.approx(-23.0, abs=0.1)


def test_quiet_parts_do_not_count() -> None:
    # EBU Tech 3341, case 3: the parts at -36 lie below the relative gate.
    parts = [tone(10, 1000.0, 10 ** (-36 / 20)), tone(60, 1000.0, 10 ** (-23 / 20)), tone(10, 1000.0, 10 ** (-36 / 20))]
    assert loudness(np.concatenate(parts, axis=1), RATE) == pytest.approx(-23.0, abs=0.1)


def test_deep_sound_is_heard_less() -> None:
    assert loudness(tone(5, 30.0), RATE) < loudness(tone(5, 1000.0), RATE) - 5


@pytest.mark.parametrize("frames", [0, 1, RATE])
def test_silence_has_no_loudness(frames: int) -> None:
    assert loudness(np.zeros((2, frames), np.float32), RATE) == SILENCE


def test_a_peak_between_samples_is_found() -> None:
    # A quarter of the rate at an eighth of a turn: every sample is 0.707, the wave between them is 1.
    time = np.arange(RATE)
    wave = np.sin(np.pi / 2 * time + np.pi / 4) * np.hanning(RATE)
    between = np.stack([wave, wave]).astype(np.float32)
    assert np.abs(between).max() < 0.71
    assert true_peak(between) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("level", range(len(TREATMENTS)))
@pytest.mark.parametrize("gain", [0.02, 1.0, 8.0])
def test_a_master_is_as_loud_as_promised_and_nowhere_over(level: int, gain: float) -> None:
    made = mastered(beats(12) * np.float32(gain), RATE, level=level)
    assert loudness(made, RATE) == pytest.approx(-14.0, abs=0.5)
    assert true_peak(made) <= -1.0
    assert abs(made.mean()) < 5e-4


def test_a_higher_level_leaves_less_between_loud_and_quiet() -> None:
    song = np.concatenate((beats(6) * np.float32(0.25), beats(6)), axis=1)

    def range_of(level: int) -> float:
        made = mastered(song, RATE, level=level)
        half = made.shape[1] // 2
        return loudness(made[:, half:], RATE) - loudness(made[:, :half], RATE)

    assert range_of(0) > range_of(1) + 0.5 > range_of(2) + 1.0


def test_silence_is_mastered_to_silence() -> None:
    assert not mastered(np.zeros((2, RATE), np.float32), RATE).any()


def test_a_pan_keeps_the_power_of_one_channel() -> None:
    sound = tone(1)[0]
    powers = [float((placed(sound, Place(pan=pan)) ** 2).sum()) for pan in (-1.0, -0.3, 0.0, 0.7, 1.0)]
    assert powers == pytest.approx([powers[0]] * 5, rel=1e-4)
    left, right = placed(sound, Place(pan=-1.0))
    assert left.any()
    assert np.abs(right).max() < 1e-6


def test_stems_add_up_to_the_mix() -> None:
    chance = np.random.default_rng(1)
    stems = [chance.standard_normal((2, 8 * RATE)).astype(np.float32) * 0.1, tone(8), tone(8, 220.0)[0]]
    places = [Place(gain=-3.0, pan=0.3, reverb=0.4), Place(reverb=0.2), Place(gain=2.0, pan=-0.8, reverb=0.9)]
    desk = Desk(8 * RATE, room=1.5, rate=RATE)
    for stem, place in zip(stems, places, strict=True):
        desk.add(stem, place)
    mix = desk.mixed()
    apart = together(alone(stem, place, room=1.5, rate=RATE) for stem, place in zip(stems, places, strict=True))
    assert 20 * np.log10(np.abs(mix - apart).max() / np.abs(mix).max()) < -60


def test_the_room_dies_away_in_its_time() -> None:
    answer = response(1.5, RATE).astype(np.float64)
    early = (answer[:, : RATE // 4] ** 2).sum()
    late = (answer[:, round(1.25 * RATE) : round(1.5 * RATE)] ** 2).sum()
    assert 10 * np.log10(late / early) < -40


def test_the_room_is_the_same_however_long_the_sound_is() -> None:
    click = np.zeros((2, 9 * RATE), np.float32)
    click[:, 100] = click[:, 7 * RATE] = 1.0
    heard = reverberated(click, seconds=1.0, rate=RATE)
    alone_ = reverberated(click[:, : 2 * RATE], seconds=1.0, rate=RATE)
    assert np.abs(heard[:, 100 : 2 * RATE] - alone_[:, 100:]).max() < 1e-5
    assert np.abs(heard[:, 7 * RATE : 8 * RATE] - heard[:, 100 : 100 + RATE]).max() < 1e-5


def test_files_hold_what_was_written() -> None:
    sound = beats(3) * np.float32(0.5)
    file = io.BytesIO()
    write_wav(file, sound, RATE)
    file.seek(0)
    read, rate = soundfile.read(file, dtype="float32")
    assert (rate, read.shape) == (RATE, (3 * RATE, 2))
    assert np.abs(read.T - sound).max() < 1e-4
    read, rate = soundfile.read(io.BytesIO(mp3(sound, RATE)), dtype="float32")
    assert (rate, read.shape) == (RATE, (3 * RATE, 2))
    assert np.corrcoef(read[:, 0], sound[0])[0, 1] > 0.99


def test_the_same_sound_gives_the_same_bytes() -> None:
    assert mp3(mastered(beats(2), RATE), RATE) == mp3(mastered(beats(2), RATE), RATE)
