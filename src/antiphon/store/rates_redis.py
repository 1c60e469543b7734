"""Rates in Redis or Valkey: for many processes, on the server's clock, so that theirs do not matter.

One script decides, and keys expire by themselves once nothing is used up any more. What is asked while an answer is
under way goes out together in the next call: redis-py costs 100 microseconds of CPU a call, and so a fifth of that
for each of 32 callers.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import NoScriptError, RedisError

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.limits import Standing, Verdict
from antiphon.kit.clock import Clock
from antiphon.store.rates import Ask

SCRIPT = resources.files(__package__).joinpath("rates.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 0.5
_CALL_SECONDS = 1.5
"""To connect and be answered, with the one retry."""
_MOST_AT_ONCE = 128
"""Callers in a call. Each is a few microseconds of the server's, which does nothing else meanwhile."""
_SAID_SECONDS = 10.0

log = structlog.get_logger("antiphon.rates")


@dataclass(frozen=True, slots=True)
class _Caller:
    asks: Sequence[Ask]
    verdict: asyncio.Future[Verdict]


class RedisRates:
    """Rates behind a client. Made by `connect`.

    Args:
        client: Ends with this.
        prefix: What all keys begin with.
        clock: Tells how long ago a failure was logged.
    """

    def __init__(self, client: Redis, *, prefix: str, clock: Clock) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._silent_until = float("-inf")
        self._callers: deque[_Caller] = deque()
        self._calling: asyncio.Task[None] | None = None

    @classmethod
    def connect(cls, url: str, *, clock: Clock, prefix: str = "antiphon:rate:") -> Self:
        """A store of rates that connects with the first request, and again whenever it has to.

        Args:
            url: "redis://", "rediss://" (TLS) or "unix://".
            clock: Tells how long ago a failure was logged.
            prefix: What all keys begin with.

        Raises:
            ValueError: It is no such URL.
        """
        client = Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            # A connection from before the server's restart is found dead only when it is used. Where the call got
            # through and its answer did not, one is counted twice: the strict way to be wrong. A time-out is final.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisGone,)),
        )
        return cls(client, prefix=prefix, clock=clock)

    async def take(self, asks: Sequence[Ask]) -> Verdict:
        """Take one of each, or none.

        Raises:
            Unavailable: Redis is gone or takes too long.
        """
        if not asks:
            return Verdict(None, ())
        caller = _Caller(asks, asyncio.get_running_loop().create_future())
        self._callers.append(caller)
        if self._calling is None:
            self._calling = asyncio.create_task(self._call_for_all())
        return await caller.verdict

    async def close(self) -> None:
        """Refuse those who wait, and close every connection."""
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.wait([self._calling])
            self._refuse()  # A task that is cancelled before it ran does not even reach its `finally`.
        await self._client.aclose()

    async def _call_for_all(self) -> None:
        """Call for those who wait until nobody does. A failure refuses them all: whoever comes later tries anew."""
        callers: list[_Caller] = []
        try:
            while self._callers:
                callers = [self._callers.popleft() for _ in range(min(len(self._callers), _MOST_AT_ONCE))]
                answer = await self._call(callers)
                for caller, verdict in zip(callers, _verdicts(callers, answer), strict=True):
                    if not caller.verdict.done():  # It is, where the caller was cancelled.
                        caller.verdict.set_result(verdict)
        except (RedisError, OSError, TimeoutError) as failure:
            self._say(failure)
        finally:
            self._callers.extendleft(callers)
            self._refuse()

    def _refuse(self) -> None:
        """Refuse whoever still waits; the next to come starts anew."""
        self._calling = None
        while self._callers:
            verdict = self._callers.popleft().verdict
            if not verdict.done():
                verdict.set_exception(Unavailable(UnavailableCause.RATES_FAILED))

    async def _call(self, callers: Sequence[_Caller]) -> bytes:
        keys = [self._prefix + ask.key for caller in callers for ask in caller.asks]
        numbers = " ".join(str(number) for caller in callers for number in _numbers(caller.asks))
        answer: bytes
        async with asyncio.timeout(_CALL_SECONDS):
            try:
                answer = await self._client.evalsha(_SHA, len(keys), *keys, numbers)
            except NoScriptError:  # A new or restarted server; this tells it the script, too.
                answer = await self._client.eval(SCRIPT, len(keys), *keys, numbers)
        return answer

    def _say(self, failure: Exception) -> None:
        """Log a failure, but not for every request of an outage."""
        now = self._clock.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + _SAID_SECONDS
            log.warning("Redis does not answer; limited requests are refused", reason=str(failure))


def _numbers(asks: Sequence[Ask]) -> Iterable[int]:
    yield len(asks)
    for ask in asks:
        yield ask.rate.interval
        yield ask.rate.tolerance


def _verdicts(callers: Iterable[_Caller], answer: bytes) -> Iterable[Verdict]:
    now, *numbers = map(int, answer.split())
    place = iter(numbers)
    for caller in callers:
        refused = next(place)
        standings = tuple([Standing(ask.rate, next(place), now) for ask in caller.asks])
        yield Verdict(None if refused < 0 else refused, standings)
