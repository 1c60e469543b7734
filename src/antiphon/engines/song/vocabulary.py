"""What can be asked for: genres, moods, instruments and voices, of `data/genres.toml` and `data/moods.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from antiphon.engines.song.score import Meter, Mode, Role, SectionKind

MeterName = Literal["4/4", "3/4", "6/8"]

METERS: Mapping[MeterName, Meter] = {
    "4/4": Meter(beats=4, unit=4),
    "3/4": Meter(beats=3, unit=4),
    "6/8": Meter(beats=6, unit=8),
}
"""Those that songs are written in."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """A genre. The fields that `style.Style` has as well mean the same here.

    Args:
        aliases: What it is also called.
        meters: Each with its weight.
        forms: Names of `Vocabulary.forms`.
        progressions: Of each kind of section the names of `harmony.toml`.
        palette: Of each role the chance that somebody does it, and the instruments with their weights.
        language: What it is sung in where the request does not show a language.
    """

    tempo: tuple[float, float]
    modes: Mapping[Mode, float]
    forms: tuple[str, ...]
    groove: str
    progressions: Mapping[SectionKind, tuple[str, ...]]
    palette: Mapping[Role, tuple[float, Mapping[str, float]]]
    vocabulary: str
    aliases: tuple[str, ...] = ()
    meters: Mapping[MeterName, float] = field(default_factory=lambda: {"4/4": 1.0})
    spread: float = 1.0
    cadence: float = 0.5
    energy: float = 0.6
    density: float = 0.5
    swing: float = 0.0
    syncopation: float = 0.3
    melisma: float = 0.1
    manner: str = "plain"
    reverb: float = 0.25
    colour: float = 0.0
    language: str = "en"

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What a mood changes in a style: `tempo` is a factor, the other numbers are added.

    Args:
        words: What it is also called.
        axis: Moods of one axis and another end contradict each other.
        end: Where on the axis it is.
        major: Moves the weights of the modes, to major-like ones (1) or minor-like ones (-1).
        manner: How it is sung.
        seats: Names of `Vocabulary.instruments` that sit in the band.
        only: Who may play, in some roles.
        genre: The one that is meant where none is named.
    """

    words: tuple[str, ...] = ()
    axis: str = ""
    end: int = 0
    tempo: float = 1.0
    major: float = 0.0
    energy: float = 0.0
    density: float = 0.0
    swing: float = 0.0
    syncopation: float = 0.0
    melisma: float = 0.0
    reverb: float = 0.0
    colour: float = 0.0
    manner: str = ""
    seats: tuple[str, ...] = ()
    only: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    genre: str = ""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How somebody sings: what is then in a `Singer`.

    Args:
        words: What it is also called.
        height: Semitones that the voice's range is higher.
    """

    words: tuple[str, ...]
    breath: float
    tilt: float
    vibrato: float
    vibrato_rate: float = 5.5
    portamento: float = 0.06
    height: int = 0

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Instruments that a word means.

    Args:
        words: What they are also called.
        role: What they do where they are not in the band yet.
        of: Names of `instruments.toml`, the likeliest first.
    """

    words: tuple[str, ...]
    role: Role
    of: tuple[str, ...]

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All of it. `voices`, `meters` and `modes` have only other words for their names."""

    forms: Mapping[str, tuple[SectionKind, ...]]
    genres: Mapping[str, Genre]
    moods: Mapping[str, Mood]
    manners: Mapping[str, Manner]
    instruments: Mapping[str, Player]
    voices: Mapping[str, tuple[str, ...]]
    meters: Mapping[MeterName, tuple[str, ...]]
    modes: Mapping[Mode, tuple[str, ...]]


@functools.cache
def vocabulary() -> Vocabulary:
    """The tables, read once."""
    return read_vocabulary({**_table("genres.toml"), **_table("moods.toml")})


def read_vocabulary(table: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary of what the two files say.

    Raises:
        pydantic.ValidationError: They say something else than is asked for here.
    """
    forms = {name: form.split() for name, form in table["forms"].items()}
    return TypeAdapter(Vocabulary).validate_python({**table, "forms": forms})


def _table(name: str) -> dict[str, Any]:
    file = resources.files("antiphon.engines.song").joinpath("data", name)
    return tomllib.loads(file.read_text(encoding="utf-8"))
