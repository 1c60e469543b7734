"""Receivers that are down are let alone for a while, so that they cost nobody anything.

In the memory of each server: what it would find out again after a restart is found out soon.
"""

from dataclasses import dataclass

from antiphon.kit.clock import Clock

_IN_A_ROW = 5
_FIRST_PAUSE = 15.0
_LONGEST_PAUSE = 300.0
_MOST = 10_000


@dataclass(slots=True)
class _Down:
    failures: int = 0
    pause: float = 0.0
    until: float = 0.0


class Breakers:
    """One for each host.

    A host that failed five times in a row is paused; then it gets one message at a time until one is taken. Each time
    that one is not, the pause is twice as long, up to five minutes.

    Args:
        clock: Tells the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._down: dict[str, _Down] = {}

    def paused(self) -> list[str]:
        """The hosts that get nothing now."""
        now = self._clock.monotonic()
        return [host for host, down in self._down.items() if down.until > now]

    def room(self, host: str, most: int) -> int:
        """How many messages a host may have on their way at once: `most`, while it is being tried 1, paused 0."""
        down = self._down.get(host)
        if down is None or down.failures < _IN_A_ROW:
            return most
        return 0 if down.until > self._clock.monotonic() else 1

    def succeeded(self, host: str) -> None:
        """Somebody is there."""
        self._down.pop(host, None)

    def failed(self, host: str) -> None:
        """Nobody was there, or it was too much."""
        down = self._down.setdefault(host, _Down())
        now = self._clock.monotonic()
        if down.until > now:  # Of those that were on their way when it was paused.
            return
        down.failures += 1
        if down.failures >= _IN_A_ROW:
            down.pause = min(2 * down.pause or _FIRST_PAUSE, _LONGEST_PAUSE)
            down.until = now + down.pause
        if len(self._down) > _MOST:
            del self._down[next(iter(self._down))]
