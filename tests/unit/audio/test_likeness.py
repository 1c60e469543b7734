import numpy as np
import pytest

from antiphon.audio.likeness import NoSpeech, measure

RATE = 16_000


def syllables(rate_of_them, count, *, pitch=120.0, melody=0.0, tilt=-6.0, rate=RATE):
    """Hummed syllables: a harmonic tone that swells and fades, its pitch going up and down by `melody` semitones."""
    time = np.arange(round(rate * count / rate_of_them)) / rate
    frequency = pitch * 2 ** (melody / 12 * np.sin(2 * np.pi * 0.4 * time))
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    partials = range(1, int(min(rate / 2, 5_000) / frequency.max()))
    tone = sum(k ** (tilt / 6.0206) * np.cos(k * phase + 0.7 * k * k) for k in partials)
    swell = 0.05 + np.sin(np.pi * rate_of_them * time) ** 2
    return (0.3 * tone / np.abs(tone).max() * swell).astype(np.float32)


def pause(seconds):
    return np.zeros(round(RATE * seconds), np.float32)


@pytest.mark.parametrize("pitch", [75, 118, 210, 340])
def test_the_pitch_is_that_of_the_voice(pitch):
    assert measure(syllables(4, 20, pitch=pitch, melody=3), RATE).pitch == pytest.approx(pitch, rel=0.02)


@pytest.mark.parametrize("melody", [0.5, 2, 4, 7])
def test_the_span_is_that_of_the_middle_four_fifths_in_semitones(melody):
    # Of a sine, four fifths of the time lie within 0.951 of its height.
    found = measure(syllables(4, 60, pitch=160, melody=melody), RATE).span
    assert found == pytest.approx(2 * 0.951 * melody, rel=0.08)


@pytest.mark.parametrize("pace", [2.0, 3.5, 5.0, 7.0])
def test_the_pace_is_the_syllables_of_a_second(pace):
    assert measure(syllables(pace, 24), RATE).pace == pytest.approx(pace, rel=0.06)


def test_pauses_do_not_slow_the_pace():
    fluent = np.concatenate([syllables(5, 10)] * 3)
    halting = np.concatenate([pause(1.0), *[part for _ in range(3) for part in (syllables(5, 10), pause(1.2))]])
    assert measure(halting, RATE).pace == pytest.approx(measure(fluent, RATE).pace, rel=0.04)


@pytest.mark.parametrize("tilt", [-2, -6, -12, -16])
@pytest.mark.parametrize("pitch", [90, 200, 300])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_the_tilt_is_the_slope_of_the_partials(tilt, pitch, rate):
    sound = syllables(4, 8, pitch=pitch, melody=2, tilt=tilt, rate=rate)
    assert measure(sound, rate).tilt == pytest.approx(tilt, abs=0.7)


def test_loudness_and_silence_around_change_nothing():
    sound = syllables(4, 16, melody=3)
    plain, changed = measure(sound, RATE), measure(np.concatenate((pause(0.5), 0.01 * sound, pause(0.7))), RATE)
    assert changed.pitch == pytest.approx(plain.pitch, rel=0.01)
    assert changed.span == pytest.approx(plain.span, abs=0.1)
    assert changed.pace == pytest.approx(plain.pace, rel=0.05)
    assert changed.tilt == pytest.approx(plain.tilt, abs=0.1)


@pytest.mark.parametrize(
    "sound",
    [
        pause(5),
        np.zeros(0, np.float32),
        0.1 * np.random.default_rng(5).standard_normal(5 * RATE).astype(np.float32),
        syllables(4, 3),
        np.concatenate((syllables(4, 3), pause(10))),
    ],
    ids=["silence", "nothing", "noise", "less than a second", "less than a second in much silence"],
)
def test_too_little_speech_is_not_measured(sound):
    with pytest.raises(NoSpeech):
        measure(sound, RATE)
