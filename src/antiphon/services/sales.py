"""Sales: what is written down of a job that makes something of a modality, whoever makes it."""

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.domain.jobs import Fault, Job
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.services.trades import Receipt

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


def receipt(job: Job, sale: Sale, outcome: bytes | Fault, *, engine: str, status_of: StatusOf, at: float) -> Receipt:
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
        engine=engine,
        units=0 if fault else sale.units,
        unit=sale.unit,
        listed=MilliCredits(0) if fault else sale.listed,
        charged=MilliCredits(0),
        status=status_of(fault) if fault else 200,
        code=fault.code if fault else "",
        latency_ms=round(1000 * (at - job.created_at)),
        project_id=job.project_id,
    )
    return Receipt(usage=row)
