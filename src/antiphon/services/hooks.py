"""Who is told how a job goes: webhooks, as an order names them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.store.ports_jobs import Message

Letter = Callable[[Job], tuple[str, bytes]]
"""What is told of a job as it stands: the event, and the body in its dialect's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A message that may be sent.

    Args:
        id: Its own, the same on every attempt.
        secret: What it is signed with, encrypted for this message, in hexadecimal; "" for the account's own.
    """

    id: UUID
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Who is told how a job goes.

    Args:
        url: Where to.
        ended: The message about its end.
        begun: The one that what there is of it can be had.
    """

    url: str
    ended: Seal
    begun: Seal


def message(job: Job, url: str, seal: Seal, letter: Letter) -> Message:
    """What is told of a job as it stands."""
    event, body = letter(job)
    return Message(id=seal.id, url=url, secret=bytes.fromhex(seal.secret), event=event, body=body)


def messages(job: Job, hook: Hook | None, letter: Letter, outcome: bytes | Fault, *, at: float) -> Iterator[Message]:
    """What is told of the end of a job; nothing where nobody wants to know.

    Args:
        job: As it was claimed.
        hook: Who is told.
        letter: In which words.
        outcome: What came out.
        at: Unix seconds now.
    """
    if hook is None:
        return
    if isinstance(outcome, Fault):
        ended = replace(job, state=JobState.FAILED, made=b"", fault=outcome, ended_at=at)
    else:
        ended = replace(job, state=JobState.SUCCEEDED, made=outcome, ended_at=at)
    yield message(ended, hook.url, hook.ended, letter)
