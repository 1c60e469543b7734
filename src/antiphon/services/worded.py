"""Trades whose failures are told to customers in a dialect's words."""

from collections.abc import Callable

from antiphon.domain.errors import AntiphonError
from antiphon.domain.jobs import Fault, Job
from antiphon.services.trades import JobFailed, Receipt, Tell, Trade

Words = Callable[[AntiphonError], str]
"""What a customer is told of a failure; "" for nothing in particular."""


class Worded:
    """A trade that says why it failed.

    Args:
        trade: Which.
        words: In which words.
    """

    def __init__(self, trade: Trade, words: Words) -> None:
        self._trade = trade
        self._words = words

    async def work(self, job: Job, tell: Tell) -> bytes:
        """See `Trade.work`."""
        try:
            return await self._trade.work(job, tell)
        except AntiphonError as failure:
            raise JobFailed(Fault(code=failure.code, text=self._words(failure))) from failure

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """See `Trade.receipt`."""
        return self._trade.receipt(job, outcome, at=at)
