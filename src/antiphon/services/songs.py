"""Making songs: what a worker does with a job of the kind "song".

A job has one wish, or two takes of one. Each becomes a *clip*: a file that its address alone opens, and a memory that
nobody but its account can have something made of.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.errors import NotFound
from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.domain.ports import SongMaker
from antiphon.domain.songs import SongWish
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifacts
from antiphon.services.submit import usage
from antiphon.services.work import Receipt, Tell
from antiphon.store.blobs import Blobs
from antiphon.store.ports_jobs import Message

KIND = "song"
KEPT = Seconds(30 * 24 * 3600.0)
"""How long the files of a clip are kept (SETTLED 28)."""

_PIECE = 256 * 1024

Letter = Callable[[Job], tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Who is told how a job ended.

    Args:
        id: The message's, the same on every attempt.
        url: Where to.
        secret: What it is signed with, encrypted for this message, in hexadecimal; "" for the account's own.
    """

    id: UUID
    url: str
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a job asks for.

    Args:
        wish: What is wanted; its sources are left out.
        clips: The ids of the clips to be made, a take each.
        sources: The ids of the clips that it is made of.
        route: For the request log.
        model: For the request log.
        hook: Who is told how it ended, if anybody is.
    """

    wish: SongWish
    clips: tuple[UUID, ...]
    sources: tuple[UUID, ...] = ()
    route: str
    model: str
    hook: Hook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A song that was made.

    Args:
        id: Its own.
        title: What it is called.
        style: What it became.
        lyrics: What is sung; "" for an instrumental.
        seconds: How long it lasts.
        bpm: Its tempo.
        audio: Where its sound is.
    """

    id: UUID
    title: str
    style: str
    lyrics: str
    seconds: float
    bpm: float
    audio: str


_ORDER = TypeAdapter(Order)
_CLIPS = TypeAdapter(tuple[Clip, ...])
_PARENTS = TypeAdapter(tuple[UUID, ...])


def packed(order: Order) -> bytes:
    """An order, for a job."""
    return _ORDER.dump_json(order)


def clips_of(made: bytes) -> Sequence[Clip]:
    """The clips that came of a job; none before it has succeeded."""
    return _CLIPS.validate_json(made) if made else ()


class Songs:
    """The trade of songs.

    Args:
        maker: Who makes them.
        artifacts: Where the sound is kept.
        blobs: Where memories are kept.
        letter: What is told of a job that has ended: the event and the body.
    """

    def __init__(self, maker: SongMaker, *, artifacts: Artifacts, blobs: Blobs, letter: Letter) -> None:
        self._maker = maker
        self._artifacts = artifacts
        self._blobs = blobs
        self._letter = letter

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the clips of a job, all at once; see `Trade.work`."""
        order = _ORDER.validate_json(job.asked)
        sources = [await self._read(_name(job.account_id, id_, "memory")) for id_ in order.sources]
        wish = replace(order.wish, sources=tuple(sources))
        shares = [0.0] * len(order.clips)

        def telling(number: int) -> Callable[[str, float], None]:
            def told(stage: str, share: float) -> None:
                shares[number] = share
                tell(stage, sum(shares) / len(shares))

            return told

        try:
            async with asyncio.TaskGroup() as group:
                making = [
                    group.create_task(self._clip(id_, replace(wish, take=number + 1), telling(number)))
                    for number, id_ in enumerate(order.clips)
                ]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        done = [each.result() for each in making]
        # Not before all of them are there: of a song that is paid back nothing can be made.
        for clip, memory in done:
            await self._remember(_name(job.account_id, clip.id, "memory"), memory)
            await self._remember(_name(job.account_id, clip.id, "parents"), _PARENTS.dump_json(order.sources))
        return _CLIPS.dump_json(tuple(clip for clip, _memory in done))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        order = _ORDER.validate_json(job.asked)
        failed = isinstance(outcome, Fault)
        row = usage(
            job,
            route=order.route,
            model=order.model,
            engine=self._maker.name,
            status=500 if failed else 200,
            code=outcome.code if isinstance(outcome, Fault) else "",
            at=at,
        )
        return Receipt(usage=row, messages=tuple(self._messages(job, order, outcome, at=at)))

    def _messages(self, job: Job, order: Order, outcome: bytes | Fault, *, at: float) -> Iterator[Message]:
        if order.hook is None:
            return
        if isinstance(outcome, Fault):
            ended = replace(job, state=JobState.FAILED, fault=outcome, ended_at=at)
        else:
            ended = replace(job, state=JobState.SUCCEEDED, made=outcome, ended_at=at)
        event, body = self._letter(ended)
        secret = bytes.fromhex(order.hook.secret)
        yield Message(id=order.hook.id, url=order.hook.url, secret=secret, event=event, body=body)

    async def parents(self, account_id: UUID, clip_id: UUID) -> tuple[UUID, ...] | None:
        """What one of an account's clips was made of; None: it has no such clip."""
        try:
            return _PARENTS.validate_json(await self._read(_name(account_id, clip_id, "parents")))
        except NotFound:
            return None

    async def _clip(self, id_: UUID, wish: SongWish, told: Callable[[str, float], None]) -> tuple[Clip, bytes]:
        """A clip, and what its maker needs to make something of it later."""
        with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as folder:
            song = await self._maker.make(wish, folder=Path(folder), told=told)
            artifact = await self._artifacts.keep(
                _pieces(song.audio), shelf="musicapi/songs", owner=str(id_), suffix="mp3", lifetime=KEPT
            )
        clip = Clip(
            id=id_,
            title=song.title,
            style=song.style,
            lyrics=song.lyrics,
            seconds=song.seconds,
            bpm=song.bpm,
            audio=self._artifacts.url(artifact),
        )
        return clip, song.memory

    async def _remember(self, name: str, data: bytes) -> None:
        """Keep what is kept once: claimed a second time, a job makes the same again, and what is there stays."""
        try:
            await self._blobs.open(name)
        except NotFound:
            await self._blobs.put(name, _at_once(data))

    async def _read(self, name: str) -> bytes:
        blob = await self._blobs.open(name)
        return b"".join([piece async for piece in blob.read(0, blob.size)])


def _name(account_id: UUID, clip_id: UUID, what: str) -> str:
    return f"songs/{account_id}/{clip_id}/{what}.json"


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    yield data
