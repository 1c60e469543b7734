import pytest

from antiphon.catalog.deliveries import load_deliveries
from antiphon.domain.delivery import PLAIN, Gesture

WORDS = load_deliveries()


@pytest.mark.parametrize("words", ["whispers", "Whispering", "whispered softly", "berbisik", "in a hushed tone"])
def test_every_form_of_a_word_is_found(words):
    assert WORDS.way(words).whispered


@pytest.mark.parametrize("words", ["foo", "", "underwhisper", "laughs", "a strong accent", "no-fast"])
def test_words_that_say_nothing_are_passed_over(words):
    assert WORDS.way(words) is None


@pytest.mark.parametrize("words", ["normal", "neutral", "biasa"])
def test_there_is_a_way_back(words):
    assert WORDS.way(words) == PLAIN


@pytest.mark.parametrize(
    "words", ["do not whisper", "don't ever whisper", "without whispering", "jangan berbisik", "please, no whispers"]
)
def test_what_is_not_wanted_is_not_done(words):
    assert WORDS.way(words) is None


def test_words_add_up():
    both, slow, sad = (WORDS.way(words) for words in ("slowly and sadly", "slowly", "sadly"))
    assert both.pace == pytest.approx(slow.pace * sad.pace)
    assert both == slow.and_also(sad)


@pytest.mark.parametrize(
    ("words", "differs", "sign"),
    [
        ("cheerful", "pitch", 1),
        ("excited", "melody", 1),
        ("sad", "pitch", -1),
        ("sedih", "pace", -1),
        ("slow", "pace", -1),
        ("fast", "pace", 1),
        ("shouts", "loudness", 1),
        ("softly", "loudness", -1),
        ("monotone", "melody", -1),
        ("deep voice", "pitch", -1),
    ],
)
def test_a_word_acts_as_it_says(words, differs, sign):
    assert sign * (getattr(WORDS.way(words), differs) - getattr(PLAIN, differs)) > 0


@pytest.mark.parametrize(
    ("words", "gesture"),
    [
        ("laughs", Gesture.LAUGH),
        ("laughing loudly", Gesture.LAUGH),
        ("tertawa", Gesture.LAUGH),
        ("sighs, then laughs", Gesture.SIGH),
        ("gasps", Gesture.GASP),
        ("clears throat", Gesture.COUGH),
        ("takes a deep breath", Gesture.BREATH),
        ("applause", None),
    ],
)
def test_the_first_sound_is_found(words, gesture):
    assert WORDS.gesture(words) == gesture


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("pause", 0.8),
        ("short pause", 0.4),
        ("Long Pause", 1.6),
        ("pause 2s", 2.0),
        ("1.5 seconds pause", 1.5),
        ("pause for 500 ms", 0.5),
        ("pauses 99 seconds", 3.0),
        ("jeda 2 detik", 2.0),
        ("jeda panjang", 1.6),
        ("whispers", None),
    ],
)
def test_a_pause_says_how_long_it_is(words, seconds):
    assert WORDS.silence(words) == seconds
