"""Making pictures: what a worker does with a job of the kind "picture"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.jobs import Fault, Job
from antiphon.domain.pictures import PictureFormat, PictureWish
from antiphon.domain.ports import PictureMaker
from antiphon.services.library import Draft, Label
from antiphon.services.sales import Depot, Order
from antiphon.services.scratch import scratch
from antiphon.services.shelf import Kept
from antiphon.services.trades import Receipt, Tell

KIND = "picture"

_STAGE = "paint"
_SUFFIXES: Mapping[PictureFormat, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is kept; `unwritten` as in `PictureMade`, `item` as in `Draft`."""

    file: Kept
    width: int
    height: int
    unwritten: str = ""
    item: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job."""

    pictures: tuple[Picture, ...]


ORDERS = TypeAdapter(Order[PictureWish])
OUTCOMES = TypeAdapter(Outcome)
"""From values to the JSON of jobs, and back."""


class Pictures:
    """The trade of pictures.

    Args:
        maker: Who makes them.
        depot: Where they go.
    """

    def __init__(self, maker: PictureMaker, *, depot: Depot) -> None:
        self._maker = maker
        self._depot = depot

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the pictures of a job; see `Trade.work`."""
        order = ORDERS.validate_json(job.asked)
        suffix = _SUFFIXES[order.wish.format]
        with scratch() as folder:
            made = await self._maker.paint(order.wish, folder=folder, told=lambda share: tell(_STAGE, share))
            pictures = [
                Picture(
                    file=await self._depot.keep(one.file, suffix, job, order),
                    width=one.width,
                    height=one.height,
                    unwritten=one.unwritten,
                )
                for one in made
            ]
        if order.label is not None:
            pictures = await self._taken(pictures, order.label, job)
        return OUTCOMES.dump_json(Outcome(pictures=tuple(pictures)))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        return self._depot.receipt(job, ORDERS.validate_json(job.asked).sale, outcome, at=at)

    async def _taken(self, pictures: Sequence[Picture], label: Label, job: Job) -> list[Picture]:
        drafts = [
            Draft(type="IMAGE", label=label, file=one.file, width=one.width, height=one.height) for one in pictures
        ]
        taken = await self._depot.taken(drafts, job)
        return [replace(one, file=draft.file, item=draft.item) for one, draft in zip(pictures, taken, strict=True)]
