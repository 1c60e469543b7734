import pytest

from antiphon.catalog.deliveries import load_deliveries
from antiphon.domain.delivery import Delivery, Gesture, Pause, Turn
from antiphon.services.script import gap_after, in_turn, performed

WORDS = load_deliveries()
ALICE = Turn(voice="Alice", language="en")
BOB = Turn(voice="Bob", language="en")


def parts(text, turn=ALICE):
    return list(performed(text, turn, WORDS))


def so(words, turn=ALICE):
    return Turn(voice=turn.voice, language=turn.language, delivery=turn.delivery.and_also(WORDS.way(words)))


@pytest.mark.parametrize("text", ["Hello.", "One.\n\nTwo.", "See [1].", "Open [ 2 ] close."])
def test_a_text_without_tags_stays_in_one_piece(text):
    assert parts(text) == [text]


@pytest.mark.parametrize("text", ["[a strong French accent] Hello.", "[music fades in]Hello.", "Hello.[笑]"])
def test_an_unknown_tag_is_not_read_aloud(text):
    assert [part.strip() for part in parts(text)] == ["Hello."]


@pytest.mark.parametrize("text", ["Well[hmm]done.", "Well[hmm] done.", "Well [hmm]done."])
def test_a_tag_parts_words(text):
    assert " ".join(parts(text)).split() == ["Well", "done."]


def test_a_manner_acts_until_the_next_one():
    assert parts("A. [whispers] B. [sad] C. [neutral] D.") == [
        "A. ",
        so("whispers"),
        " B. ",
        so("sad"),
        " C. ",
        ALICE,
        " D.",
    ]


def test_a_manner_ends_with_the_paragraph():
    assert parts("[whispers] A.\n\nB.") == [so("whispers"), " A.\n\n", ALICE, "B."]


def test_sounds_and_pauses_stand_where_their_tags_do():
    assert parts("A [laughs] B [pause 2s]C") == ["A ", Gesture.LAUGH, " B ", Pause(length=2.0), "C"]


def test_a_sound_is_made_in_the_manner_of_its_tag():
    assert parts("[sighs sadly] A") == [so("sad"), Gesture.SIGH, " A"]


def test_a_manner_comes_on_top_of_the_voices_own():
    loud = Turn(voice="Alice", language="en", delivery=Delivery(loudness=3.0))
    assert parts("[shouts] A", loud)[0].delivery.loudness == 3.0 + WORDS.way("shouts").loudness


def test_each_turn_is_in_its_own_voice_with_a_gap_before_it():
    turns = [(ALICE, "Who?"), (BOB, "[whispers] Me."), (ALICE, "Oh.")]
    assert list(in_turn(turns, WORDS)) == [
        ALICE,
        "Who?",
        Pause(length=gap_after("Who?")),
        BOB,
        so("whispers", BOB),
        " Me.",
        Pause(length=gap_after("Me.")),
        ALICE,
        "Oh.",
    ]


def test_a_gap_is_as_long_as_the_turn_before_it_asks_for():
    cut, asked, said, trailing = map(gap_after, ("But I —", "Who? [laughs]", "Me.", "Well…"))
    assert cut < asked < said < trailing


@pytest.mark.parametrize(("mark", "same"), [("？", "?"), ("؟", "?"), ("！", "!")])
def test_marks_of_all_scripts_are_those_of_latin(mark, same):
    assert gap_after("A" + mark) == gap_after("A" + same)
