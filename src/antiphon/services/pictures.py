"""Making pictures: what a worker does with a job of the kind "picture"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.jobs import Fault, Job
from antiphon.domain.pictures import PictureFormat, PictureWish
from antiphon.domain.ports import PictureMaker
from antiphon.services.library import Draft, Label, Library, origin_of
from antiphon.services.sales import Sale, StatusOf, receipt
from antiphon.services.scratch import scratch
from antiphon.services.shelf import Access, Kept, Shelf
from antiphon.services.trades import Receipt, Tell

KIND = "picture"

_STAGE = "paint"
_SUFFIXES: Mapping[PictureFormat, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a job asks for.

    Args:
        wish: What is wanted.
        sale: What is written down of it.
        access: On which shelf the files go.
        label: What they are in the library; None where they are not to be there.
    """

    wish: PictureWish
    sale: Sale
    access: Access
    label: Label | None = None


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


_ORDER = TypeAdapter(Order)
_OUTCOME = TypeAdapter(Outcome)


def packed(order: Order) -> bytes:
    """An order, for a job."""
    return _ORDER.dump_json(order)


def order_of(asked: bytes) -> Order:
    """The order that was packed."""
    return _ORDER.validate_json(asked)


def outcome_of(made: bytes) -> Outcome:
    """What came of a job."""
    return _OUTCOME.validate_json(made)


class Pictures:
    """The trade of pictures.

    Args:
        maker: Who makes them.
        shelf: Where they are kept.
        library: Where they are kept for those who want them for good.
        status_of: The HTTP status of a fault, for the request log.
    """

    def __init__(self, maker: PictureMaker, *, shelf: Shelf, library: Library, status_of: StatusOf) -> None:
        self._maker = maker
        self._shelf = shelf
        self._library = library
        self._status_of = status_of

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the pictures of a job; see `Trade.work`."""
        order = order_of(job.asked)
        suffix, access = _SUFFIXES[order.wish.format], order.access
        with scratch() as folder:
            made = await self._maker.paint(order.wish, folder=folder, told=lambda share: tell(_STAGE, share))
            pictures = [
                Picture(
                    file=await self._shelf.keep(one.file, suffix, account_id=job.account_id, access=access),
                    width=one.width,
                    height=one.height,
                    unwritten=one.unwritten,
                )
                for one in made
            ]
        if order.label is not None:
            pictures = await self._taken(pictures, order.label, job)
        return _OUTCOME.dump_json(Outcome(pictures=tuple(pictures)))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        sale = order_of(job.asked).sale
        return receipt(job, sale, outcome, engine=self._maker.name, status_of=self._status_of, at=at)

    async def _taken(self, pictures: Sequence[Picture], label: Label, job: Job) -> list[Picture]:
        drafts = [
            Draft(type="IMAGE", label=label, file=one.file, width=one.width, height=one.height) for one in pictures
        ]
        taken = await self._library.take(drafts, origin=origin_of(job))
        return [replace(one, file=draft.file, item=draft.item) for one, draft in zip(pictures, taken, strict=True)]
