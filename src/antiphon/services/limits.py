"""How often: every limited request asks here first, and a refusal by one limit uses up nothing of the others."""

import ipaddress
import math
from uuid import UUID

from antiphon.catalog.limits import Limit, LimitBook
from antiphon.domain.errors import LimitExceeded
from antiphon.domain.limits import Quota, Standing
from antiphon.kit.clock import Clock
from antiphon.store.ports import Concurrency
from antiphon.store.rates import Ask, Rates

_SITE = 64
"""Bits of an IPv6 address that one customer of a provider cannot choose (RFC 6177); the rest are theirs to vary."""


class Limits:
    """The limits in force.

    Args:
        rates: Remembers how often things were done.
        book: The limits.
        clock: Tells the time at which a quota is whole again.
    """

    def __init__(self, rates: Rates, book: LimitBook, *, clock: Clock) -> None:
        self._rates = rates
        self._book = book
        self._clock = clock

    async def check(
        self,
        dialect: str,
        klass: str,
        *,
        account_id: UUID | None = None,
        project_id: UUID | None = None,
        key_id: UUID | None = None,
        ip: str | None = None,
    ) -> Quota | None:
        """Count one request, unless a limit refuses it.

        A tier whose id is None is not counted.

        Args:
            dialect: Such as "sonna".
            klass: The class of requests in it, such as "speech".
            account_id: Who asks; the tier "organization".
            project_id: In which project.
            key_id: With which key.
            ip: From where.

        Returns:
            What the caller is told: that of the limit with the least left. None: there is no limit.

        Raises:
            LimitExceeded: "rate"; with the first tier that refuses, and in how long none will.
            Unavailable: It cannot be known.
            KeyError: There is no such class: a fault of ours.
        """
        whose = {"organization": account_id, "project": project_id, "key": key_id, "ip": ip and site(ip)}
        limits = [(limit, name) for limit in self._limit(dialect, klass).rates if (name := whose[limit.tier])]
        if not limits:
            return None
        verdict = await self._rates.take(
            [Ask(f"{dialect}:{klass}:{limit.tier}:{name}", limit.rate) for limit, name in limits]
        )
        if verdict.refused is None:
            return self._quota(min(verdict.standings, key=lambda standing: standing.remaining))
        raise LimitExceeded(
            "rate",
            tier=limits[verdict.refused][0].tier,
            retry_after=math.ceil(verdict.retry_after),
            quota=self._quota(verdict.standings[verdict.refused]),
        )

    def concurrency(self, dialect: str, klass: str) -> tuple[Concurrency, ...]:
        """How many at once, for the ledger to take leases by.

        Raises:
            KeyError: There is no such class: a fault of ours.
        """
        return self._limit(dialect, klass).concurrency

    def _limit(self, dialect: str, klass: str) -> Limit:
        return self._book[dialect, klass]

    def _quota(self, standing: Standing) -> Quota:
        return Quota(
            limit=standing.rate.limit,
            remaining=standing.remaining,
            reset=math.ceil(self._clock.now() + standing.reset_after),
        )


def site(ip: str) -> str:
    """What of an address is counted, of an IPv6 one its /64; what is none, such as a Unix socket's, as it is."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _SITE), strict=False))
