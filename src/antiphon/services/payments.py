"""What was paid outside, and the credits that it brings."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.errors import Conflict, InvalidRequest, NotFound
from antiphon.domain.money import MilliCredits
from antiphon.services.credits import LONGEST_PAYMENT, Credits


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Somebody's money for credits.

    Args:
        id: What tells it from all others, 1 to 100 printable characters.
        account_id: Whose credits it buys.
        amount: How many.
        note: What it is for, for people.
    """

    id: str
    account_id: UUID
    amount: MilliCredits
    note: str = ""


class PaymentPort(Protocol):
    """Who knows whether money came: an operator, or a processor of cards."""

    async def settled(self, payment: Payment) -> bool:
        """Whether the money for it is there."""

    async def give_back(self, payment_id: str, amount: MilliCredits) -> None:
        """Give back the money for so many credits of a payment. Asked again it does nothing."""


class ManualPayments:
    """Payments that an operator saw come in, and gives back by hand: what they say is so."""

    async def settled(self, payment: Payment) -> bool:  # noqa: ARG002 - as the port has it
        """Yes: they would not have said so."""
        return True

    async def give_back(self, payment_id: str, amount: MilliCredits) -> None:
        """Nothing: it is theirs to do."""


class Payments:
    """Turns payments into credits, once each, and back.

    Args:
        port: Who knows whether money came.
        credits_: Where credits come in.
    """

    def __init__(self, port: PaymentPort, credits_: Credits) -> None:
        self._port = port
        self._credits = credits_

    async def add(self, payment: Payment) -> bool:
        """Give the credits of a payment.

        Returns:
            False: they were given before.

        Raises:
            InvalidRequest: "amount", "payment" or "note".
            NotFound: "unknown_account".
            Conflict: "payment_used": for another account, or another amount. "not_settled": the money is not there.
        """
        _check(payment.id)
        if not await self._port.settled(payment):
            raise Conflict("not_settled")
        return await self._credits.top_up(
            payment.account_id, amount=payment.amount, payment=payment.id, note=payment.note
        )

    async def void(self, payment_id: str) -> MilliCredits:
        """Take back what is left of a payment's credits, and give back the money for them.

        What was spent stays spent; what is held for work under way is taken if it comes back. A payment that was taken
        back cannot be added again.

        Returns:
            How much was taken now; 0 where it was before, or all is spent.

        Raises:
            NotFound: "unknown_payment".
        """
        _check(payment_id)
        taken = await self._credits.take_back(payment_id)
        if taken is None:
            raise NotFound("unknown_payment", field="payment")
        await self._port.give_back(payment_id, taken)
        return taken


def _check(payment_id: str) -> None:
    if not 0 < len(payment_id) <= LONGEST_PAYMENT or not payment_id.isprintable():
        raise InvalidRequest("payment", field="payment", limit=LONGEST_PAYMENT)
