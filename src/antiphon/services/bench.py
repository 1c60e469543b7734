"""A job at work: what is said of it, and what of that its store knows."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from antiphon.domain.errors import Unavailable
from antiphon.kit.clock import Clock
from antiphon.store.ports_jobs import Beat, Claim, JobStore, Message

_PAUSE = 0.5

log = structlog.get_logger("antiphon.work")


class Bench:
    """Where a claimed job is worked on; what its trade says is said here: see `Tell`.

    Args:
        claim: The job.
        jobs: Where it is from.
        clock: Tells the time.
        hurry: Called when a beat should not wait.

    Attributes:
        job: As it was claimed.
        over: Whether the work is done, and only its end is not.
    """

    def __init__(self, claim: Claim, jobs: JobStore, *, clock: Clock, hurry: Callable[[], None]) -> None:
        self.job = claim.job
        self.over = False
        self._jobs = jobs
        self._clock = clock
        self._hurry = hurry
        self._stage = ""
        self._progress = 0.0
        self._made = self._known = b""
        self._task: asyncio.Task[None] | None = None

    def __call__(self, stage: str, share: float, /) -> None:
        """See `Tell`."""
        self._stage, self._progress = stage, share

    def done(self, made: bytes, /) -> None:
        """See `Tell.done`."""
        self._made = made
        self._hurry()

    async def say(self, messages: Sequence[Message], /) -> None:
        """See `Tell.say`. While the database is away that is tried again: the job is ours, and goes on."""
        while True:
            try:
                await self._jobs.say(self.job.id, fence=self.job.fence, messages=messages, at=self._clock.now())
            except Unavailable as failure:
                log.warning("a job's webhook cannot be kept yet", job=str(self.job.id), cause=failure.cause)
                await asyncio.sleep(_PAUSE)
                continue
            return

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Have the work done."""
        self._task = asyncio.create_task(work)
        return self._task

    @property
    def task(self) -> "asyncio.Task[None]":
        """The work."""
        assert self._task is not None  # noqa: S101 - it was begun
        return self._task

    def drop(self) -> None:
        """Stop the work, once: a second cancellation would stop it cleaning up."""
        if not self.task.cancelling():
            self.task.cancel()

    def beat(self) -> Beat:
        """How far it is; what was heard before is not said again."""
        made = b"" if self._made == self._known else self._made
        return Beat(fence=self.job.fence, progress=self._progress, stage=self._stage, made=made)

    def heard(self, beat: Beat) -> None:
        """A beat has arrived."""
        self._known = beat.made or self._known
