"""Whoever wants songs has workers make them: each in a process of its own, which ends when nobody waits for it.

No numpy is needed here: a server may use this in its main process.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.engines.making import Refused
from antiphon.engines.song import question as questions
from antiphon.engines.song.question import Answered, Question, answer_of
from antiphon.engines.song.task import Failed, Files, Made, Progressed, Task, packed, report_of
from antiphon.kit.errand import Errand, Running, running
from antiphon.kit.parts import part_of

Told = Callable[[Progressed], None]
"""Called with how far a worker is."""

_WORKER = "antiphon.engines.song.worker"
_ANSWERER = "antiphon.engines.song.answering"
_SECRET = "ANTIPHON_"  # noqa: S105 - what variables with keys and passwords begin with


class SongFailed(RuntimeError):
    """A song could not be made here and now.

    Args:
        reason: As `task.Failed`.
        detail: For people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class WorkerDied(Unavailable):
    """A worker ended without a word.

    Args:
        status: Its exit status; below 0 the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(UnavailableCause.MAKER_DIED)
        self.status = status


async def made(task: Task, told: Told) -> Made:
    """Have one song made. Cancelled, it leaves neither a process nor half a file.

    Raises:
        InvalidRequest: There can be no such song.
        SongFailed: It could not be made here and now.
        WorkerDied: Its worker crashed, or took more than `Task.limits` allows.
    """
    order = await asyncio.to_thread(packed, task)  # A long song takes some hundredths of a second.
    errand = Errand(module=_WORKER, order=order, withheld=_SECRET, begun=partial(_begun, task.files))
    async with running(errand) as worker:
        return await _listened(worker, told)


async def all_made(tasks: Sequence[Task], told: Callable[[int, Progressed], None], *, at_once: int) -> tuple[Made, ...]:
    """Have songs made, several at once; the first that fails ends the others.

    Args:
        tasks: What is wanted.
        told: Called with the number of a task, from 0, and how far it is.
        at_once: How many workers there may be.

    Raises:
        InvalidRequest, SongFailed, WorkerDied: As `made`.
    """
    places = asyncio.Semaphore(at_once)

    async def one(number: int, task: Task) -> Made:
        async with places:
            return await made(task, lambda progress: told(number, progress))

    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(one(number, task)) for number, task in enumerate(tasks)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return tuple(each.result() for each in running)


async def answered(question: Question) -> Answered:
    """Have a question answered.

    Raises:
        InvalidRequest: It cannot be.
        WorkerDied: Whoever should crashed.
        Unavailable: Nobody could be asked: this machine refused a process, or a place for it.
    """
    order = await asyncio.to_thread(questions.packed, question)
    try:
        async with running(Errand(module=_ANSWERER, order=order, withheld=_SECRET)) as worker:
            return await _heard(worker)
    except OSError as failure:
        raise Unavailable(UnavailableCause.MAKER_DIED) from failure


async def _heard(worker: Running) -> Answered:
    async for line in worker.told():
        match answer_of(line):
            case Answered() as answer:
                return answer
            case Refused() as refusal:
                raise InvalidRequest(refusal.reason, refusal.field, **refusal.facts)
    raise WorkerDied(await worker.status())


async def _listened(worker: Running, told: Told) -> Made:
    async for line in worker.told():
        match report_of(line):
            case Progressed() as progress:
                told(progress)
            case Made() as song:
                return song
            case Refused() as refusal:
                raise InvalidRequest(refusal.reason, refusal.field, **refusal.facts)
            case Failed() as failure:
                raise SongFailed(failure.reason, failure.detail)
    raise WorkerDied(await worker.status())


def _begun(files: Files, process: int) -> Iterator[Path]:
    """What a worker that was killed may have left of its files."""
    for name, path in files.wanted():
        if name == "stems":
            yield from path.glob(part_of(Path("*"), process).name)
        else:
            yield part_of(path, process)
