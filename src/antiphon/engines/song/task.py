"""A task: what a song is to be made of and into which files, as a value and as JSON; and what its worker tells of it.

Whoever wants songs packs tasks, and `worker` does each in a process of its own: see `crew`.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongTempo
from antiphon.domain.units import Seconds
from antiphon.engines.making import Limits, Refused
from antiphon.engines.song.making import Making
from antiphon.engines.song.score import Key
from antiphon.engines.song.stems import StemSet

StemForm: TypeAlias = Literal["wav", "mp3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where to write what; None where it is not wanted. They appear when all of them are whole.

    Args:
        mp3: The song.
        m4a: The song, as AAC in MP4.
        wav: The song.
        stems: A folder for parts by themselves.
        midi: The notes.
        notes: The same for programs: a `SongPart` for each who is heard, as JSON.
        lrc: When each word is sung, for players.
        words: The same for programs, as JSON.
        sung: The same, a `SungWord` for each, as JSON.
        score: The score, as JSON.
    """

    mp3: Path | None = None
    m4a: Path | None = None
    wav: Path | None = None
    stems: Path | None = None
    midi: Path | None = None
    notes: Path | None = None
    lrc: Path | None = None
    words: Path | None = None
    sung: Path | None = None
    score: Path | None = None

    def wanted(self) -> Iterator[tuple[str, Path]]:
        """The names of those that are, each with its path."""
        for field in fields(self):
            path = getattr(self, field.name)
            if path is not None:
                yield field.name, path


_USUAL = Limits(memory=2 * 1024**3, seconds=600)
"""A third of the memory is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A song to be made.

    Args:
        making: Of what.
        files: Into which files.
        take: From 1. Another take has the same words, and other music where chance had a part in it.
        soundfont: Whose instruments play, where FluidSynth is installed; None for those that are in the box.
        stem_set: Which stems there shall be, as `stems.stems` has it.
        stem_form: What files they are.
        only: A stem of another set than "parts", by its name: the files with the song's sound and notes have it alone,
            as it is among the stems; "" for the song. Then there is no folder of stems.
        between: The seconds between which all sound is cut out; None for the whole.
        limits: What it may take.

    Raises:
        InvalidRequest: "out_of_range": there is no such take, or nothing is between those seconds; "contradiction": one
            stem and all of them.
    """

    making: Annotated[Making, Field(discriminator="verb")]
    files: Files
    take: int = 1
    soundfont: Path | None = None
    stem_set: StemSet = "parts"
    stem_form: StemForm = "wav"
    only: str = ""
    between: tuple[Seconds, Seconds] | None = None
    limits: Limits = _USUAL

    def __post_init__(self) -> None:
        if self.take < 1:
            raise InvalidRequest("out_of_range", "take", low=1)
        if self.between is not None and not 0 <= self.between[0] < self.between[1]:
            raise InvalidRequest("out_of_range", "between", low=0)
        if self.only and self.files.stems is not None:
            raise InvalidRequest("contradiction", "only")


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
        bpm: The tempo in which it begins.
        tempo: How fast it goes: on the whole, where it is slowest, where it is fastest.
        key: Its key.
        style: Its genre.
        tags: Its style, as it was asked for; what it became where nothing was.
        seed: What chance was drawn from.
        understood: The tags that were, with what each was taken for.
        unknown: Those that were not.
        language: Of the lyrics; "" for an instrumental.
        lyrics: With a line such as "[Verse 1]" before each section; "" for an instrumental.
        files: Where what was written.
        stems: The names of the stems that were, in the order of a mixing desk: "kick" is the file kick.wav or kick.mp3.
    """

    title: str
    seconds: Seconds
    bpm: float
    tempo: SongTempo
    key: Key
    style: str
    tags: str
    seed: int
    understood: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    language: str
    lyrics: str
    files: Mapping[str, Path]
    stems: tuple[str, ...]
    report: Literal["made"] = "made"


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


class Unplayed(RuntimeError):
    """A song could not be performed here and now.

    Args:
        reason: As `Failed`.
        detail: For people.
    """

    def __init__(self, reason: Literal["speaker", "soundfont"], detail: str) -> None:
        super().__init__(detail)
        self.reason: Literal["speaker", "soundfont"] = reason


Report: TypeAlias = Progressed | Made | Refused | Failed
"""What a worker tells, a line each. The last is one of the other three."""


def packed(told: Task | Report) -> bytes:
    """A line of JSON."""
    return orjson.dumps(told, default=_text, option=orjson.OPT_APPEND_NEWLINE)


def _text(value: Path | bytes) -> str:
    """What JSON has no form for. Bytes are JSON themselves, unless somebody spoiled them, which is then found out."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


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
