"""Which stretch of what espeak said is which phoneme. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.engines.song.sing.speaker import Phone, Spoken

_SAME, _KIN, _VOWELS, _OTHER = 0.0, 0.35, 0.6, 1.2
_NEVER = 3.0
_GAP = 0.7
_PAUSE = "_"
_VOWEL_LETTERS = frozenset("aeiouyAEIOUYV@03&QW1")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound, in seconds from its beginning."""

    start: float
    end: float


def spans(spoken: Spoken, wanted: Sequence[str]) -> list[Span | None]:
    """Where each wanted phoneme was said; None where it was not.

    What espeak added is counted to the phoneme before it.
    """
    said = [place for place, phone in enumerate(spoken.phones) if not phone.name.startswith(_PAUSE)]
    pairs = _pairs([spoken.phones[place] for place in said], wanted)
    found: list[Span | None] = [None] * len(wanted)
    matched = {said[place] for place, _wish in pairs}
    for place, wish in pairs:
        start, end = spoken.phones[said[place]].start, _end(spoken, said[place], matched)
        if end > start:
            found[wish] = Span(start / spoken.rate, end / spoken.rate)
    return found


def _end(spoken: Spoken, place: int, matched: set[int]) -> int:
    for after in range(place + 1, len(spoken.phones)):
        if after in matched or spoken.phones[after].name.startswith(_PAUSE):
            return spoken.phones[after].start
    return len(spoken.sound)


def _pairs(said: Sequence[Phone], wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Places in both that belong together, by the least cost of an edit."""
    rows: list[list[tuple[float, str]]] = [[(_GAP * column, "w") for column in range(len(wanted) + 1)]]
    for phone in said:
        above = rows[-1]
        row = [(above[0][0] + _GAP, "s")]
        for column, name in enumerate(wanted):
            both = above[column][0] + _cost(phone.name, name)
            row.append(min((both, "b"), (above[column + 1][0] + _GAP, "s"), (row[column][0] + _GAP, "w")))
        rows.append(row)
    pairs = []
    left, right = len(said), len(wanted)
    while left and right:
        step = rows[left][right][1]
        if step == "b":
            pairs.append((left - 1, right - 1))
        left, right = left - (step != "w"), right - (step != "s")
    return pairs[::-1]


def _cost(said: str, wanted: str) -> float:
    if said == wanted:
        return _SAME
    vowels = (said[:1] in _VOWEL_LETTERS) + (wanted[:1] in _VOWEL_LETTERS)
    if vowels == 1:
        return _NEVER
    if said[:1] == wanted[:1]:
        return _KIN
    return _VOWELS if vowels else _OTHER
