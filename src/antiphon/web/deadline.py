"""Deadlines of one connection on a single timer."""

import asyncio
import math
from collections.abc import Callable

NEVER = math.inf


class Deadlines:
    """When the client must have sent, and when it must have taken, what is due.

    A timer is set only where none would fire in time, and looks when it fires whether anything is due by then:
    to move a deadline is an assignment, and a busy connection sets a timer once in several seconds.

    Args:
        loop: Whose clock and timers are used; times are those of `loop.time()`.
        read_overdue: Called with the time when the client has not sent in time.
        write_overdue: Called with the time when the client has not taken in time.
    """

    __slots__ = ("_at", "_loop", "_read_overdue", "_timer", "_write_overdue", "read", "write")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        read_overdue: Callable[[float], None],
        write_overdue: Callable[[float], None],
    ) -> None:
        self.read = NEVER
        self.write = NEVER
        self._loop = loop
        self._read_overdue = read_overdue
        self._write_overdue = write_overdue
        self._timer: asyncio.TimerHandle | None = None
        self._at = NEVER

    def read_within(self, seconds: float) -> None:
        """The client must send within so many seconds from now."""
        self.read = due = self._loop.time() + seconds
        if self._timer is None or self._at > due:
            self._arm()

    def write_within(self, seconds: float) -> None:
        """The client must take within so many seconds from now."""
        self.write = due = self._loop.time() + seconds
        if self._timer is None or self._at > due:
            self._arm()

    def cancel(self) -> None:
        """Nothing is due any more, ever; no timer stays behind, and who was to be called is let go."""
        self.read = self.write = NEVER
        self._read_overdue = self._write_overdue = _nobody
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        due = min(self.read, self.write)
        if due == NEVER or (self._timer is not None and self._at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at = due
        self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        if now >= self.write:
            self.write = NEVER
            self._write_overdue(now)
        if now >= self.read:
            self.read = NEVER
            self._read_overdue(now)
        self._arm()


def _nobody(_now: float) -> None:
    """Stands in the place of who was to be called."""
