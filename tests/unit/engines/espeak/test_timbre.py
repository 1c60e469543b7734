import pytest

from antiphon.engines.espeak.timbre import Timbre, timbre_lines


def formants(timbre):
    return [line for line in timbre_lines(timbre) if line.startswith("formant")]


def test_formants_follow_the_tract_and_not_the_pitch():
    low, high = Timbre(pitch=82, span=30, tract=1.1), Timbre(pitch=164, span=30, tract=1.1)
    assert formants(low)[1] == "formant 1 110 100 100"
    assert formants(high)[1] == "formant 1 88 100 100"  # espeak itself raises them by 1.25 at 164 Hz.


def test_consonants_keep_their_balance_when_the_whole_is_softer():
    lines = timbre_lines(Timbre(pitch=100, span=30, loudness=50, consonants=120))
    assert {"voicing 50", "consonants 60 60"} <= set(lines)


@pytest.mark.parametrize("wrong", [{"pitch": 20}, {"tract": 2.0}, {"roughness": 7}])
def test_what_no_throat_does_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Timbre(**{"pitch": 100, "span": 30} | wrong)


@pytest.mark.parametrize(
    ("brightness", "tone"),
    [
        (-26, "tone 600 255 1200 30 2000 0"),
        (-16, "tone 600 228 1200 76 2000 25"),
        (-6, "tone 600 200 1200 123 2000 50"),
        (0, "tone 600 170 1200 135 2000 110"),
        (3, "tone 600 155 1200 141 2000 140"),
        (15, "tone 600 80 1200 150 2000 255"),
    ],
)
def test_brightness_turns_the_spectrum(brightness, tone):
    assert tone in timbre_lines(Timbre(pitch=100, span=30, brightness=brightness))
