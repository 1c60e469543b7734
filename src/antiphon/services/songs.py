"""Making songs: what a worker does with a job of the kind "song".

A job has one wish, or two takes of one. Each becomes a *clip*: files that their addresses alone open, and a memory that
nobody but its account can have something made of.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.errors import AntiphonError, Conflict, InvalidRequest, NotFound, Unavailable
from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.domain.ports import ENCODE, SongMaker
from antiphon.domain.songs import Clip, SongForm, SongMade, SongWish
from antiphon.services.clips import Clips
from antiphon.services.gallery import Gallery
from antiphon.services.hooks import Hook, Letter, message, messages
from antiphon.services.live import Live
from antiphon.services.scratch import scratch
from antiphon.services.submit import usage
from antiphon.services.work import Receipt, Tell

KIND = "song"

_SUFFIXES: Mapping[SongForm, str] = {"mp3": "mp3", "m4a": "m4a", "wav": "wav", "midi": "mid"}
"""What the addresses of files end in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that is fetched before anything is made of it.

    Args:
        id: The clip that it becomes.
        url: Where it is.
    """

    id: UUID
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a job asks for.

    Args:
        wish: What is wanted; its sources and its singer are left out.
        clips: The ids of the clips to be made, a take each.
        joined: The ids of the whole songs that are made of the clips and their source; none where nobody wants them.
        sources: The ids of the clips that it is made of.
        persona: The id of who sings; None for whom the maker chooses.
        recording: What is fetched first; one of the sources.
        forms: The files that are wanted.
        route: For the request log.
        model: For the request log, and for the clips.
        listed: What it costs without a discount, for the request log; None for what it is charged.
        film: Whether each clip is to be seen as well.
        hook: Who is told how it goes, if anybody is.
    """

    wish: SongWish
    clips: tuple[UUID, ...]
    joined: tuple[UUID, ...] = ()
    sources: tuple[UUID, ...] = ()
    persona: UUID | None = None
    recording: Recording | None = None
    forms: tuple[SongForm, ...] = ("mp3",)
    route: str
    model: str
    listed: MilliCredits | None = None
    film: bool = False
    hook: Hook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job, or what has come of it so far.

    Args:
        clips: Those that are there, in the order of their takes.
        joined: The whole songs, in the same order.
    """

    clips: tuple[Clip, ...] = ()
    joined: tuple[Clip, ...] = ()


class Intake(Protocol):
    """Whoever makes clips of recordings."""

    async def fetch(self, account_id: UUID, recording: Recording, tell: Tell) -> None:
        """Fetch a recording and remember it as a clip; again does nothing.

        Raises:
            InvalidRequest: It cannot be fetched, or is no recording.
            Unavailable: It cannot be listened to here and now.
        """
        ...


_ORDER = TypeAdapter(Order)
_OUTCOME = TypeAdapter(Outcome)


def packed(order: Order) -> bytes:
    """An order, for a job."""
    return _ORDER.dump_json(order)


def outcome_of(made: bytes) -> Outcome:
    """What came of a job; nothing before the first clip is there."""
    return _OUTCOME.validate_json(made) if made else Outcome()


class Songs:
    """The trade of songs.

    Args:
        maker: Who makes them.
        clips: Where they are kept.
        intake: Who takes in recordings.
        gallery: Who makes their covers and films.
        live: Who lets them be heard while they are made.
        letter: What is told of a job that has ended: the event and the body.
    """

    def __init__(
        self, maker: SongMaker, *, clips: Clips, intake: Intake, gallery: Gallery, live: Live, letter: Letter
    ) -> None:
        self._maker = maker
        self._clips = clips
        self._intake = intake
        self._gallery = gallery
        self._live = live
        self._letter = letter

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the clips of a job, all at once; see `Trade.work`. One good one of two is enough."""
        order = _ORDER.validate_json(job.asked)
        if order.recording is not None:
            await self._intake.fetch(job.account_id, order.recording, tell)
        wish = await self._equipped(job.account_id, order)
        bench = _Bench(job, order, tell)
        async with self._announced(bench), asyncio.TaskGroup() as group:
            for number in range(len(order.clips)):
                group.create_task(self._take(bench, wish, number))
        if not bench.clips:
            raise bench.failures[0]
        # Not before all has ended: of a song that is paid back nothing can be made.
        for clip, memory in bench.memories:
            await self._clips.remember(job.account_id, clip, memory)
        return bench.outcome()

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
        row = replace(row, listed=job.price if order.listed is None else order.listed)
        return Receipt(usage=row, messages=tuple(messages(job, order.hook, self._letter, outcome, at=at)))

    @contextlib.asynccontextmanager
    async def _announced(self, bench: "_Bench") -> AsyncIterator[None]:
        """Tell who wants to know as soon as all clips can be heard, if that is while the context lasts."""
        hook = bench.order.hook
        if hook is None or "mp3" not in bench.order.forms:
            yield
            return

        async def announce() -> None:
            await bench.heard.wait()
            running = replace(bench.job, state=JobState.RUNNING, made=bench.outcome())
            with contextlib.suppress(Conflict, Unavailable):  # What is told of the end is told for sure.
                await bench.tell.say([message(running, hook.url, hook.begun, self._letter)])

        announcing = asyncio.get_running_loop().create_task(announce())
        try:
            yield
        finally:
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)

    async def _equipped(self, account_id: UUID, order: Order) -> SongWish:
        """The wish, with what it is made of.

        Raises:
            InvalidRequest: "unknown_clip": a source is known no longer, or nothing can be made of it.
        """
        try:
            sources = [await self._clips.score(account_id, id_) for id_ in order.sources]
            singer = None
            if order.persona is not None:
                _persona, singer = await self._clips.singer(account_id, order.persona)
        except NotFound:
            raise InvalidRequest("unknown_clip") from None
        return replace(order.wish, sources=tuple(sources), singer=singer)

    async def _take(self, bench: "_Bench", wish: SongWish, number: int) -> None:
        """A take: its clip, and the whole song where that is wanted too."""
        order = bench.order
        try:
            made = await self._clip(bench, replace(wish, take=number + 1), number, order.clips[number])
            if order.joined:
                await self._join(bench, wish, made, number)
        except AntiphonError as failure:  # The other take may be there.
            bench.failures.append(failure)

    async def _join(self, bench: "_Bench", wish: SongWish, made: SongMade, number: int) -> None:
        """The whole song of a take: what it goes on from, and it; or what it became, where it is whole already."""
        whole = (
            replace(wish, verb="concat", sources=(*wish.sources, made.memory))
            if wish.verb == "extend"
            else replace(wish, verb="perform", sources=(made.memory,), start=None, end=None)
        )
        await self._clip(bench, whole, number, bench.order.joined[number])

    async def _clip(self, bench: "_Bench", wish: SongWish, number: int, id_: UUID) -> SongMade:
        """A clip, made, kept and remembered."""
        order = bench.order
        with (
            scratch() as folder,
            self._live.playing(id_, folder) as playing,
        ):
            forms = (*order.forms, "words") if order.film else order.forms
            made = await self._maker.make(wish, forms=forms, folder=folder, told=bench.telling(id_))
            seen = await self._gallery.shown(made, film=order.film, seed=wish.seed + wish.take, folder=folder)
            files = {
                _SUFFIXES[form]: await self._clips.publish(id_, path, _SUFFIXES[form])
                for form, path in made.files.items()
                if form in _SUFFIXES
            } | {suffix: await self._clips.publish(id_, path, suffix) for suffix, path in seen.items()}
            if "mp3" in files:
                playing.finished(files["mp3"])
        clip = Clip(
            id=id_,
            verb=wish.verb,
            title=made.title,
            style=made.style,
            lyrics=made.lyrics,
            seconds=made.seconds,
            tempo=made.tempo,
            model=order.model,
            created_at=bench.job.created_at,
            parents=order.sources,
            files=files,
        )
        bench.done(number, clip, made.memory)
        return made


