"""Commands as processes of their own that need not import first what all of them do: they are forked off a process
that has, and then run as `python -c` would."""

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_IMPORTED = ("antiphon.cli.main", "antiphon.cli.verbs", "antiphon.house")
_LONGEST = 1 << 20


class Forking:
    """The process that is forked. `close` ends it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def run(
        self, program: str, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> tuple[int, str, str]:
        """Run a program to its end, in a folder; its status, output and errors. Any number may run at once."""
        wish = {"program": program, "arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, os.fdopen(reading, "rb") as told:
            try:
                socket.send_fds(self._ours, [json.dumps(wish).encode()], [out.fileno(), err.fileno(), writing])
            finally:
                os.close(writing)
            status = int(told.read())
            out.seek(0)
            err.seek(0)
            return status, out.read().decode(), err.read().decode()

    def close(self) -> None:
        self._ours.close()
        self._process.wait()


def _wished(wire: socket.socket) -> dict[str, Any] | None:
    """Fork whenever somebody wishes it. What comes back is for the fork to do; None at the end of it all."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Of those that wait, below, nobody asks how they end.
    while True:
        wish, files, _flags, _address = socket.recv_fds(wire, _LONGEST, 3)
        if not wish:
            return None
        if os.fork() == 0:
            break
        for file in files:
            os.close(file)
    wire.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out, err, telling = files
    if worker := os.fork():
        os.write(telling, b"%d" % os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
        os._exit(0)
    os.close(telling)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    return json.loads(wish)


if __name__ == "__main__":
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    wanted = _wished(socket.socket(fileno=int(sys.argv[1])))
    if wanted is not None:
        os.chdir(wanted["folder"])
        os.environ.clear()
        os.environ.update(wanted["environment"])
        sys.argv = ["-c", *wanted["arguments"]]
        exec(wanted["program"], {"__name__": "__main__"})  # noqa: S102 - that is what it is for
