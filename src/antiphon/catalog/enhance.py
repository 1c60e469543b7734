"""Which words and marks ask for which tag, as data."""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

Rule = tuple[re.Pattern[str], str]
"""What finds the words, and the tag that they ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRules:
    """The rules.

    Args:
        sounds: For tags of sounds.
        manners: For tags of manner.
        call: The tag of an exclamation.
        shout: The tag of one in capitals.
        ellipsis: The tag after an ellipsis.
        back: The tag that ends a manner.
    """

    sounds: Sequence[Rule]
    manners: Sequence[Rule]
    call: str
    shout: str
    ellipsis: str
    back: str

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """What a table shaped like `enhance.toml` holds."""
        return cls(sounds=_rules(table["sound"]), manners=_rules(table["manner"]), **table["marks"])


@functools.cache
def load_tag_rules() -> TagRules:
    """The rules in the box."""
    text = resources.files(__package__).joinpath("enhance.toml").read_text(encoding="utf-8")
    return TagRules.read(tomllib.loads(text))


def _rules(rows: Sequence[Mapping[str, Any]]) -> Sequence[Rule]:
    return [(_finder(row["words"]), row["tag"]) for row in rows]


def _finder(words: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE)
