"""What a process gives up before it touches a stranger's bytes. For children only: there is no way back."""

import ctypes
import resource
import sys

_PR_SET_NO_NEW_PRIVS = 38


def confine(*, memory: int, seconds: int) -> None:
    """Give up opening anything, writing files, and more than so much memory and time.

    What is open stays open. From here on no file, socket or pipe can be opened, not by any library either; a module
    that is not loaded stays so. Whoever breaks a bound of time is killed; of memory, is told that there is none.

    Args:
        memory: Bytes of address space, all that is there already included.
        seconds: Of the processor's time.
    """
    # A new descriptor would need a number below 1, and 0 is taken. With a bound of 0, poll would refuse to wait.
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 1,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
