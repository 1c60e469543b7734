"""Roman numerals, and the tables of `data/harmony.toml` that are written in them."""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from pydantic import TypeAdapter

from antiphon.engines.song.score import Chord, Key, Mode, PitchClass

_NUMERAL = re.compile(
    r"(?P<shift>[b#]?)(?P<degree>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?P<quality>[^/:]*)(?:/(?P<target>[^:]+))?(?::(?P<bass>[35]))?"
)
_SYMBOL = re.compile(r"[A-G][#b]?(.*?)(?:/[A-G][#b]?)?")
_DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_SHIFTS = {"": 0, "b": -1, "#": 1}
_SMALL = {"": "m", "6": "m6", "7": "m7", "9": "m9", "add9": "madd9", "maj7": "mmaj7"}
"""What a quality is called at a small numeral, where that is not its own name."""

_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_SIDE = frozenset({1, 3, 5, 8, 10})
"""The majors that are written with flats."""

_ABOVE_RELATIVE = {Mode.MINOR: 3, Mode.HARMONIC_MINOR: 3, Mode.DORIAN: 10, Mode.PHRYGIAN: 8, Mode.LYDIAN: 7}
_MIXOLYDIAN_RELATIVE = 5
_DOMINANT = 7


class NumeralInvalid(ValueError):
    """It is no numeral of ours; the argument is what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """A chord without a place in time.

    Args:
        root: Its root.
        quality: A name of [qualities].
        bass: The lowest note, where it is not the root.
    """

    root: PitchClass
    quality: str
    bass: PitchClass | None = None

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones above the root."""
        return tables().qualities[self.quality]


@dataclass(frozen=True, slots=True)
class Progression:
    """Chords that follow each other.

    Args:
        modes: Where it is at home.
        bars: The chords of each bar.
    """

    modes: tuple[Mode, ...]
    bars: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """`harmony.toml`."""

    qualities: Mapping[str, tuple[int, ...]]
    vocabularies: Mapping[str, Mapping[str, float]]
    borrowed: Mapping[str, Mapping[str, tuple[str, ...]]]
    cadences: Mapping[str, Mapping[Mode, str]]
    progressions: Mapping[str, Progression]


@functools.cache
def tables() -> Tables:
    """The tables, read once."""
    text = resources.files("antiphon.engines.song").joinpath("data", "harmony.toml").read_text(encoding="utf-8")
    return read_tables(tomllib.loads(text))


def read_tables(table: Mapping[str, Any]) -> Tables:
    """The tables of what `harmony.toml` says."""
    progressions = {
        name: {"modes": entry["modes"], "bars": [bar.split() for bar in entry["bars"].split("|")]}
        for name, entry in table["progressions"].items()
    }
    return TypeAdapter(Tables).validate_python({**table, "progressions": progressions})


def harmony_of(numeral: str, key: Key) -> Harmony:
    """What a numeral means in a key.

    Raises:
        NumeralInvalid: It means nothing.
    """
    found = _NUMERAL.fullmatch(numeral)
    if found is None:
        raise NumeralInvalid(numeral)
    tonic = int(key.tonic)
    if found["target"]:
        tonic = int(harmony_of(found["target"], key).root)
    degree = found["degree"]
    root = PitchClass((tonic + _SHIFTS[found["shift"]] + _DEGREES[degree.lower()]) % 12)
    quality = _SMALL.get(found["quality"], found["quality"]) if degree.islower() else found["quality"]
    if quality not in tables().qualities:
        raise NumeralInvalid(numeral)
    third, fifth = tables().qualities[quality][1], _DOMINANT
    bass = {"3": third, "5": fifth}.get(found["bass"] or "")
    return Harmony(root=root, quality=quality, bass=None if bass is None else PitchClass((root + bass) % 12))


def bare(numeral: str) -> str:
    """A numeral without quality and bass: "V" of "V7:3"."""
    found = _NUMERAL.fullmatch(numeral)
    if found is None:
        raise NumeralInvalid(numeral)
    return f"{found['shift']}{found['degree']}"


def symbol(harmony: Harmony, key: Key) -> str:
    """A chord's name for people, such as "Am7/G"."""
    names = _names(key)
    slash = "" if harmony.bass is None else f"/{names[harmony.bass]}"
    return f"{names[harmony.root]}{harmony.quality}{slash}"


def respelt(chord: Chord, key: Key) -> Chord:
    """The chord with a name that says its root and bass in a key; a name that nobody here understands stays."""
    found = _SYMBOL.fullmatch(chord.symbol)
    if found is None:
        return chord
    return replace(chord, symbol=symbol(Harmony(root=chord.root, quality=found[1], bass=chord.bass), key))


def _names(key: Key) -> Sequence[str]:
    above = _MIXOLYDIAN_RELATIVE if key.mode is Mode.MIXOLYDIAN else _ABOVE_RELATIVE.get(key.mode, 0)
    return _FLATS if (key.tonic + above) % 12 in _FLAT_SIDE else _SHARPS
