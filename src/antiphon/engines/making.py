"""What a process tells that makes files to be looked at, as values and as lines of JSON, and how a server hears it.

No numpy is needed here: a server may use this in its main process.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter

from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.kit.errand import Errand, running
from antiphon.kit.parts import part_of

SECRET = "ANTIPHON_"  # noqa: S105 - what variables with keys and passwords begin with

_FEWEST = 0.01
"""The share of the work that is worth a line."""

Told = Callable[[float], None]
"""Called with how much of the whole is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a process may take before it is ended.

    Args:
        memory: Bytes of address space.
        seconds: Of the processor's time.
    """

    memory: int = 3 * 1024**3
    seconds: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is there: its name, its pixels, and letters that were left out."""

    name: str
    width: int
    height: int
    unwritten: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """How far it is: a share of the whole, 0 to 1."""

    share: float
    report: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """All files are there."""

    files: tuple[File, ...]
    report: Literal["done"] = "done"


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
        reason: "file" where one could not be written, "memory", or "died".
        detail: For people.
    """

    reason: Literal["file", "memory", "died"]
    detail: str
    report: Literal["failed"] = "failed"


Report: TypeAlias = Progressed | Done | Refused | Failed
"""What a process tells, a line each. The last is one of the other three."""


class MakingFailed(Unavailable):
    """Files could not be made here and now.

    Args:
        reason: As `Failed`.
        detail: For people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(UnavailableCause.MAKER_DIED)
        self.reason = reason
        self.detail = detail


async def made(module: str, order: bytes, files: Iterable[Path], told: Told) -> tuple[File, ...]:
    """Have files made by a process of its own; cancelled, it leaves neither the process nor half a file.

    Args:
        module: Which process.
        order: What it is told to do, a line.
        files: Those that it is to make.
        told: Told how far it is.

    Raises:
        InvalidRequest: There can be no such files.
        MakingFailed: They could not be made here and now.
    """
    errand = Errand(
        module=module,
        order=order,
        withheld=SECRET,
        begun=lambda process: [part_of(path, process) for path in files],
    )
    async with running(errand) as worker:
        async for line in worker.told():
            match report_of(line):
                case Progressed(share=share):
                    told(share)
                case Done() as done:
                    return done.files
                case Refused() as refusal:
                    raise InvalidRequest(refusal.reason, refusal.field, **refusal.facts)
                case Failed() as failure:
                    raise MakingFailed(failure.reason, failure.detail)
        raise MakingFailed("died", f"status {await worker.status()}")


def last_report(work: Callable[[], Iterable[File]]) -> Report:
    """Do what is ordered, and say how it ended."""
    try:
        return Done(files=tuple(work()))
    except InvalidRequest as wrong:
        return Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts)
    except MemoryError:
        return Failed(reason="memory", detail="it needs more than it may have")
    except BrokenPipeError:
        raise
    except OSError as failure:
        return Failed(reason="file", detail=f"{failure.filename}: {failure.strerror}")


def sparing(tell: Callable[[bytes], object]) -> Told:
    """Tells how far it is, where that is worth it."""
    told = -1.0

    def progress(share: float) -> None:
        nonlocal told
        if share - told >= _FEWEST:
            told = share
            tell(packed(Progressed(share=round(share, 3))))

    return progress


def packed(report: Report) -> bytes:
    """A line of JSON."""
    return orjson.dumps(report, default=str, option=orjson.OPT_APPEND_NEWLINE)


def report_of(line: bytes) -> Report:
    """The report that was packed."""
    return _reports().validate_json(line)


@functools.cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Annotated[Report, Field(discriminator="report")])