class _Bench:
    """A job that is being done, and what is there of it."""

    def __init__(self, job: Job, order: Order, tell: Tell) -> None:
        self.job = job
        self.order = order
        self.clips: dict[int, Clip] = {}
        self.memories: list[tuple[Clip, bytes]] = []
        self.failures: list[AntiphonError] = []
        self._joined: dict[int, Clip] = {}
        self.tell = tell
        self.heard = asyncio.Event()
        self._sounding: set[UUID] = set()
        self._shares: dict[UUID, float] = {}

    def telling(self, id_: UUID) -> Callable[[str, float], None]:
        """Who is told how far a clip is."""

        def told(stage: str, share: float) -> None:
            self._shares[id_] = share
            if stage == ENCODE:
                self._sounding.add(id_)
                if self._sounding.issuperset(self.order.clips):
                    self.heard.set()
            self.tell(stage, sum(self._shares.values()) / (len(self.order.clips) + len(self.order.joined)))

        return told

    def done(self, number: int, clip: Clip, memory: bytes) -> None:
        """A clip is there."""
        self.memories.append((clip, memory))
        shelf = self.clips if clip.id in self.order.clips else self._joined
        shelf[number] = clip
        if len(self.memories) < len(self.order.clips) + len(self.order.joined):
            self.tell.done(self.outcome())  # That all are there is told by the job's end: then they are remembered.

    def outcome(self) -> bytes:
        """All that is there."""
        made = Outcome(clips=_in_order(self.clips), joined=_in_order(self._joined))
        return _OUTCOME.dump_json(made)


def _in_order(shelf: Mapping[int, Clip]) -> tuple[Clip, ...]:
    return tuple(shelf[number] for number in sorted(shelf))
