"""The instruments, as data: `data/instruments.toml` and the drums of `data/drums.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pydantic import TypeAdapter, ValidationError

from antiphon.engines.song.orchestra import InstrumentUnknown, instrument_table
from antiphon.engines.song.play.amp import Amp
from antiphon.engines.song.play.bars import Bars
from antiphon.engines.song.play.fm import Fm
from antiphon.engines.song.play.kit import Drum, Kit
from antiphon.engines.song.play.sound import Facts, Sound
from antiphon.engines.song.play.struck import Struck
from antiphon.engines.song.play.tone import Tone
from antiphon.engines.song.score import Role

KINDS: dict[str, type[Struck | Bars | Fm | Tone | Kit]] = {
    "struck": Struck,
    "bars": Bars,
    "fm": Fm,
    "tone": Tone,
    "kit": Kit,
}
"""What an instrument can be, by the names in the table."""

_KEYS = range(128)
_SLOWEST = 0.05


class InstrumentsInvalid(ValueError):
    """The table of instruments is wrong.

    Args:
        entry: Which instrument.
        fault: What is wrong with it.
    """

    def __init__(self, entry: str, fault: str) -> None:
        super().__init__(f"{entry}: {fault}")
        self.entry = entry
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Something to play on.

    Args:
        name: As parts name it.
        family: Such as "keys", "strings", "drums".
        roles: What it suits in an arrangement, best first.
        lowest: Its lowest key.
        highest: Its highest.
        program: General MIDI's program, from 0; of a kit, the drum kit's.
        loudness: Decibels that make it as loud as the others.
        sound: What makes its notes.
        amp: What all its notes go through together.
        strum: Seconds from string to string of a chord, where a hand goes over them.
    """

    name: str
    family: str
    roles: tuple[Role, ...]
    lowest: int
    highest: int
    program: int
    loudness: float
    sound: Sound
    amp: Amp | None = None
    strum: float = 0.0

    def __post_init__(self) -> None:
        _require(bool(self.family and self.roles), self.name, "no family, or no roles")
        _require(self.lowest in _KEYS and self.highest in _KEYS, self.name, "a key is 0 to 127")
        _require(self.lowest < self.highest, self.name, "its range is upside down")
        _require(self.program in _KEYS, self.name, "a program is 0 to 127")
        _require(0.0 <= self.strum <= _SLOWEST, self.name, "a strum takes no or some hundredths of a second")

    @property
    def is_kit(self) -> bool:
        """Whether its keys are drums."""
        return isinstance(self.sound, Kit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry(Facts):
    kind: str
    family: str
    roles: tuple[Role, ...]
    lowest: int
    highest: int
    program: int
    loudness: float
    sound: dict[str, Any]
    amp: Amp | None = None
    strum: float = 0.0


_ENTRY = TypeAdapter(_Entry)
_SOUNDS = {name: TypeAdapter[Sound](kind) for name, kind in KINDS.items()}
_DRUMS = TypeAdapter(dict[str, dict[str, Drum]])


@functools.cache
def instruments() -> Mapping[str, Instrument]:
    """All of them, by name, in the order of the table.

    Raises:
        InstrumentsInvalid: A table is wrong; says where.
    """
    return read_instruments(instrument_table(), drums=_drums())


def instrument(name: str) -> Instrument:
    """The one of that name.

    Raises:
        InstrumentUnknown: There is none.
    """
    try:
        return instruments()[name]
    except KeyError:
        raise InstrumentUnknown(name) from None


def read_instruments(table: Mapping[str, Any], *, drums: Mapping[str, Any]) -> dict[str, Instrument]:
    """The instruments of tables shaped like `instruments.toml` and `drums.toml`.

    Raises:
        InstrumentsInvalid: An entry is wrong; says which.
    """
    try:
        sets = _DRUMS.validate_python(drums)
    except ValidationError as error:
        raise InstrumentsInvalid("drums", str(error)) from None
    return {name: _instrument(name, facts, sets) for name, facts in table.items()}


def _instrument(name: str, facts: Mapping[str, Any], sets: Mapping[str, Mapping[str, Drum]]) -> Instrument:
    try:
        entry = _ENTRY.validate_python(facts)
        sound = _sound(name, entry, sets)
    except ValidationError as error:
        raise InstrumentsInvalid(name, str(error)) from None
    return Instrument(
        name=name,
        family=entry.family,
        roles=entry.roles,
        lowest=entry.lowest,
        highest=entry.highest,
        program=entry.program,
        loudness=entry.loudness,
        sound=sound,
        amp=entry.amp,
        strum=entry.strum,
    )


def _sound(name: str, entry: _Entry, sets: Mapping[str, Mapping[str, Drum]]) -> Sound:
    _require(entry.kind in KINDS, name, f"no such kind: {entry.kind!r}")
    facts = dict(entry.sound)
    if entry.kind == "kit":
        wanted = facts.get("drums", ())
        _require(bool(wanted) and all(each in sets for each in wanted), name, f"no such drums: {wanted!r}")
        facts["drums"] = tuple(drum for each in wanted for drum in sets[each].values())
    return _SOUNDS[entry.kind].validate_python(facts)


def _drums() -> dict[str, Any]:
    file = resources.files("antiphon.engines.song").joinpath("data", "drums.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _require(holds: bool, entry: str, fault: str) -> None:  # noqa: FBT001 - an assertion, not a switch
    if not holds:
        raise InstrumentsInvalid(entry, fault)
