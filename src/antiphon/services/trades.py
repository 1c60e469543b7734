"""Trades: who can do which kind of job, and what they say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.domain.jobs import Fault, Job
from antiphon.domain.usage import Usage
from antiphon.store.ports_jobs import Message


class Tell(Protocol):
    """How a trade says how far its job is. From whoever lost the job nobody hears."""

    def __call__(self, stage: str, share: float, /) -> None:
        """Name the stage, and how much of the whole is done, 0 to 1."""

    def done(self, made: bytes, /) -> None:
        """Say, as JSON, what there is of the job so far: it is in its row soon, until the job ends."""

    async def say(self, messages: Sequence[Message], /) -> None:
        """Have messages delivered while the job runs; those of an id that was said before are left out.

        Raises:
            Conflict: "ended": the job is not the trade's any more.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is written down with the end of a job: its row of the request log, and what is to be delivered."""

    usage: Usage | None = None
    messages: tuple[Message, ...] = ()


class JobFailed(Exception):
    """Raised by a trade that has words for why it failed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class Trade(Protocol):
    """Whoever can do one kind of job."""

    async def work(self, job: Job, tell: Tell) -> bytes:
        """What comes out, as JSON; its files are whole when this returns. Cancelled, it stops all that it started.

        Raises:
            AntiphonError: It cannot be done; its code is the job's fault.
            JobFailed: The same, with a text for the customer.
        """
        ...

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down with the end. A job that was cancelled has the fault `domain.jobs.CANCELLED`."""
        ...
