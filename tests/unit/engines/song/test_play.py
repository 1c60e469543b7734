"""What an instrument's part sounds like, measured."""

import numpy as np
import pytest

from antiphon.engines.song.play import InstrumentUnknown, instruments, play
from antiphon.engines.song.score import Meter, Tempo
from unit.engines.song.hearing import (
    KITS,
    PITCHED,
    RATE,
    centroid,
    cents,
    fundamental,
    heard,
    loudness,
    note,
    part,
    phrased,
    song,
    within,
)

ALL = list(instruments())
BASSES = [name for name, each in instruments().items() if each.family == "bass"]
WIDE = ["strings", "slow_strings", "warm_pad", "supersaw", "choir", "grand_piano"]
KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, HIGH_TOM = 36, 38, 42, 46, 41, 50


def frequency(pitch):
    return 440 * 2 ** ((pitch - 69) / 12)


def onset(wave):
    """The first frame that is heard."""
    return int(np.argmax(np.abs(wave).max(axis=0) > 1e-4 * np.abs(wave).max()))


def slope(wave):
    """The greatest step from one frame to the next."""
    return float(np.abs(np.diff(wave, axis=-1)).max(initial=0.0))


@pytest.mark.parametrize("name", ALL)
def test_a_phrase_is_heard_whole_and_clean(name):
    sound = phrased(name)

    assert sound.shape == (2, 9 * RATE)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.05 < np.abs(sound).max() < 1.5
    assert np.abs(sound.mean(axis=1)).max() < 0.005 * np.sqrt(np.mean(sound**2))


@pytest.mark.parametrize("name", ALL)
def test_all_are_equally_loud(name):
    assert loudness(phrased(name)) == pytest.approx(-23.0, abs=0.7)


