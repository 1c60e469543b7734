"""From a text with tags to what is performed. Pure.

A tag of manner, such as [whispers], acts until the next one or an empty line. One that asks for a sound or a pause
is done where it stands. What is in brackets is never read aloud, known or not.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from antiphon.catalog.deliveries import Deliveries
from antiphon.domain.delivery import PLAIN, Cue, Part, Pause, Turn
from antiphon.domain.tags import tokens, words_of
from antiphon.domain.units import Seconds

_GAP = Seconds(0.25)
"""Between two speakers, besides the pause that espeak leaves after a sentence."""
_GAPS = {
    **dict.fromkeys("?？؟", Seconds(0.12)),
    **dict.fromkeys("!！", Seconds(0.15)),
    **dict.fromkeys("-–—", Seconds(0.0)),
}
"""Likewise, where the former speaker asked, called or was cut short; after an ellipsis it is longer."""
_LONG_GAP = Seconds(0.5)


def performed(text: str, turn: Turn, deliveries: Deliveries) -> Iterator[Part]:
    """The parts of a text in which tags are performed.

    Args:
        text: With its tags.
        turn: Who speaks already, and how where no tag says otherwise.
        deliveries: What tags mean.
    """
    way, words = PLAIN, ""
    for kind, said in tokens(text):
        if kind == "words":
            words += said
            continue
        if words[-1:].isalnum():
            words += " "  # A tag parts words, as in "well[sighs]done"; known or not, it is no letter.
        former, way = way, PLAIN if kind == "break" else deliveries.way(said) or way
        cues = _cues(said, None if way == former else replace(turn, delivery=turn.delivery.and_also(way)), deliveries)
        if cues and words.strip():
            yield words
        words = "" if cues else words
        yield from cues
    if words.strip():
        yield words


def _cues(said: str, turn: Turn | None, deliveries: Deliveries) -> Sequence[Cue]:
    """What a tag asks for, where it changes the manner to that of `turn`; "" is no tag."""
    length = deliveries.silence(said)
    if length is not None:
        return [Pause(length=length)]
    gesture = deliveries.gesture(said)
    return [cue for cue in (turn, gesture) if cue is not None]


def in_turn(turns: Iterable[tuple[Turn, str]], deliveries: Deliveries) -> Iterator[Part]:
    """The parts of a conversation: each turn in its own voice, a breath between them.

    Args:
        turns: Who speaks how, and their text with its tags.
        deliveries: What tags mean.
    """
    former = ""
    for turn, text in turns:
        if former:
            yield Pause(length=gap_after(former))
        yield turn
        yield from performed(text, turn, deliveries)
        former = text


def gap_after(text: str) -> Seconds:
    """How long nobody speaks after a turn."""
    said = words_of(text).rstrip("\"'”’»)")
    if said.endswith(("…", "...")):
        return _LONG_GAP
    return _GAPS.get(said[-1:], _GAP)
