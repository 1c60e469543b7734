"""The process that does an errand: a line in, some lines out, and then it ends. `errand.running` is the other half."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

Tell = Callable[[bytes], object]
"""Called with a line for whoever waits."""


def run(work: Callable[[bytes, Tell], None]) -> None:
    """Do what the standard input orders. SIGTERM ends it by `SystemExit`; so does the end of whoever listened.

    Args:
        work: Called with the order and with what tells of it, on what was the standard output.
    """
    signal.signal(signal.SIGTERM, _end)
    with os.fdopen(os.dup(1), "wb", buffering=0) as reply:
        os.dup2(2, 1)  # What a library prints is no report.
        try:
            work(sys.stdin.buffer.readline(), reply.write)
        except BrokenPipeError:
            raise SystemExit(1) from None  # Nobody listens any more.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # All is done: it may end at once, and has nothing to say of it.


def limit(*, memory: int, seconds: int) -> None:
    """Take no more than this from now on. Whoever asks for more memory is told that there is none; time kills.

    Args:
        memory: Bytes of address space.
        seconds: Of the processor's time.
    """
    for kind, bound in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        _soft, hard = resource.getrlimit(kind)
        highest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (highest, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)
