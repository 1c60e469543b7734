"""A nursery's child for tests: `python -m toy_cradle SOCKET [HOW]`. Its workers echo, with their own number first."""

import os
import socket
import sys

from antiphon.kit import cradle


def work(sock: socket.socket) -> None:
    while line := sock.recv(100):
        if line == b"die":
            os._exit(1)
        if line == b"fail":
            raise ValueError("as it was told")
        if line == b"spin":
            while True:
                pass
        sock.sendall(b"%d %s %s" % (os.getpid(), line, os.environ.get("TOY", "").encode()))


def barren() -> int:
    raise BlockingIOError("no more processes")


if __name__ == "__main__":
    if sys.argv[2:] == ["broken"]:
        sys.exit("it cannot be prepared")
    if sys.argv[2:] == ["barren"]:
        os.fork = barren
    cradle.tend(socket.socket(fileno=int(sys.argv[1])), work)
