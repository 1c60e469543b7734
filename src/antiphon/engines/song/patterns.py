"""What a band plays, as data: grooves, fills, bass lines and figures of `data/patterns.toml`, read from steps."""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from antiphon.engines.song.score import TICKS, Meter, Pitch, Ticks

BEATEN = frozenset("goxXrt")
"""Marks of drums."""

BASS = frozenset("135678pgaw")
"""Marks of the bass."""

FIGURED = frozenset("xXodDu123456789")
"""Marks of chords."""

_REST, _HELD, _NO_STEPS = ".", "-", " |"
_SIXTEENTH = Ticks(TICKS // 4)


class PatternsInvalid(ValueError):
    """The table of patterns is wrong.

    Args:
        entry: Which pattern.
        fault: What is wrong with it.
    """

    def __init__(self, entry: str, fault: str) -> None:
        super().__init__(f"{entry}: {fault}")
        self.entry = entry
        self.fault = fault


class PatternUnknown(LookupError):
    """There is no groove of that name.

    Args:
        name: The name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that is played: when, how long, and its mark."""

    start: Ticks
    length: Ticks
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A pattern that returns.

    Args:
        length: After how much of time.
        hits: What is in it.
    """

    length: Ticks
    hits: tuple[Hit, ...]

    def between(self, start: int, end: int, *, origin: int, bar: int) -> Iterator[Hit]:
        """What is played from `start` till before `end`, in the song's ticks.

        Args:
            start: From the song's beginning.
            end: As `start`.
            origin: Where the pattern begins first, a bar line.
            bar: The length of a bar. A pattern that does not go into it, or it into the pattern, is cut to it.
        """
        fits = _fits(self, bar)
        at = origin
        while at < end:
            step = self.length if fits else min(self.length, bar - (at - origin) % bar)
            for hit in self.hits:
                if hit.start < step and start <= at + hit.start < end:
                    yield Hit(Ticks(at + hit.start), Ticks(min(hit.length, step - hit.start)), hit.mark)
            at += step


Beats = Mapping[Pitch, Steps]
"""Of each drum what it plays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groove:
    """How a band plays together.

    Args:
        name: As styles name it.
        meter: For which meter it is made.
        light: The drums in quiet sections.
        main: The drums.
        full: The drums in loud sections.
        percussion: What is played by hand.
        fills: Names of what ends a section.
        bass: The bass's lines, from calm to busy.
        chords: Figures of what carries the chords.
        rhythm: Figures of what drives.
        arpeggio: Figures of broken chords.
        crash: Whether a cymbal marks where sections begin.
        others: The grooves that stand for it in other meters.
    """

    name: str
    meter: Meter
    light: Beats
    main: Beats
    full: Beats
    percussion: Beats
    fills: tuple[str, ...]
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    rhythm: tuple[str, ...]
    arpeggio: tuple[str, ...]
    crash: bool
    others: Mapping[Meter, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What drums play where a section ends.

    Args:
        length: How much of time it takes.
        beats: What is played.
    """

    length: Ticks
    beats: Beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The whole table.

    Args:
        drums: General MIDI's drums by name.
        meters: The groove for a meter that a style's own is not made for.
        grooves: By name.
        fills: By name.
        bass: Lines by name.
        figures: By name.
    """

    drums: Mapping[str, Pitch]
    meters: Mapping[Meter, str]
    grooves: Mapping[str, Groove]
    fills: Mapping[str, Fill]
    bass: Mapping[str, Steps]
    figures: Mapping[str, Steps]

    def groove(self, name: str, meter: Meter) -> Groove:
        """The groove of a style in a meter.

        Raises:
            PatternUnknown: There is none of that name.
        """
        try:
            own = self.grooves[name]
        except KeyError:
            raise PatternUnknown(name) from None
        bars = (own.meter.bar, meter.bar)
        if own.meter.unit == meter.unit and max(bars) % min(bars) == 0:
            return own
        other = own.others.get(meter, self.meters.get(meter))
        return own if other is None else self.grooves[other]


_Lines = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groove:
    meter: str
    main: _Lines
    fills: tuple[str, ...]
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    rhythm: tuple[str, ...]
    arpeggio: tuple[str, ...]
    light: _Lines | None = None
    full: _Lines | None = None
    percussion: _Lines | None = None
    crash: bool = True
    others: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fill:
    steps: int
    drums: _Lines | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    drums: dict[str, int]
    meters: dict[str, str]
    grooves: dict[str, _Groove]
    fills: dict[str, _Fill]
    bass: _Lines
    figures: _Lines


_TABLE = TypeAdapter(_Table)


@functools.cache
def patterns() -> Patterns:
    """All of them.

    Raises:
        PatternsInvalid: The table is wrong; says where.
    """
    file = resources.files("antiphon.engines.song").joinpath("data", "patterns.toml")
    return read_patterns(tomllib.loads(file.read_text(encoding="utf-8")))


def read_patterns(table: Mapping[str, Any]) -> Patterns:
    """The patterns of a table shaped like `patterns.toml`.

    Raises:
        PatternsInvalid: An entry is wrong; says which.
    """
    try:
        entries = _TABLE.validate_python(table)
    except ValidationError as error:
        raise PatternsInvalid("patterns", str(error)) from None
    drums = {name: Pitch(key) for name, key in entries.drums.items()}
    found = Patterns(
        drums=drums,
        meters={_meter(name, name): groove for name, groove in entries.meters.items()},
        grooves={name: _groove(name, groove, drums) for name, groove in entries.grooves.items()},
        fills={name: _fill(name, fill, drums) for name, fill in entries.fills.items()},
        bass={name: steps(text, BASS, entry=name) for name, text in entries.bass.items()},
        figures={name: steps(text, FIGURED, entry=name) for name, text in entries.figures.items()},
    )
    _check_names(found)
    return found


def steps(text: str, marks: frozenset[str], *, entry: str) -> Steps:
    """A pattern that is written in sixteenths.

    Raises:
        PatternsInvalid: A mark is not among `marks`, or nothing is written.
    """
    written = [mark for mark in text if mark not in _NO_STEPS]
    _require(bool(written) and set(written) <= marks | {_REST, _HELD}, entry, f"not a pattern: {text!r}")
    hits: list[Hit] = []
    sounding = False
    for place, mark in enumerate(written):
        if mark in marks:
            hits.append(Hit(Ticks(place * _SIXTEENTH), _SIXTEENTH, mark))
        elif mark == _HELD:
            _require(sounding, entry, "nothing is there to hold")
            hits[-1] = Hit(hits[-1].start, Ticks(hits[-1].length + _SIXTEENTH), hits[-1].mark)
        sounding = mark != _REST
    return Steps(length=Ticks(len(written) * _SIXTEENTH), hits=tuple(hits))


def _groove(name: str, entry: _Groove, drums: Mapping[str, Pitch]) -> Groove:
    meter = _meter(entry.meter, name)
    main = _beats(name, entry.main, drums, meter.bar)
    full = main if entry.full is None else _beats(name, entry.full, drums, meter.bar)
    return Groove(
        name=name,
        meter=meter,
        light=_lighter(main, drums) if entry.light is None else _beats(name, entry.light, drums, meter.bar),
        main=main,
        full=full,
        percussion=_beats(name, entry.percussion or {}, drums, meter.bar),
        fills=entry.fills,
        bass=entry.bass,
        chords=entry.chords,
        rhythm=entry.rhythm,
        arpeggio=entry.arpeggio,
        crash=entry.crash,
        others={_meter(text, name): other for text, other in (entry.others or {}).items()},
    )


def _lighter(main: Beats, drums: Mapping[str, Pitch]) -> Beats:
    """The drums with the stick for the snare, and without what is hardly heard."""
    quieter = {drums["snare"]: drums["stick"], drums["open_hat"]: drums["closed_hat"]}
    kept = {
        quieter.get(drum, drum): Steps(
            length=line.length,
            hits=tuple(hit for hit in line.hits if hit.mark in "xX" and hit.start % (TICKS // 2) == 0),
        )
        for drum, line in main.items()
    }
    return {drum: line for drum, line in kept.items() if line.hits}


def _fill(name: str, entry: _Fill, drums: Mapping[str, Pitch]) -> Fill:
    length = Ticks(entry.steps * _SIXTEENTH)
    beats = _beats(name, entry.drums or {}, drums, length)
    _require(all(line.length == length for line in beats.values()), name, "its drums are not as long as it is")
    return Fill(length=length, beats=beats)


def _beats(name: str, lines: _Lines, drums: Mapping[str, Pitch], bar: int) -> Beats:
    _require(lines.keys() <= drums.keys(), name, f"no such drum: {sorted(lines.keys() - drums.keys())}")
    beats = {drums[drum]: steps(text, BEATEN, entry=f"{name}.{drum}") for drum, text in lines.items()}
    for drum, line in zip(lines, beats.values(), strict=True):
        _require(_fits(line, bar), f"{name}.{drum}", "no whole number of bars")
    return beats


def _fits(line: Steps, bar: int) -> bool:
    return line.length % bar == 0 or bar % line.length == 0


def _meter(text: str, entry: str) -> Meter:
    beats, _, unit = text.partition("/")
    units: dict[str, Literal[4, 8]] = {"4": 4, "8": 8}
    _require(beats.isdecimal() and int(beats) > 0 and unit in units, entry, f"not a meter: {text!r}")
    return Meter(beats=int(beats), unit=units[unit])


def _check_names(found: Patterns) -> None:
    for name, groove in found.grooves.items():
        _require(set(groove.fills) <= found.fills.keys() and bool(groove.fills), name, "no such fill")
        _require(set(groove.bass) <= found.bass.keys() and bool(groove.bass), name, "no such bass")
        for figures in (groove.chords, groove.rhythm, groove.arpeggio):
            _require(set(figures) <= found.figures.keys() and bool(figures), name, "no such figure")
        lines = [found.bass[line] for line in groove.bass]
        lines += [found.figures[line] for line in (*groove.chords, *groove.rhythm, *groove.arpeggio)]
        _require(all(_fits(line, groove.meter.bar) for line in lines), name, "a line is no whole number of bars")
    for others in (found.meters, *(groove.others for groove in found.grooves.values())):
        for meter, name in others.items():
            known = name in found.grooves
            _require(known and found.grooves[name].meter.unit == meter.unit, name, "not for its meter")


def _require(holds: bool, entry: str, fault: str) -> None:  # noqa: FBT001 - an assertion, not a switch
    if not holds:
        raise PatternsInvalid(entry, fault)
