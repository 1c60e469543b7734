"""Workers that stand ready: the server's half of `cradle.py`."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from antiphon.kit.cradle import FORK, KILL, MESSAGE, READY, WORKER
from antiphon.kit.environment import inherited

_START = 20.0  # Seconds; the very first import of a large package from a cold disk takes a while.
_RESTART_PAUSE = (0.0, 0.1, 0.5, 2.0)
_SILENCE = 5.0  # Seconds; an answer takes milliseconds.

log = structlog.get_logger("antiphon.nursery")


class NurseryDown(RuntimeError):
    """No worker can be had at present."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A forked process, waiting for its work. `sock` is blocking, and owned by whoever takes the worker."""

    pid: int
    sock: socket.socket
    cradle: socket.socket
    """The line to the process that forked it, and that alone may end it: elsewhere its number may be another's."""

    def alive(self) -> bool:
        """Whether the process still holds its end; a worker killed in its sleep does not."""
        try:
            self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What forks the workers.

    Args:
        module: What to run as `python -m`; it ends in `cradle.tend`, on the socket whose number is its first
            argument.
        arguments: Its further arguments.
        environment: Variables set for it besides the present ones.
        withheld: Present variables that begin so are kept from it; "" withholds none.
    """

    module: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    withheld: str = ""

    def start(self, line: socket.socket) -> subprocess.Popen[bytes]:
        """Start it with an end of the line to it.

        Raises:
            OSError: The system does not let it.
        """
        number = line.fileno()
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            (sys.executable, "-m", self.module, str(number), *self.arguments),
            pass_fds=(number,),
            stdin=subprocess.DEVNULL,
            env={**inherited(withheld=self.withheld), **self.environment},
        )


class Nursery:
    """Keeps workers forked ahead, and the process that forks them alive.

    Args:
        program: What forks the workers.
        spares: How many workers wait at any time.
        most: How many may be at work at once.
        patience: Seconds that the start may take.
        silence: Seconds without an answer after which the forking process is taken for stuck and replaced.
    """

    def __init__(
        self,
        program: Program,
        *,
        spares: int = 4,
        most: int = 64,
        patience: float = _START,
        silence: float = _SILENCE,
    ) -> None:
        self._program = program
        self._patience = patience
        self._silence = silence
        self._spares_wanted = spares
        self._places = asyncio.Semaphore(most)
        self._spares: deque[Worker] = deque()
        self._asked = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = asyncio.Event()
        self._staffed = asyncio.Event()  # The first spare is there.
        self._closing = False
        self._failures = 0
        self.attempts = 0  # How often a forking process was started.
        self._restarting: asyncio.Task[None] | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._heard = 0.0  # When the cradle last answered, or was first asked.

    async def start(self) -> None:
        """Start the forking process and wait for the first spare.

        Raises:
            NurseryDown: It did not come up.
        """
        self._launch()
        self._watch()
        try:
            async with asyncio.timeout(self._patience):
                await self._staffed.wait()
        except TimeoutError as late:
            raise NurseryDown from late

    def ready(self) -> bool:
        """Whether a worker could be had now, or in a moment."""
        return not self._places.locked() and (bool(self._spares) or (self._ready.is_set() and not self._overdue()))

    @property
    def pid(self) -> int | None:
        """The forking process, for those who watch it."""
        return self._process.pid if self._process else None

    @contextlib.asynccontextmanager
    async def worker(self, patience: float) -> AsyncIterator[Worker]:
        """A worker of one's own, ended when the context is left.

        Raises:
            NurseryDown: None came within `patience` seconds, or the nursery is closed.
        """
        if self._closing:
            raise NurseryDown
        try:
            async with asyncio.timeout(patience):
                await self._places.acquire()
        except TimeoutError as late:
            raise NurseryDown from late
        try:
            worker = await self._take(patience)
            try:
                yield worker
            finally:
                self._end(worker)
        finally:
            self._places.release()

    async def close(self) -> None:
        """End all: the spares now, workers in use with their users."""
        self._closing = True
        self._ready.clear()
        if self._restarting:
            self._restarting.cancel()
        if self._watching:
            self._watching.cancel()
        for worker in self._spares:
            worker.sock.close()
        self._spares.clear()
        process = self._process
        self._drop_control()
        if process:
            await asyncio.get_running_loop().run_in_executor(None, _wait, process)

    async def _take(self, patience: float) -> Worker:
        try:
            async with asyncio.timeout(patience):
                while True:
                    await self._worker_there()
                    worker = self._spares.popleft()
                    self._ask()
                    if worker.alive():
                        return worker
                    worker.sock.close()
        except TimeoutError as late:
            raise NurseryDown from late

    async def _worker_there(self) -> None:
        while not self._spares:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            self._ask()
            try:
                await waiter
            finally:
                if waiter.cancelled() and waiter in self._waiting:
                    self._waiting.remove(waiter)
                elif self._spares:  # Woken for a spare that this one may not take any more: pass it on.
                    self._wake_one()

    def _ask(self) -> None:
        """Have as many workers on the way as waiting users and empty places want."""
        wanted = self._spares_wanted + len(self._waiting) - len(self._spares) - self._asked
        for _ in range(wanted if self._ready.is_set() else 0):
            if not self._asked:
                self._heard = asyncio.get_running_loop().time()
            self._asked += 1
            self._command_cradle(FORK, 0)

    def _end(self, worker: Worker) -> None:
        worker.sock.close()  # The worker sees it and ends; KILL is for one that cannot.
        if worker.cradle is self._control:
            self._command_cradle(KILL, worker.pid)

    def _command_cradle(self, kind: bytes, pid: int) -> None:
        if self._control is not None:
            with contextlib.suppress(OSError):  # Its end is noticed by the reader.
                self._control.send(MESSAGE.pack(kind, pid))

    def _launch(self) -> None:
        self.attempts += 1
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = self._program.start(theirs)
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._listen, ours)

    def _listen(self, control: socket.socket) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, MESSAGE.size, 1)
        except BlockingIOError:
            return
        except OSError:
            message, descriptors = b"", []
        if len(message) < MESSAGE.size:
            self._lost()
            return
        self._heard = asyncio.get_running_loop().time()
        kind, pid = MESSAGE.unpack(message)
        if kind == READY:
            self._ready.set()
        elif kind == WORKER:
            self._asked -= 1
            if not descriptors:  # It was forked, but this process has no room for another open file.
                log.warning("a worker was lost: too many open files")
                asyncio.get_running_loop().call_later(_RESTART_PAUSE[1], self._ask)
                return
            self._failures = 0
            self._staffed.set()
            self._spares.append(Worker(pid, socket.socket(fileno=descriptors[0]), control))
            self._wake_one()
        self._ask()

    def _overdue(self) -> bool:
        """Whether the cradle owes workers and says nothing: stopped, or stuck."""
        return self._asked > 0 and asyncio.get_running_loop().time() - self._heard > self._silence

    def _watch(self) -> None:
        self._watching = asyncio.get_running_loop().call_later(self._silence / 2, self._watch)
        if self._overdue() and self._process:
            log.warning("the forking process does not answer and is replaced")
            self._process.kill()  # Its end is noticed by the reader.

    def _wake_one(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _lost(self) -> None:
        """The forking process is gone. Workers at work go on; a new process is started."""
        self._ready.clear()
        self._asked = 0
        self._drop_control()
        if not self._closing:
            log.warning("the forking process ended; starting another")
            self._restarting = asyncio.get_running_loop().create_task(self._relaunch())

    async def _relaunch(self) -> None:
        if self._process:
            await asyncio.get_running_loop().run_in_executor(None, _wait, self._process)
        while True:
            await asyncio.sleep(_RESTART_PAUSE[min(self._failures, len(_RESTART_PAUSE) - 1)])
            self._failures += 1
            try:
                self._launch()
            except OSError as failure:
                log.warning("no forking process can be started", reason=failure.strerror)
            else:
                return

    def _drop_control(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Reap a process that has been told to end."""
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
