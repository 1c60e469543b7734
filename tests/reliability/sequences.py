"""Mutated conversations on the websocket, against a real server: no 1011, no 500, nothing left behind.

python -m reliability.sequences --count 3000 --seed 1
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import apsw
import psutil

from e2e.running import KEY, Running, eventually, start, stop
from reliability.rough import CLOSE, CONTINUATION, PING, TEXT, Rough

AT_ONCE = 12
_QUIET = 0.04
"""Seconds without a word after which a client has heard enough."""
_SETTLED_WITHIN = 30.0
_OPEN = "SELECT count(*), coalesce(sum(held), 0) FROM open_request"
_GOOD_CLOSES = frozenset({1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1013})
_KNOWN = frozenset({"stream_id", "audio", "audio_end", "terminated", "timestamps", "error_code"})

_JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "x" * 51,
    "x" * 6000,
    "\x00\x1b",
    "🎶",
    "tts-rt-v1",
    [],
    [[]],
    {},
    {"a": []},
)
_BROKEN_TEXTS = (
    b"",
    b"{",
    b"null",
    b'"text"',
    b"[" * 5000,
    b'{"stream_id": NaN}',
    b'{"stream_id": "\\ud800", "text": "a"}',
    b'{"a":' * 2000,
    b"\xff\xfe",
    b'{"stream_id": "s0", "text": "\xff"}',
    b'{"keep_alive": false}',
    b'{"stream_id": "s0", "stream_id": "s1", "text": "a"}',
)


@dataclass(slots=True)
class Report:
    """What came of it."""

    seed: int
    sequences: int = 0
    messages: int = 0
    errors: int = 0
    streams: int = 0
    closes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Chat:
    """One sequence: what is said, and how."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)
        self.script = self._conversation()
        for _ in range(self.chance.randrange(5)):
            self._mutate()

    def _conversation(self) -> list[dict[str, Any] | bytes]:
        """A right one, of up to three streams whose messages are mixed."""
        streams = [list(self._stream(f"s{number}")) for number in range(self.chance.randrange(1, 4))]
        mixed: list[dict[str, Any] | bytes] = []
        while any(streams):
            mixed.append(self.chance.choice([stream for stream in streams if stream]).pop(0))
        return mixed

    def _stream(self, name: str) -> Iterator[dict[str, Any]]:
        formats = ("pcm_s16le", "mp3", "opus", "wav", "flac", "aac", "pcm_mulaw")
        model, voice = self.chance.choice([("tone", "Sine")] * 4 + [("tts-rt-v2", "Adrian")])
        codec = self.chance.choice(formats) if model != "tone" else "pcm_s16le"
        yield {"stream_id": name, "model": model, "language": "en", "voice": voice, "audio_format": codec}
        for _ in range(self.chance.randrange(5)):
            yield {"stream_id": name, "text": self.chance.choice(("Hello. ", "And then, ", "a", " ", "Yes! No?"))}
        if self.chance.random() < 0.3:
            yield {"keep_alive": True}
        match self.chance.randrange(4):
            case 0:
                yield {"stream_id": name, "cancel": True}
            case 1:
                pass
            case _:
                yield {"stream_id": name, "text": "", "text_end": True}

    def _mutate(self) -> None:
        place = self.chance.randrange(len(self.script))
        match self.chance.randrange(8):
            case 0:
                self.script.insert(place, self.script[place])
            case 1 if len(self.script) > 1:
                self.script.pop(place)
            case 2:
                other = self.chance.randrange(len(self.script))
                self.script[place], self.script[other] = self.script[other], self.script[place]
            case 3:
                self.script.insert(place, self.chance.choice(_BROKEN_TEXTS))
            case 4:
                text = json.dumps(_plain(self.script[place])).encode()
                self.script[place] = text[: self.chance.randrange(len(text))]
            case _:
                self.script[place] = self._bent(_plain(self.script[place]))

    def _bent(self, message: dict[str, Any]) -> dict[str, Any]:
        name = self.chance.choice([*message, "api_key", "sample_rate", "bitrate", "speed", "stream_id", "cancel", "x"])
        bent = {**message, name: self.chance.choice(_JUNK)}
        if self.chance.random() < 0.2:
            bent.pop(self.chance.choice(list(bent)))
        return bent

    def head(self) -> dict[str, str]:
        """The headers of the handshake, now and then wrong."""
        match self.chance.randrange(12):
            case 0:
                return {}
            case 1:
                return {"Authorization": "Bearer wrong-key-of-24-characters"}
            case 2:
                return {"Authorization": "Basic eDp5"}
            case 3:
                return {"Sec-WebSocket-Protocol": f"soniox-api-key, {KEY}"}
            case 4:
                return {"Sec-WebSocket-Protocol": "soniox-api-key", "Authorization": f"Bearer {KEY}"}
            case _:
                return {"Authorization": f"Bearer {KEY}"}


def _plain(message: dict[str, Any] | bytes) -> dict[str, Any]:
    return message if isinstance(message, dict) else {"stream_id": "s0", "text": "a"}


