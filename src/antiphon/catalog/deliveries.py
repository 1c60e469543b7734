"""What words say about the way something is spoken, as data, and how they are found in tags and instructions."""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

from antiphon.domain.delivery import PLAIN, Delivery, Gesture
from antiphon.domain.units import Seconds

_NEAR = 3
"""Words back to which a "not" is looked for."""
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(ms|m|s|d)?")
_SHORT, _LONG = re.compile(r"\b(?:short|brief|pendek|sebentar)"), re.compile(r"\b(?:long|panjang|lama)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """How long a pause is, in seconds: of its own, if it is called short or long, and at most."""

    usual: float
    short: float
    long: float
    longest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """The words, ready to be looked for.

    Args:
        ways: What finds the words of each delivery.
        gestures: What finds those of each sound.
        pause: What finds those of a pause.
        pauses: How long they are.
        ends: What finds words that end every delivery.
        nots: Words that take back what follows them.
    """

    ways: Sequence[tuple[re.Pattern[str], Delivery]]
    gestures: Sequence[tuple[re.Pattern[str], Gesture]]
    pause: re.Pattern[str]
    pauses: Pauses
    ends: re.Pattern[str]
    nots: frozenset[str]

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """What a table shaped like `deliveries.toml` holds."""
        rows = [dict(row) for row in table["delivery"]]
        return cls(
            ways=[(_finder(row.pop("words")), Delivery(**row)) for row in rows],
            gestures=[(_finder(words), Gesture(name)) for name, words in table["gestures"].items()],
            pause=_finder(table["pauses"]["words"]),
            pauses=Pauses(**{name: value for name, value in table["pauses"].items() if name != "words"}),
            ends=_finder(table["control"]["ends"]),
            nots=frozenset(table["control"]["nots"]),
        )

    def way(self, words: str) -> Delivery | None:
        """What all these words together say of the way to speak; None, where they say nothing of it."""
        said = words.casefold()
        found = [way for finder, way in self.ways if self._meant(finder, said)]
        if not found:
            return PLAIN if self.ends.search(said) else None
        return functools.reduce(Delivery.and_also, found)

    def gesture(self, words: str) -> Gesture | None:
        """The first sound that the words ask for."""
        said = words.casefold()
        found = [(match.start(), gesture) for finder, gesture in self.gestures if (match := finder.search(said))]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def silence(self, words: str) -> Seconds | None:
        """How long a pause the words ask for: "pause", "short pause", "pause 2 seconds", "500 ms pause"."""
        said = words.casefold()
        if not self.pause.search(said):
            return None
        if number := _NUMBER.search(said):
            length = float(number[1].replace(",", ".")) / (1000 if number[2] == "ms" else 1)
        elif _SHORT.search(said):
            length = self.pauses.short
        else:
            length = self.pauses.long if _LONG.search(said) else self.pauses.usual
        return Seconds(min(length, self.pauses.longest))

    def _meant(self, finder: re.Pattern[str], said: str) -> bool:
        return any(
            self.nots.isdisjoint(said[: match.start()].replace(",", " ").split()[-_NEAR:])
            for match in finder.finditer(said)
        )


@functools.cache
def load_deliveries() -> Deliveries:
    """The words in the box."""
    text = resources.files(__package__).joinpath("deliveries.toml").read_text(encoding="utf-8")
    return Deliveries.read(tomllib.loads(text))


def _finder(words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the words as a whole; * stands for the rest of one, or, alone, for a whole one."""
    either = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")
