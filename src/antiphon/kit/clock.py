"""The time, from one place, so that a test can bring its own."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time in two ways that must not be mixed."""

    def now(self) -> float:
        """Unix seconds of the wall clock: for what is stored or shown. It may jump."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment: for ages and deadlines. It never runs backwards."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Unix seconds of the wall clock."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment before the process began."""
        return time.monotonic()
