"""The child's half of a nursery: a small, single-threaded process that forks workers ahead of need.

A forked worker starts from exactly the same memory as every other one, in microseconds, and takes nobody with
it when it dies. Forking is only safe from a process without threads, hence this process of its own: it is
started afresh (never forked from the server), prepares once, and then does nothing but fork.

    command (5 bytes: kind, pid)           answer (5 bytes: kind, pid)
    FORK   make one more worker            READY     prepared; FORK may come
    KILL   end this worker                 WORKER    here it is (its socket rides along)

The other half is `nursery.py`.
"""

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial

MESSAGE = struct.Struct("<cI")
FORK, KILL, READY, WORKER = b"F", b"K", b"R", b"W"

_PR_SET_PDEATHSIG = 1
_WORKER_MEMORY = 2 * 1024**3

Work = Callable[[socket.socket], None]


def tend(control: socket.socket, work: Work, *, memory: int = _WORKER_MEMORY) -> None:
    """Fork workers as `control` asks for them, until it closes. Each runs `work(socket)` and ends.

    None may have more than `memory` bytes of address space.

    Call this with everything prepared that workers should share, and with no thread running.
    """
    if sys.platform == "linux":
        # Should the server die while this is stopped, it goes on, and finds that nobody is there.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)
    for number in (signal.SIGINT, signal.SIGTERM):  # Sent to the whole group, they are the server's to handle.
        signal.signal(number, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # Shared memory stays shared: the collector does not write into it.
    gc.disable()
    children: set[int] = set()
    worker = partial(_be_worker, work=work, memory=memory)
    wake = _wake_on_child()
    serving = _announce(control)
    while serving:
        readable, _, _ = select.select([control, wake[0]], [], [])
        if wake[0] in readable:
            wake[0].recv(4096)
            _reap(children)
        if control in readable:
            serving = _obey(control, children, worker, wake)
    _sleep_on()


def _announce(control: socket.socket) -> bool:
    try:
        control.sendall(MESSAGE.pack(READY, os.getpid()))
    except ConnectionError:  # The server ended while this was preparing.
        return False
    return True


def _wake_on_child() -> tuple[socket.socket, socket.socket]:
    """A socket that becomes readable when a child ends."""
    read, write = socket.socketpair()
    read.setblocking(False)
    write.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda _signal, _stack: None)
    signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
    return read, write


def _sleep_on() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _reap(children: set[int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) > 0:
            children.discard(pid)


def _obey(control: socket.socket, children: set[int], work: Work, private: tuple[socket.socket, ...]) -> bool:
    """Carry out one command; False when the server is gone."""
    try:
        message = control.recv(MESSAGE.size, socket.MSG_WAITALL)
    except ConnectionError:
        return False
    if len(message) < MESSAGE.size:
        return False
    kind, pid = MESSAGE.unpack(message)
    if kind == KILL and pid in children:  # Ours and not yet reaped: the number cannot be another's.
        os.kill(pid, signal.SIGKILL)
    elif kind == FORK:
        children.add(_fork(control, work, private))
    return True


def _fork(control: socket.socket, work: Work, private: tuple[socket.socket, ...]) -> int:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _sleep_on()
        for inherited in (control, theirs, *private):
            inherited.close()
        work(ours)
    ours.close()
    with contextlib.suppress(ConnectionError):  # The next command read will show that the server is gone.
        socket.send_fds(control, [MESSAGE.pack(WORKER, pid)], [theirs.fileno()])
    theirs.close()
    return pid


def _be_worker(sock: socket.socket, *, work: Work, memory: int) -> None:
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        threading.Thread(target=_end_with, args=(sock.fileno(),), daemon=True).start()
        work(sock)
        code = 0
    except ConnectionError:
        code = 0  # Whoever asked has gone away.
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)  # No clean-up: what there is belongs to the parent.


def _end_with(descriptor: int) -> None:
    """End this process the moment the other side of its socket closes, whatever C code it is in."""
    poll = select.poll()
    poll.register(descriptor, getattr(select, "POLLRDHUP", 0))
    poll.poll()
    os._exit(0)
