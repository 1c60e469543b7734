"""Making tracks: what a worker does with a job of the kind "track".

A track is a song to be taken away, with nothing remembered of it: two takes of one wish, each with a cover. What goes
on with its songs asks for jobs of the kind "song".
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.errors import AntiphonError
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.library import title_of
from antiphon.domain.ports import SongMaker
from antiphon.domain.songs import SongForm, SongWish
from antiphon.services.gallery import Gallery
from antiphon.services.library import Draft, Label
from antiphon.services.sales import Depot, Order
from antiphon.services.scratch import scratch
from antiphon.services.shelf import Kept
from antiphon.services.trades import Receipt, Tell

KIND = "track"
TAKES = 2

_SOUND: Literal["mp3"] = "mp3"
_FORMS: tuple[SongForm, ...] = (_SOUND,)
_COVER = "jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A take that is kept; `cover` is None where there is none, `item` as in `Draft`."""

    audio: Kept
    cover: Kept | None
    title: str
    seconds: float
    lyrics: str
    item: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job, in the order of the takes."""

    tracks: tuple[Track, ...]


ORDERS = TypeAdapter(Order[SongWish])
OUTCOMES = TypeAdapter(Outcome)
"""From values to the JSON of jobs, and back."""


class Tracks:
    """The trade of tracks.

    Args:
        maker: Who makes them.
        gallery: Who makes their covers.
        depot: Where they go.
    """

    def __init__(self, maker: SongMaker, *, gallery: Gallery, depot: Depot) -> None:
        self._maker = maker
        self._gallery = gallery
        self._depot = depot

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the takes of a job, all at once; see `Trade.work`. One good one of two is enough (SETTLED 7)."""
        order = ORDERS.validate_json(job.asked)
        shares = dict.fromkeys(range(TAKES), 0.0)

        def telling(number: int) -> Callable[[str, float], None]:
            def told(stage: str, share: float) -> None:
                shares[number] = share
                tell(stage, sum(shares.values()) / TAKES)

            return told

        async with asyncio.TaskGroup() as group:
            takes = [group.create_task(self._take(job, order, number, telling(number))) for number in range(TAKES)]
        made = [take.result() for take in takes]
        tracks = tuple(one for one in made if isinstance(one, Track))
        if not tracks:
            raise next(one for one in made if isinstance(one, AntiphonError))
        if order.label is not None:
            tracks = await self._taken(tracks, order.label, job)
        return OUTCOMES.dump_json(Outcome(tracks=tracks))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        return self._depot.receipt(job, ORDERS.validate_json(job.asked).sale, outcome, at=at)

    async def _take(
        self, job: Job, order: Order[SongWish], number: int, told: Callable[[str, float], None]
    ) -> Track | AntiphonError:
        """A take, or why there is none: the other may be there."""
        wish = replace(order.wish, take=number + 1)
        try:
            with scratch() as folder:
                made = await self._maker.make(wish, forms=_FORMS, folder=folder, told=told)
                seen = await self._gallery.shown(made, film=False, seed=wish.seed + wish.take, folder=folder)
                return Track(
                    audio=await self._depot.keep(made.files[_SOUND], _SOUND, job, order),
                    cover=await self._depot.keep(seen[_COVER], _COVER, job, order) if _COVER in seen else None,
                    title=made.title,
                    seconds=made.seconds,
                    lyrics=made.lyrics,
                )
        except AntiphonError as failure:
            return failure

    async def _taken(self, tracks: Sequence[Track], label: Label, job: Job) -> tuple[Track, ...]:
        """Into the library, each by its song's title."""
        drafts = [
            Draft(
                type="MUSIC",
                label=replace(label, title=title_of(one.title, label.title)),
                file=one.audio,
                image=one.cover,
                seconds=one.seconds,
                lyrics=one.lyrics,
            )
            for one in tracks
        ]
        taken = await self._depot.taken(drafts, job)
        return tuple(
            [
                replace(one, audio=draft.file, cover=draft.image, item=draft.item)
                for one, draft in zip(tracks, taken, strict=True)
            ]
        )
