"""A task: what a song is to be made of and into which files, as a value and as JSON; and what its worker tells of it.

Whoever wants songs packs tasks, and `worker` does each in a process of its own: see `crew`.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.brief import Request
from antiphon.engines.song.score import Key, Score
from antiphon.engines.song.verbs.again import Change
from antiphon.engines.song.verbs.remaster import Level

_NONE = Change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A new song."""

    request: Request
    verb: Literal["create"] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """How a song goes on from a second; what was before is not in it."""

    source: Score
    at: Seconds
    change: Change = _NONE
    verb: Literal["extend"] = "extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """A song as far as its extension begins, and then that."""

    source: Score
    extension: Score
    verb: Literal["concat"] = "concat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The same tune and words in another style."""

    source: Score
    change: Change = _NONE
    verb: Literal["cover"] = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A song with something else between two seconds."""

    source: Score
    start: Seconds
    end: Seconds
    change: Change = _NONE
    verb: Literal["replace"] = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mashup:
    """Two songs in one."""

    first: Score
    second: Score
    change: Change = _NONE
    verb: Literal["mashup"] = "mashup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A new song around what is between two seconds of another."""

    source: Score
    start: Seconds
    end: Seconds
    change: Change = _NONE
    verb: Literal["sample"] = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVocals:
    """The same band, and somebody who sings with it."""

    source: Score
    change: Change = _NONE
    verb: Literal["add_vocals"] = "add_vocals"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInstrumental:
    """The same voice, and another band: in the whole song, or between two seconds."""

    source: Score
    start: Seconds | None = None
    end: Seconds | None = None
    change: Change = _NONE
    verb: Literal["add_instrumental"] = "add_instrumental"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaster:
    """The same song, made even, bright and loud to another degree."""

    source: Score
    level: Level
    verb: Literal["remaster"] = "remaster"


Making: TypeAlias = (
    Create | Extend | Concat | Cover | Replace | Mashup | Sample | AddVocals | AddInstrumental | Remaster
)
"""One verb and what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where to write what; None where it is not wanted. They appear when all of them are whole.

    Args:
        mp3: The song.
        wav: The song.
        stems: A folder for each part by itself, as WAV.
        midi: The notes.
        lrc: When each word is sung, for players.
        words: The same for programs, as JSON.
        score: The score, as JSON.
    """

    mp3: Path | None = None
    wav: Path | None = None
    stems: Path | None = None
    midi: Path | None = None
    lrc: Path | None = None
    words: Path | None = None
    score: Path | None = None

    def wanted(self) -> Iterator[tuple[str, Path]]:
        """The names of those that are, each with its path."""
        for field in fields(self):
            path = getattr(self, field.name)
            if path is not None:
                yield field.name, path


def part_of(path: Path, process: int) -> Path:
    """What a file is called until a worker, by its number, has written it whole."""
    return path.with_name(f".{path.name}.{process}.part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a worker may take before it is ended.

    Args:
        memory: Bytes of address space, of which about a third is used.
        seconds: Of the processor's time.
    """

    memory: int = 2 * 1024**3
    seconds: int = 600


_USUAL = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A song to be made.

    Args:
        making: Of what.
        files: Into which files.
        take: From 1. Another take has the same words, and other music where chance had a part in it.
        soundfont: Whose instruments play, where FluidSynth is installed; None for those that are in the box.
        limits: What it may take.

    Raises:
        InvalidRequest: "out_of_range": there is no such take.
    """

    making: Annotated[Making, Field(discriminator="verb")]
    files: Files
    take: int = 1
    soundfont: Path | None = None
    limits: Limits = _USUAL

    def __post_init__(self) -> None:
        if self.take < 1:
            raise InvalidRequest("out_of_range", "take", low=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """How far a worker is.

    Args:
        stage: "write", "play", "sing", "mix", "master" or "encode", in this order.
        share: How much of that stage is done, 0 to 1.
    """

    stage: str
    share: float
    report: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A song that is there.

    Args:
        title: What it is called.
        seconds: How long it lasts, the last notes' ringing left out.
        bpm: Its tempo.
        key: Its key.
        style: Its genre.
        seed: What chance was drawn from.
        understood: The tags that were, with what each was taken for.
        unknown: Those that were not.
        language: Of the lyrics; "" for an instrumental.
        lyrics: With a line such as "[Verse 1]" before each section; "" for an instrumental.
        files: Where what was written.
        stems: The names of the stems that were.
    """

    title: str
    seconds: Seconds
    bpm: float
    key: Key
    style: str
    seed: int
    understood: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    language: str
    lyrics: str
    files: Mapping[str, Path]
    stems: tuple[str, ...]
    report: Literal["made"] = "made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was asked for cannot be made: the facts of `InvalidRequest`."""

    reason: str
    field: str
    facts: Mapping[str, Any]
    report: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It could have been made, but not here and now.

    Args:
        reason: "speaker" where espeak did not speak, "soundfont" where FluidSynth did not play or is not there, "file"
            where one could not be written, "memory".
        detail: For people.
    """

    reason: Literal["speaker", "soundfont", "file", "memory"]
    detail: str
    report: Literal["failed"] = "failed"


Report: TypeAlias = Progressed | Made | Refused | Failed
"""What a worker tells, a line each. The last is one of the other three."""


def packed(told: Task | Report) -> bytes:
    """A line of JSON."""
    return orjson.dumps(told, default=str, option=orjson.OPT_APPEND_NEWLINE)


def task_of(line: bytes) -> Task:
    """The task that was packed.

    Raises:
        InvalidRequest: "task": it is none.
    """
    try:
        return _tasks().validate_json(line)
    except ValidationError:
        raise InvalidRequest("task", "task") from None


def report_of(line: bytes) -> Report:
    """The report that was packed.

    Raises:
        InvalidRequest: "report": it is none.
    """
    try:
        return _reports().validate_json(line)
    except ValidationError:
        raise InvalidRequest("report", "report") from None


@functools.cache
def _tasks() -> TypeAdapter[Task]:
    return TypeAdapter(Task)


@functools.cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Annotated[Report, Field(discriminator="report")])
