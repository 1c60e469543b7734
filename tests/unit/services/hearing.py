"""A listener that hears what it is told to, and a place on this machine where recordings are."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from antiphon.domain.heard import Heard, HeardKey, HeardSection, HeardTempo, HearingFault
from antiphon.domain.ports import COPY
from antiphon.domain.units import Seconds

SONG = b"a song of twelve seconds"
BRIEF = b"a song of five and a half seconds"
LENGTHS = {SONG: 12.0, BRIEF: 5.5}


class ScriptedListener:
    """Hears songs in two files, and in others the fault that they are named for; nothing in the rest."""

    def __init__(self):
        self.heard = []
        self.closed = False

    async def hear(self, file, wanted, *, told, kept):
        self.heard.append((file, wanted))
        told("open")
        if file in LENGTHS:
            for piece in (b"copy of ", file) if wanted.copy else ():
                kept(COPY, piece)
            return song(LENGTHS[file])
        faults = {fault.value.encode(): fault for fault in HearingFault}
        return faults.get(file, HearingFault.UNREADABLE)

    async def close(self):
        self.closed = True


def song(seconds):
    """What is heard in a song with a beat every half second."""
    beats = tuple(Seconds(number / 2) for number in range(int(2 * seconds)))
    return Heard(
        seconds=Seconds(seconds),
        tempo=HeardTempo(bpm=120.0, alternative=60.0, steadiness=1.0),
        meter=4,
        beats=beats,
        downbeats=beats[::4],
        key=HeardKey(tonic=0, mode="major", certainty=1.0),
        chords=(),
        sections=(HeardSection(start=Seconds(0.0), end=Seconds(seconds), label="A", energy=1.0),),
    )


@dataclass
class Place:
    """A server on this machine.

    Args:
        url: Where it is, without a slash at the end.
        files: What is at which path: bytes, or another path that it leads to.
        asked: The paths that were asked for.
        posted: What was posted, by its headers and its body.
    """

    url: str
    files: dict[str, bytes | str]
    asked: list[str] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.decode().split(" ", 2)
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
        body = await reader.readexactly(int(length.partition(b":")[2]))
        self.asked.append(path)
        if method == "POST":
            self.posted.append(body)
        with contextlib.suppress(ConnectionError):
            writer.write(self._answer(path))
            await writer.drain()
        writer.close()

    def _answer(self, path):
        found = self.files.get(path)
        match found:
            case None:
                status, extra, body = "404 Not Found", "", b""
            case str():
                status, extra, body = "302 Found", f"Location: {found}\r\n", b""
            case _:
                status, extra, body = "200 OK", "", found
        return f"HTTP/1.1 {status}\r\n{extra}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.asynccontextmanager
async def place(files):
    """A place for recordings."""
    made = Place(url="", files=dict(files))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