class Crowd:
    """Clients that hold such conversations with one server.

    Args:
        running: The server.
        seed: Of all that is said.
    """

    def __init__(self, running: Running, *, seed: int) -> None:
        self.report = Report(seed)
        self._running = running
        self._closes: Counter[str] = Counter()

    async def talk(self, count: int) -> None:
        numbers = iter(range(count))

        async def one_by_one() -> None:
            for number in numbers:
                await self._sequence(f"{self.report.seed}-{number}")

        await asyncio.gather(*(one_by_one() for _ in range(AT_ONCE)))
        self.report.closes = dict(self._closes)

    async def _sequence(self, seed: str) -> None:
        chat = Chat(seed)
        self.report.sequences += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with await Rough.connect(self._running.url, "/tts-websocket", head=chat.head()) as rough:
                for message in chat.script:
                    await self._send(chat, rough, message)
                self._judge(seed, await rough.listen(quiet=_QUIET))
                self._part(chat, rough)

    async def _send(self, chat: Chat, rough: Rough, message: dict[str, Any] | bytes) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.report.messages += 1
        manner = chat.chance.randrange(150)
        match manner:
            case 0:
                await rough.send(payload, binary=True)
            case 1:
                middle = len(payload) // 2
                await rough.send(payload[:middle], final=False)
                await rough.frame(PING, b"between")
                await rough.frame(CONTINUATION, payload[middle:])
            case 2 | 3 | 4 | 5 | 6 | 7 | 8:
                await self._misbehave(chat, rough, payload, manner)
            case _:
                await rough.send(payload)

    async def _misbehave(self, chat: Chat, rough: Rough, payload: bytes, manner: int) -> None:
        """Send what no client of good manners would."""
        match manner:
            case 2:
                await rough.raw(chat.chance.randbytes(chat.chance.randrange(1, 40)))
            case 3:
                await rough.frame(chat.chance.choice((CONTINUATION, 3, 11)), payload)
            case 4:
                await rough.send(payload, masked=False)
            case 5:
                await rough.raw(rough.framed(TEXT, payload)[: chat.chance.randrange(1, 6)])
                rough.cut()
            case 6:
                await rough.send(b"x" * chat.chance.choice((256 * 1024, 256 * 1024 + 1, 600_000)))
            case 7:
                await rough.raw(b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff")  # Says that 2**63 bytes follow.
            case _:
                for _ in range(200):
                    await rough.frame(PING, b"?" * 125)

    def _part(self, chat: Chat, rough: Rough) -> None:
        """Leave in one of the ways in which clients leave."""
        match chat.chance.randrange(4):
            case 0:
                rough.cut()
            case 1:
                rough.write_frame(CLOSE, b"\x03\xe8")
            case 2:
                rough.write_frame(CLOSE, chat.chance.choice((b"", b"\x00", b"\x03\xf3", b"\xff\xff", b"\x03\xe8\xff")))
            case _:
                pass

    def _judge(self, seed: str, heard: list[tuple[int, bytes]]) -> None:
        for opcode, payload in heard:
            if opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else 1005
                self._closes[str(code)] += 1
                if code not in _GOOD_CLOSES:
                    self.report.faults.append(f"{seed}: closed with {code}")
            elif opcode == TEXT:
                self._judge_message(seed, json.loads(payload))

    def _judge_message(self, seed: str, message: dict[str, Any]) -> None:
        self.report.streams += "terminated" in message
        self.report.errors += "error_code" in message
        if message.get("error_code") == 500:
            self.report.faults.append(f"{seed}: {message}")
        if not _KNOWN & message.keys():
            self.report.faults.append(f"{seed}: unknown message {sorted(message)}")


@dataclass(frozen=True, slots=True)
class Left:
    """What a server has of past connections."""

    descriptors: int
    children: int
    streams: int
    held: int
    sockets: int


def left_in(running: Running) -> Left:
    """What it has now."""
    process = psutil.Process(running.process.pid)
    books = apsw.Connection(str(running.data / "antiphon.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        ((streams, held),) = books.execute(_OPEN).fetchall()
    finally:
        books.close()
    with running.client() as http:
        lines = http.get("/metrics").text.splitlines()
    (sockets,) = (float(line.split()[1]) for line in lines if line.startswith("antiphon_websockets_open "))
    return Left(process.num_fds(), len(process.children(recursive=True)), streams, held, int(sockets))


def settled(running: Running, before: Left) -> str:
    """Whether it is as before, waiting for that a while; what is left, or ""."""
    found = before

    def is_as_before() -> bool:
        nonlocal found
        found = left_in(running)
        # A spare renderer more or less is on its way at any time, with its socket.
        close = abs(found.children - before.children) <= 1 and found.descriptors - before.descriptors <= 4
        return close and (found.streams, found.held, found.sockets) == (0, 0, 0)

    try:
        eventually(is_as_before, within=_SETTLED_WITHIN)
    except AssertionError:
        return f"left behind: {found}, before: {before}"
    return ""


def besiege(folder: Path, *, count: int, seed: int, module: str = "antiphon") -> Report:
    """Hold so many conversations with a server of its own."""
    tests = str(Path(__file__).parents[1])
    running = start(folder / "data", module=module, ANTIPHON_DRAIN_SECONDS="2", PYTHONPATH=tests)
    began = time.monotonic()
    crowd = Crowd(running, seed=seed)
    report = crowd.report
    try:
        assert running.say().status_code == 200  # All that is made on first use is made.
        before = left_in(running)
        asyncio.run(crowd.talk(count))
        if fault := settled(running, before):
            report.faults.append(fault)
        if running.say().status_code != 200:
            report.faults.append("it serves no more")
    finally:
        code = stop(running)
    if code:
        report.faults.append(f"it ended with {code}")
    log = (folder / "data.log").read_text()
    if "application failed" in log or "Traceback" in log:
        report.faults.append(f"its log tells of failures: {log[-2000:]}")
    report.seconds = time.monotonic() - began
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutated conversations on the websocket.")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--planted", default="", help='"leaky": a server that does not notice when clients leave')
    parser.add_argument("--json", action="store_true", help="as it always is; the other harnesses have it")
    given = parser.parse_args()
    module = f"reliability.{given.planted}" if given.planted else "antiphon"
    with tempfile.TemporaryDirectory() as folder:
        report = besiege(Path(folder), count=given.count, seed=given.seed, module=module)
    sys.stdout.write(json.dumps(asdict(report)) + "\n")


if __name__ == "__main__":
    main()
