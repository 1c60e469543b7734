"""What is sold through jobs: orders, where that goes which is made, and what is written down of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from antiphon.domain.jobs import Fault, Job
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.services.library import Draft, Label, Library, origin_of
from antiphon.services.shelf import Access, Kept, Shelf
from antiphon.services.trades import Receipt

W = TypeVar("W")

StatusOf = Callable[[Fault], int]
"""The HTTP status that a dialect gives to a fault, for the request log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was asked for, in the words of the catalogue.

    Args:
        route: For the request log.
        request_id: The same.
        modality: "image", "music" or "video".
        model: As the client named it.
        units: How many were asked for.
        unit: Of what: "image", "call", "second".
        listed: What they cost without a discount.
    """

    route: str
    request_id: str
    modality: str
    model: str
    units: int
    unit: str
    listed: MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[W]):
    """What a job asks for.

    Args:
        wish: What is wanted.
        sale: What is written down of it.
        access: On which shelf the files go.
        label: What they are in the library; None where they are not to be there.
    """

    wish: W
    sale: Sale
    access: Access
    label: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where what is made of one modality goes, and what is written down of it.

    Args:
        shelf: Where files are kept.
        library: Where they are kept for those who want them for good.
        engine: Who makes them.
        status_of: The HTTP status of a fault, for the request log.
    """

    shelf: Shelf
    library: Library
    engine: str
    status_of: StatusOf

    async def keep(self, file: Path, suffix: str, job: Job, order: Order[Any]) -> Kept:
        """Keep a file of a job. Errors are those of `Shelf.keep`."""
        return await self.shelf.keep(file, suffix, account_id=job.account_id, access=order.access)

    async def taken(self, drafts: Sequence[Draft], job: Job) -> Sequence[Draft]:
        """What a job made, in the library as far as there is room. Errors are those of `Library.take`."""
        return await self.library.take(drafts, origin=origin_of(job))

    def receipt(self, job: Job, sale: Sale, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down with the end of a job; what it was charged is the ledger's to say."""
        fault = outcome if isinstance(outcome, Fault) else None
        row = Usage(
            id=job.id,
            at=at,
            account_id=job.account_id,
            key_id=job.key_id,
            request_id=sale.request_id,
            dialect=job.dialect,
            route=sale.route,
            modality=sale.modality,
            model=sale.model,
            engine=self.engine,
            units=0 if fault else sale.units,
            unit=sale.unit,
            listed=MilliCredits(0) if fault else sale.listed,
            charged=MilliCredits(0),
            status=self.status_of(fault) if fault else 200,
            code=fault.code if fault else "",
            latency_ms=round(1000 * (at - job.created_at)),
            project_id=job.project_id,
        )
        return Receipt(usage=row)
