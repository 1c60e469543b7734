"""What lyrics are written from: lines of `data/lyrics_*.toml` by theme, and which of them rhyme."""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

LANGUAGES = ("en", "id")
"""Those that lyrics are written in."""

_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_STRICT = ConfigDict(extra="forbid")

Tone = Literal["any", "bright", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme.

    Args:
        words: Those of a description that mean it.
        titles: Of songs about it.
        tone: What it is like by itself.
        scene: Lines that say what is there: verses.
        heart: Lines that say what is felt, with the theme's words: choruses.
    """

    words: tuple[str, ...]
    titles: tuple[str, ...]
    scene: tuple[str, ...]
    heart: tuple[str, ...]
    tone: Tone = "any"

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Lines round a topic.

    Args:
        lines: Where it is a thing.
        clauses: Where it is something done.
        opening: First words of what is done.
    """

    lines: tuple[str, ...]
    clauses: tuple[str, ...]
    opening: str

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """A language's lines. They have choices such as "{one|other}", and places for {title} and {topic}.

    Args:
        ending: What the entries of `rhymes` are: last words, or last letters of words.
        rhymes: Families: what ends in one rhymes.
        tails: Of tones and families what can follow the title in a line.
        topic: Lines round a topic.
        heart: Of tones the lines for any theme.
        bridge: Couplets that turn to something else, line after line.
        themes: By name.
    """

    ending: Literal["words", "letters"]
    rhymes: Mapping[str, str]
    tails: Mapping[Tone, Mapping[str, tuple[str, ...]]]
    topic: Topic
    heart: Mapping[Tone, tuple[str, ...]]
    bridge: Mapping[Tone, tuple[str, ...]]
    themes: Mapping[str, Theme]

    __pydantic_config__ = _STRICT

    def family(self, line: str) -> str | None:
        """The rhyme of a line; None where it has none. Of its choices, the last one is taken."""
        word = last_word(line)
        if self.ending == "words":
            return _families(tuple(self.rhymes.items())).get(word)
        endings = sorted(self.rhymes, key=lambda name: (-len(self.rhymes[name]), name))
        return next((name for name in endings if word.endswith(self.rhymes[name])), None)

    def by_family(self, lines: Sequence[str]) -> dict[str, list[str]]:
        """Lines by their rhymes."""
        found: dict[str, list[str]] = {}
        for line in lines:
            if family := self.family(line):
                found.setdefault(family, []).append(line)
        return found


@functools.cache
def grammar(language: str) -> Grammar:
    """The lines of a language of `LANGUAGES`, read once."""
    file = resources.files("antiphon.engines.song").joinpath("data", f"lyrics_{language}.toml")
    return read_grammar(tomllib.loads(file.read_text(encoding="utf-8")))


def read_grammar(table: Mapping[str, Any]) -> Grammar:
    """The grammar of what a file says.

    Raises:
        pydantic.ValidationError: It says something else than is asked for here.
    """
    return TypeAdapter(Grammar).validate_python(table)


def last_word(line: str) -> str:
    """A line's last word in small letters."""
    plain = _CHOICE.sub(lambda choice: choice[1].rpartition("|")[2], line)
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", plain.casefold())
    return words[-1] if words else ""


def choices(line: str) -> list[tuple[str, ...]]:
    """What a line leaves to choose, in order."""
    return [tuple(found.split("|")) for found in _CHOICE.findall(line)]


def chosen(line: str, picks: Sequence[str]) -> str:
    """The line with what was picked of its choices."""
    given = iter(picks)
    return _CHOICE.sub(lambda _: next(given), line)


def syllables(text: str, language: str) -> int:
    """About how many syllables a text has, by its letters."""
    words = re.findall(r"[^\W\d_]+", text.casefold().replace("'", "").replace("’", ""))
    return sum(_syllables(word, language) for word in words)


def _syllables(word: str, language: str) -> int:
    if language == "id":
        return max(1, len(re.findall(r"[aiueoé]", re.sub(r"(?<=k)au$|ai$|au$", "a", word))))
    groups = len(re.findall(r"[aeiouyàâäéèêëîïôöùûü]+", word))
    silent = word.endswith("e") and not word.endswith(("le", "ee", "ie", "oe", "ue", "ye")) and groups > 1
    mute = word.endswith("ed") and not word.endswith(("ted", "ded", "eed")) and groups > 1
    closed = word.endswith("es") and not word.endswith(("ses", "zes", "ches", "shes", "ges", "ces", "xes", "ies"))
    return max(1, groups - silent - mute - (closed and groups > 1))


@functools.cache
def _families(rhymes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {word: name for name, words in rhymes for word in words.split()}
