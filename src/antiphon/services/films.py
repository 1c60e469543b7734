"""Making films: what a worker does with a job of the kind "film"."""

from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.films import FilmWish
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.ports import FilmMaker
from antiphon.services.library import Draft, Label, Library, origin_of
from antiphon.services.sales import Sale, StatusOf, receipt
from antiphon.services.scratch import scratch
from antiphon.services.shelf import Access, Kept, Shelf
from antiphon.services.trades import Receipt, Tell

KIND = "film"

_STAGE = "film"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a job asks for; as `pictures.Order`."""

    wish: FilmWish
    sale: Sale
    access: Access
    label: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A film that is kept; `unwritten` as in `FilmMade`, `item` as in `Draft`."""

    file: Kept
    width: int
    height: int
    seconds: float
    unwritten: str = ""
    item: UUID | None = None


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


class Films:
    """The trade of films.

    Args:
        maker: Who makes them.
        shelf: Where they are kept.
        library: Where they are kept for those who want them for good.
        status_of: The HTTP status of a fault, for the request log.
    """

    def __init__(self, maker: FilmMaker, *, shelf: Shelf, library: Library, status_of: StatusOf) -> None:
        self._maker = maker
        self._shelf = shelf
        self._library = library
        self._status_of = status_of

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the film of a job; see `Trade.work`."""
        order = order_of(job.asked)
        with scratch() as folder:
            made = await self._maker.make(order.wish, folder=folder, told=lambda share: tell(_STAGE, share))
            outcome = Outcome(
                file=await self._shelf.keep(made.file, "mp4", account_id=job.account_id, access=order.access),
                width=made.width,
                height=made.height,
                seconds=made.seconds,
                unwritten=made.unwritten,
            )
        if order.label is not None:
            outcome = await self._taken(outcome, order.label, job)
        return _OUTCOME.dump_json(outcome)

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        sale = order_of(job.asked).sale
        return receipt(job, sale, outcome, engine=self._maker.name, status_of=self._status_of, at=at)

    async def _taken(self, film: Outcome, label: Label, job: Job) -> Outcome:
        draft = Draft(
            type="VIDEO", label=label, file=film.file, seconds=film.seconds, width=film.width, height=film.height
        )
        (taken,) = await self._library.take([draft], origin=origin_of(job))
        return replace(film, file=taken.file, item=taken.item)
