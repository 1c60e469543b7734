"""Delivering: what the outbox holds is sent to its receivers, again and again until it is taken or given up.

At least once: whoever dies between an answer and its record leaves the message to be sent again, with the same id.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from antiphon.domain.errors import Unavailable
from antiphon.domain.webhooks import ATTEMPT_SECONDS, GIVEN_UP_AFTER, MessageState, Next, follows, headers
from antiphon.kit.clock import Clock
from antiphon.kit.http import Answer, Refused, Unreachable
from antiphon.services.breakers import Breakers
from antiphon.services.secrets import SecretLost
from antiphon.store.ports_messages import Attempt, Errand, Lane, MessageStore

AT_ONCE = 256
PER_HOST = 4
PER_ACCOUNT = 64
"""Of one account's on their way at once, a quarter of all: whoever has a hundred receivers that hang stops nobody."""
LEASE = 3 * ATTEMPT_SECONDS
"""Seconds after which another server takes a message for not sent."""
KEPT = 30 * 86_400.0
"""Seconds for which messages that have ended are remembered."""
_POLL = 1.0
_PAUSE = 0.5
_SWEEP = 60.0
_SWEPT_AT_ONCE = 500
_LANES = 1_000
"""Looked at in a round."""

_FOR_EVER = frozenset({"url", "scheme", "port"})
"""Reasons of `Refused` that no time heals; a name may stand for another address tomorrow."""
_DOWN = frozenset({429, 502, 503, 504})

_OUTCOMES = {MessageState.DELIVERED: "delivered", MessageState.WAITING: "failed", MessageState.EXHAUSTED: "exhausted"}
"""What an attempt is called by what follows from it."""

log = structlog.get_logger("antiphon.deliver")