@pytest.mark.parametrize("name", PITCHED)
def test_notes_are_in_tune(name):
    for share in (0.1, 0.35, 0.6, 0.9):
        pitch = within(name, share)
        sound = heard(name, note(pitch, beats=8), seconds=4.2).sum(axis=0)[RATE // 8 :]
        assert abs(cents(fundamental(sound, frequency(pitch)), frequency(pitch))) < 3, pitch


@pytest.mark.parametrize("name", ALL)
def test_harder_is_louder_and_brighter(name):
    pitch = KICK if name == "effects" else 63 if name == "percussion" else SNARE if name in KITS else within(name, 0.4)
    soft, hard = (heard(name, note(pitch, beats=2, velocity=each), seconds=1.0).sum(axis=0) for each in (30, 120))

    # An overdriven amplifier gives much back as loud as it gives all.
    times = 1.15 if instruments()[name].amp else 2.0
    assert np.sqrt(np.mean(hard**2)) > times * np.sqrt(np.mean(soft**2))
    if name not in {"whistle", "pan_flute", "sub_bass", "pipe_organ"}:  # Nearly sines, or a wind chest.
        assert centroid(hard) > centroid(soft)


@pytest.mark.parametrize("name", ALL)
def test_nothing_clicks_where_a_note_begins_or_ends(name):
    pitch = KICK if name in KITS else within(name, 0.45)
    if name == "percussion":
        pitch = 63
    sound = heard(name, note(pitch, at=1, beats=1.3), seconds=4.0)
    begin, end = RATE // 2, round(1.15 * RATE)

    steepest = slope(sound[:, begin : begin + RATE // 4])
    assert slope(sound[:, begin - 300 : begin + 4]) < 0.35 * steepest
    assert slope(sound[:, end - 4 : end + 600]) <= 1.1 * slope(sound[:, end - 15_000 : end]) + 1e-4
    assert np.abs(sound[:, -1]).max() == 0


@pytest.mark.parametrize("name", PITCHED)
def test_a_note_ends_when_its_release_is_over(name):
    sound = heard(name, note(within(name, 0.45), beats=1), seconds=4.0)
    over = round((0.5 + instruments()[name].sound.release) * RATE) + 600

    assert np.abs(sound[:, over:]).max() < 1e-5


@pytest.mark.parametrize("share", [0.55, 0.8, 1.0])
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("saw_lead", -80),
        ("square_lead", -80),
        ("chip_lead", -80),
        ("supersaw", -80),
        ("acid_bass", -60),
        ("digital_piano", -80),
        ("fm_bass", -70),
        ("distorted_guitar", -54),
    ],
)
def test_what_is_above_half_the_rate_is_not_folded_back(name, most, share):
    pitch = within(name, share)
    sound = heard(name, note(pitch, beats=4, velocity=127), seconds=2.2).sum(axis=0)[RATE // 50 : 2 * RATE - 2_000]
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    place = np.fft.rfftfreq(len(sound), 1 / RATE) / frequency(pitch)

    # What is no harmonic, detuning and vibrato counted, has no business here. A fold would lie anywhere.
    strange = np.abs(place - np.round(place)) > 0.03 * np.maximum(place, 1) + 0.05
    counted = place < 12
    assert 10 * np.log10(power[strange & counted].sum() / power[counted].sum()) < most


def test_the_same_part_gives_the_same_bytes():
    notes = [note(60), note(64, at=0.5), note(67, at=1, velocity=80)]
    for name in ("grand_piano", "strings", "acoustic_kit", "flute"):
        assert heard(name, *notes).tobytes() == heard(name, *notes).tobytes()


def test_notes_add_up():
    low, high = note(48, beats=2), note(55, at=1, beats=2)

    for name in ("grand_piano", "warm_pad", "electric_piano"):
        both = heard(name, low, high, seconds=3.0)
        assert np.abs(both - heard(name, low, seconds=3.0) - heard(name, high, seconds=3.0)).max() < 1e-4


def test_through_an_amplifier_they_do_not():
    low, fifth = note(45, beats=2), note(52, beats=2)
    both = heard("distorted_guitar", low, fifth, seconds=2.0)
    each = heard("distorted_guitar", low, seconds=2.0) + heard("distorted_guitar", fifth, seconds=2.0)

    assert np.sqrt(np.mean(both**2)) < 0.8 * np.sqrt(np.mean(each**2))


def test_an_amplifier_leaves_no_seams():
    amp = instruments()["distorted_guitar"].amp
    moment = np.arange(600_000) / RATE
    wave = (0.3 * np.sin(2 * np.pi * 110 * moment) + 0.2 * np.sin(2 * np.pi * 164.8 * moment)).astype(np.float32)
    # What is done in pieces falls into other ones when it comes a little later.
    early, late = (amp.play(np.pad(wave[None, :], ((0, 0), (frames, 0))), RATE) for frames in (0, 5_000))

    assert np.abs(early[0, 3_000:] - late[0, 8_000:]).max() < 1e-3


@pytest.mark.parametrize("name", BASSES)
def test_a_bass_is_in_the_middle(name):
    left, right = phrased(name)

    assert (left == right).all()


@pytest.mark.parametrize("name", WIDE)
def test_an_ensemble_is_wide_and_survives_mono(name):
    left, right = phrased(name)
    likeness = np.corrcoef(left, right)[0, 1]

    assert -0.1 < likeness < 0.97


def test_toms_go_from_left_to_right():
    high, low = (heard("acoustic_kit", note(key), seconds=1.0) for key in (HIGH_TOM, LOW_TOM))

    assert np.abs(high[0]).max() > 1.3 * np.abs(high[1]).max()
    assert np.abs(low[1]).max() > 1.3 * np.abs(low[0]).max()


def test_strings_swell_and_their_vibrato_comes_later():
    sound = heard("violin", note(69, beats=8), seconds=4.0).sum(axis=0)

    def wander(start, stop):
        pieces = [sound[frame : frame + 2_205] for frame in range(int(start * RATE), int(stop * RATE), 1_102)]
        return np.ptp([cents(fundamental(piece, 440), 440) for piece in pieces])

    assert np.abs(sound[:400]).max() < 0.1 * np.abs(sound).max()
    assert wander(0.13, 0.24) < 9 < wander(0.8, 2.0)


def test_a_kick_falls_in_pitch():
    for name in ("acoustic_kit", "rock_kit", "electronic_kit", "dance_kit", "brush_kit", "lofi_kit"):
        sound = heard(name, note(KICK), seconds=1.0).sum(axis=0)
        crossings = np.flatnonzero(np.diff(np.signbit(sound[:11_025])))
        lengths = np.diff(crossings)
        assert lengths[-3:].mean() > 1.3 * lengths[:3].mean(), name


def test_a_hat_is_metal_without_a_pitch():
    sound = heard("acoustic_kit", note(CLOSED_HAT), seconds=0.5).sum(axis=0)
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)

    assert power[frequencies < 2_000].sum() < 0.02 * power.sum()
    assert power.max() < 0.1 * power.sum()


def test_a_closed_hat_ends_an_open_one():
    ringing = heard("acoustic_kit", note(OPEN_HAT), seconds=1.0)
    closed = heard("acoustic_kit", note(OPEN_HAT), note(CLOSED_HAT, at=0.25), seconds=1.0)
    hat = heard("acoustic_kit", note(CLOSED_HAT, at=0.25), seconds=1.0)
    later = slice(RATE // 5, RATE // 2)

    rest = closed - hat
    assert np.abs(rest[:, : RATE // 10]).max() > 0.05
    assert np.abs(rest[:, later]).max() < 0.01 * np.abs(ringing[:, later]).max()


def test_no_two_hits_in_a_row_are_alike():
    sound = heard("acoustic_kit", note(SNARE), note(SNARE, at=2), seconds=2.0)
    first, second = sound[:, : RATE // 4], sound[:, RATE : RATE + RATE // 4]

    likeness = np.corrcoef(first.sum(axis=0), second.sum(axis=0))[0, 1]
    assert likeness < 0.9
    assert np.mean(first**2) == pytest.approx(np.mean(second**2), rel=0.35)


def test_swing_moves_every_second_eighth_and_no_quarter():
    straight, swung = song(), song(swing=1.0)

    for at, later in ((0.0, 0), (1.0, 0), (0.5, RATE / 12), (1.5, RATE / 12), (0.25, RATE / 24), (0.75, RATE / 24)):
        before, after = (onset(heard("xylophone", note(80, at=at), score=each)) for each in (straight, swung))
        assert after - before == pytest.approx(later, abs=46), at


def test_half_the_swing_moves_half_as_far():
    first, second = (onset(heard("xylophone", note(80, at=0.5), score=song(swing=each))) for each in (0.0, 0.5))

    assert second - first == pytest.approx(RATE / 24, abs=46)


def test_a_meter_in_eighths_is_not_swung():
    meter = Meter(beats=6, unit=8)
    straight, swung = (heard("xylophone", note(80, at=0.5), score=song(meter=meter, swing=each)) for each in (0, 1))

    assert (straight == swung).all()


def test_a_change_of_tempo_is_followed():
    score = song(tempos=(Tempo(start=0, bpm=120), Tempo(start=960, bpm=60)))
    sound = heard("xylophone", note(80, at=3), score=score)

    assert onset(sound) == pytest.approx(2 * RATE, abs=30)


def test_it_lasts_as_long_as_the_song_and_its_ringing():
    assert heard("marimba", note(60)).shape == (2, 12 * RATE)


def test_what_rings_beyond_the_end_is_faded():
    sound = heard("acoustic_kit", note(49), seconds=0.5)

    assert np.abs(sound[:, -1]).max() == 0
    assert slope(sound[:, -500:]) < slope(sound)


def test_no_notes_are_silence():
    for name in ("grand_piano", "distorted_guitar", "acoustic_kit"):
        assert not heard(name, seconds=1.0).any()


@pytest.mark.parametrize("name", ALL)
def test_any_key_and_any_length_can_be_played(name):
    notes = [
        note(key, at=place / 4, beats=1 / 480, velocity=1 + 126 * (place % 2))
        for place, key in enumerate((0, 24, 64, 108, 127))
    ]
    sound = heard(name, *notes, note(60, at=100, beats=4), seconds=2.0)

    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 4


def test_another_rate_gives_the_same_notes():
    sound = play(part("strings", note(69, beats=4)), song(), rate=22_050, frames=44_100).sum(axis=0)

    assert abs(cents(fundamental(sound[4_000:], 440, rate=22_050), 440)) < 3


def test_an_instrument_that_is_not_there_is_named():
    with pytest.raises(InstrumentUnknown) as caught:
        heard("theremin", note(60))
    assert caught.value.name == "theremin"
