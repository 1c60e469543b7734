"""Making films: what a worker does with a job of the kind "film"."""

from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.films import FilmWish
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.ports import FilmMaker
from antiphon.services.library import Draft, Label
from antiphon.services.sales import Depot, Order
from antiphon.services.scratch import scratch
from antiphon.services.shelf import Kept
from antiphon.services.trades import Receipt, Tell

KIND = "film"

_STAGE = "film"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A film that is kept; `unwritten` as in `FilmMade`, `item` as in `Draft`."""

    file: Kept
    width: int
    height: int
    seconds: float
    unwritten: str = ""
    item: UUID | None = None


ORDERS = TypeAdapter(Order[FilmWish])
OUTCOMES = TypeAdapter(Outcome)
"""From values to the JSON of jobs, and back."""


class Films:
    """The trade of films.

    Args:
        maker: Who makes them.
        depot: Where they go.
    """

    def __init__(self, maker: FilmMaker, *, depot: Depot) -> None:
        self._maker = maker
        self._depot = depot

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Make the film of a job; see `Trade.work`."""
        order = ORDERS.validate_json(job.asked)
        with scratch() as folder:
            made = await self._maker.make(order.wish, folder=folder, told=lambda share: tell(_STAGE, share))
            outcome = Outcome(
                file=await self._depot.keep(made.file, "mp4", job, order),
                width=made.width,
                height=made.height,
                seconds=made.seconds,
                unwritten=made.unwritten,
            )
        if order.label is not None:
            outcome = await self._taken(outcome, order.label, job)
        return OUTCOMES.dump_json(outcome)

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        return self._depot.receipt(job, ORDERS.validate_json(job.asked).sale, outcome, at=at)

    async def _taken(self, film: Outcome, label: Label, job: Job) -> Outcome:
        draft = Draft(
            type="VIDEO", label=label, file=film.file, seconds=film.seconds, width=film.width, height=film.height
        )
        (taken,) = await self._depot.taken([draft], job)
        return replace(film, file=taken.file, item=taken.item)
