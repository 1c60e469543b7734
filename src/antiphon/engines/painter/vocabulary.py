"""What words mean to the painter, of `data/words.toml`, and which colours go together, of `data/palettes.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from antiphon.engines.painter.colour import Colour

Table = Literal["family", "time", "weather", "season", "style", "mood", "motif", "colour"]

TABLES: tuple[Table, ...] = ("family", "time", "weather", "season", "style", "mood", "motif", "colour")

LONGEST_PHRASE = 4
"""Words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours that go together.

    Args:
        name: What it is called.
        time: Of the day that it is of, or "overcast".
        moods: Which it suits.
        sky: From the top to the horizon.
        sun: The disc of the sun or the moon.
        cloud: In light, and in shade.
        land: Far, middle, near.
        accent: What stands out.
    """

    name: str
    time: str
    moods: tuple[str, ...]
    sky: tuple[Colour, ...]
    sun: Colour
    cloud: tuple[Colour, Colour]
    land: tuple[Colour, Colour, Colour]
    accent: tuple[Colour, Colour]

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Phrases, each a tuple of words.

    Args:
        meanings: Of a phrase: in which tables it stands, and for what.
        negations: What turns the phrase after it into what is not wanted.
    """

    meanings: Mapping[tuple[str, ...], tuple[tuple[Table, str], ...]]
    negations: frozenset[tuple[str, ...]]


@functools.cache
def vocabulary() -> Vocabulary:
    """The words, read once."""
    table = _table("words.toml")
    meanings: dict[tuple[str, ...], list[tuple[Table, str]]] = {}
    for name in TABLES:
        for meaning, phrases in table[name].items():
            for phrase in phrases:
                found = meanings.setdefault(tuple(phrase.split()), [])
                if (name, meaning) not in found:
                    found.append((name, meaning))
    return Vocabulary(
        meanings={phrase: tuple(found) for phrase, found in meanings.items()},
        negations=frozenset(tuple(phrase.split()) for phrase in table["not"]),
    )


@functools.cache
def palettes() -> Mapping[str, Palette]:
    """All palettes, by name."""
    table = {name: {"name": name, **colours} for name, colours in _table("palettes.toml").items()}
    return TypeAdapter(Mapping[str, Palette]).validate_python(table)


def _table(name: str) -> dict[str, Any]:
    file = resources.files("antiphon.engines.painter").joinpath("data", name)
    return tomllib.loads(file.read_text(encoding="utf-8"))
