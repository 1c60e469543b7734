"""Whether a request's body comes fast enough, and is a body at all."""

from antiphon.web.limits import Limits


class Pace:
    """Counts one body as it comes in.

    Args:
        limits: What is enough.
    """

    __slots__ = ("_counted", "_expected", "_limits", "_noise", "_since", "_started", "got", "watching")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.watching = False
        self.got = 0
        self._expected: int | None = None
        self._since = 0.0
        self._started = 0
        self._counted = 0
        self._noise = 0

    def watch(self, expected: int | None, *, now: float) -> None:
        """Begin to time the body. `expected` is its announced length in bytes, None where it is chunked."""
        self.watching = True
        self._expected = expected
        self._noise = 0
        self.restart(now)

    def restart(self, now: float) -> None:
        """Time begins anew: what has passed was not the client's fault."""
        self._since = now
        self._started = self.got

    def noise(self, size: int) -> int:
        """Bytes that came since the last ones of the body itself, after `size` more have come.

        Chunk extensions and trailers are not kept, but a single one lies in the parser until its end.
        """
        if self.got != self._counted:
            self._counted = self.got
            self._noise = 0
        else:
            self._noise += size
        return self._noise

    def left_over(self, now: float) -> float:
        """Seconds that the body may still take if no more of it comes; not above 0 when it is late."""
        limits = self._limits
        rated = limits.body_grace + (self.got - self._started) / limits.body_rate
        return self._since + min(rated, limits.body_time) - now

    def rest_is_long(self) -> bool:
        """Whether more is still to come than is worth reading for nothing."""
        return self._expected is None or self._expected - self.got > self._limits.unread