class Poster(Protocol):
    """Makes requests; see `kit.http.Client`."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
        """Post a body, and hear how it was taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of sending.

    Args:
        answer: What was answered.
        fault: Why nothing was.
        hopeless: No time heals it.
        there: Whether somebody who can work is there: whoever says no is. None: that was not tried.
    """

    answer: Answer | None = None
    fault: str = ""
    hopeless: bool = False
    there: bool | None = None

    @property
    def status(self) -> int | None:
        return None if self.answer is None else self.answer.status

    @property
    def retry_after(self) -> str:
        return "" if self.answer is None else self.answer.headers.get("retry-after", "")


class Deliver:
    """Delivers messages, so many at once, in turns between hosts.

    Args:
        messages: The outbox.
        poster: Sends them.
        secret: What a message is signed with; raises `SecretLost`.
        clock: Tells the time.
        chance: Gives numbers from 0 to 1, for pauses.
        at_once: How many are on their way at once, at least 1.
        tried: Called after each attempt with what came of it: "delivered", "failed" or "exhausted".
    """

    def __init__(
        self,
        messages: MessageStore,
        poster: Poster,
        *,
        secret: Callable[[Errand], str],
        clock: Clock,
        chance: Callable[[], float],
        at_once: int = AT_ONCE,
        tried: Callable[[str], None] | None = None,
    ) -> None:
        self._messages = messages
        self._poster = poster
        self._secret = secret
        self._clock = clock
        self._chance = chance
        self._at_once = at_once
        self._tried = tried
        self._breakers = Breakers(clock)
        self._on_their_way: dict[tuple[UUID, int], _Courier] = {}
        self._busy: Counter[str | UUID] = Counter()  # Hosts, and accounts.
        self._wake = asyncio.Event()
        self._swept = clock.monotonic() - _SWEEP

    async def serve(self, stop: asyncio.Event, *, drain: float) -> None:
        """Deliver until told to stop; then finish what is on its way, and give back what is not done in time.

        Args:
            stop: When to stop.
            drain: Seconds for what is on its way.
        """
        beside = [asyncio.create_task(one) for one in (self._listen(), self._heed(stop))]
        try:
            while not stop.is_set():
                self._wake.clear()
                if not await self._round():
                    await self._wake.wait()
            await self._drain(drain)
        finally:
            for task in (*beside, *(courier.task for courier in self._on_their_way.values())):
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _round(self) -> bool:
        """Sweep where it is time, and send what is due; whether anything was."""
        try:
            await self._sweep()
            errands = await self._claimed()
        except Unavailable as failure:
            log.warning("webhooks cannot be claimed", cause=failure.cause)
            await asyncio.sleep(_PAUSE)
            return True
        except Exception:
            # Nobody would begin another round.
            log.exception("webhooks cannot be claimed")
            await asyncio.sleep(_PAUSE)
            return True
        for errand in errands:
            self._begin(errand)
        return bool(errands)

    async def _claimed(self) -> Sequence[Errand]:
        free = self._at_once - len(self._on_their_way)
        if free <= 0:
            return ()
        now = self._clock.now()
        full = [of for of in self._busy if self._room(of) <= 0]
        hosts, accounts = {of for of in full if isinstance(of, str)}, {of for of in full if isinstance(of, UUID)}
        besides = {*hosts, *self._breakers.paused()}
        found = await self._messages.due(now=now, besides=besides, without=accounts, most=_LANES)
        # Who has nothing on its way goes first, then who waited.
        lanes = sorted(found, key=lambda lane: (self._busy[lane.host], self._busy[lane.account_id]))
        of_all = {of: self._room(of) for lane in lanes for of in (lane.host, lane.account_id)}
        rooms = in_turns(lanes, of_all, free)
        return await self._messages.claim(rooms, now=now, until=now + LEASE) if rooms else ()

    def _room(self, of: str | UUID) -> int:
        """How many more may be on their way to a host, or of an account."""
        most = min(PER_ACCOUNT, self._at_once) if isinstance(of, UUID) else self._breakers.room(of, PER_HOST)
        return most - self._busy[of]

    def _begin(self, errand: Errand) -> None:
        key = errand.message.id, errand.fence
        self._on_their_way[key] = _Courier(errand, asyncio.create_task(self._one(errand)))
        self._busy.update((errand.host, errand.account_id))

        def leave(_task: "asyncio.Task[None]") -> None:
            del self._on_their_way[key]
            self._busy -= Counter((errand.host, errand.account_id))  # Those with none left are gone with it.
            self._wake.set()

        self._on_their_way[key].task.add_done_callback(leave)

    async def _one(self, errand: Errand) -> None:
        at, began = self._clock.now(), self._clock.monotonic()
        outcome = await self._sent(errand, int(at))
        took = round(1_000 * (self._clock.monotonic() - began))
        now = self._clock.now()
        self._tell_breakers(errand.host, outcome)
        then = Next(state=MessageState.EXHAUSTED)
        if not outcome.hopeless:
            heard = outcome.status, outcome.retry_after
            then = follows(*heard, failed=errand.failed, at=now, chance=self._chance())
        if then.state is not MessageState.DELIVERED:
            told = {"status": outcome.status, "fault": outcome.fault, "then": str(then.state)}
            log.info("a webhook was not taken", message=str(errand.message.id), host=errand.host, **told)
        if self._tried is not None:
            self._tried(_OUTCOMES[then.state])
        attempt = Attempt(at=at, status=outcome.status, fault=outcome.fault, milliseconds=took)
        await self._record(errand, attempt, then, at=now)

    async def _sent(self, errand: Errand, at: int) -> _Outcome:
        message = errand.message
        try:
            secret = self._secret(errand)
            signed = headers(message.body, id_=message.id, event=message.event, secret=secret, at=at)
            answer = await self._poster.post(message.url, message.body, signed, seconds=ATTEMPT_SECONDS)
        except SecretLost:
            return _Outcome(fault="secret")
        except Refused as refused:
            return _Outcome(fault=f"refused: {refused.reason}", hopeless=refused.reason in _FOR_EVER)
        except Unreachable as unreachable:
            return _Outcome(fault=str(unreachable) or "unreachable", there=False)
        except Exception:
            # One message's accident is not to take the others with it, nor to be tried for ever.
            log.exception("a webhook failed", message=str(message.id), host=errand.host)
            return _Outcome(fault="internal")
        return _Outcome(answer=answer, there=answer.status not in _DOWN)

    def _tell_breakers(self, host: str, outcome: _Outcome) -> None:
        match outcome.there:
            case True:
                self._breakers.succeeded(host)
            case False:
                self._breakers.failed(host)

    async def _record(self, errand: Errand, attempt: Attempt, then: Next, *, at: float) -> None:
        """Note what came of it. While the database is away it is tried again: the receiver has the message."""
        while True:
            try:
                await self._messages.record(errand, attempt, then=then.state, at=at, due_at=then.due_at)
            except Unavailable as failure:
                log.warning("an attempt cannot be recorded yet", message=str(errand.message.id), cause=failure.cause)
                await asyncio.sleep(_PAUSE)
                continue
            return

    async def _sweep(self) -> None:
        """Forget what ended long ago, and give up what waits in vain for a host that is down."""
        if self._clock.monotonic() - self._swept < _SWEEP:
            return
        self._swept = self._clock.monotonic()
        now = self._clock.now()
        await self._messages.forget(before=now - KEPT, most=_SWEPT_AT_ONCE)
        for host in self._breakers.paused():
            await self._messages.give_up(host, before=now - GIVEN_UP_AFTER, at=now)

    async def _listen(self) -> None:
        while True:
            try:
                await self._messages.wait(most=_POLL)
            except Unavailable:
                await asyncio.sleep(_POLL)
            self._wake.set()

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _drain(self, seconds: float) -> None:
        if not self._on_their_way:
            return
        await asyncio.wait([courier.task for courier in self._on_their_way.values()], timeout=seconds)
        left = list(self._on_their_way.values())
        for courier in left:
            courier.task.cancel()
        await asyncio.gather(*(courier.task for courier in left), return_exceptions=True)
        with contextlib.suppress(Unavailable):  # Their leases will end.
            await self._messages.give_back([courier.errand for courier in left], now=self._clock.now())


def in_turns(lanes: Sequence[Lane], rooms: Mapping[str | UUID, int], free: int) -> dict[Lane, int]:
    """How many of each lane go next: one of each in turn, as long as there is room.

    Args:
        lanes: Where something waits, in the order of their turns.
        rooms: How many more may go to each of the hosts, and of each of the accounts.
        free: How many may go in all.
    """
    left = dict(rooms)
    shares = Counter[Lane]()
    turn = list(lanes)
    while turn := [lane for lane in turn if left[lane.host] > 0 and left[lane.account_id] > 0]:
        for lane in turn:
            if free > 0 and left[lane.host] > 0 and left[lane.account_id] > 0:
                shares[lane] += 1
                left[lane.host] -= 1
                left[lane.account_id] -= 1
                free -= 1
        if free <= 0:
            break
    return dict(shares)


class _Courier:
    """A message on its way."""

    def __init__(self, errand: Errand, task: "asyncio.Task[None]") -> None:
        self.errand = errand
        self.task = task
