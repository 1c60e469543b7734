"""Broken requests by the thousand, each from a seed: what breaks once can be sent again."""

import contextlib
import json
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

RIGHT = {"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "pcm_mulaw", "text": "a"}
FIELDS = [*RIGHT, "sample_rate", "bitrate", "speed", "reduce_silence", "client_reference_id"]
NASTY: list[bytes] = [
    b"null", b"true", b"false", b"0", b"-1", b"1e400", b"-1e400", b"NaN", b"Infinity", b"-Infinity", b"1e-999",
    b"9" * 400, b"-9223372036854775809", b"18446744073709551616", b"0.1e", b"01", b"+1", b"[]", b"{}", b'""',
    b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\\x41"',
    b'"\n"',
    b'"' + b"a" * 60 + b'"', b'"' + "é".encode() * 300 + b'"', b"[" * 500, b'{"a":' * 500, b"'a'", b"//",
    b"undefined",
    b'"\xf0\x9f\x98\x80"', b'"../../etc/passwd"', b'"<script>"', b'"%s%n"', b'"\\u202e"', b'"  "', b"1.0", b"24000.5",
]  # fmt: skip
ENCODINGS = ["utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-16-be"]

Mutation = Callable[[random.Random, bytes], bytes]


def _value(rng: random.Random, _body: bytes) -> bytes:
    """A field with a value that is wrong."""
    fields = {name: json.dumps(value).encode() for name, value in RIGHT.items()}
    for name in rng.sample(FIELDS, rng.randint(1, 3)):
        fields[name] = rng.choice(NASTY)
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"


def _without(rng: random.Random, _body: bytes) -> bytes:
    kept = rng.sample(sorted(RIGHT), rng.randint(0, len(RIGHT) - 1))
    return json.dumps({name: RIGHT[name] for name in kept}).encode()


def _bytes(rng: random.Random, body: bytes) -> bytes:
    broken = bytearray(body)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(broken) + 1)
        match rng.randrange(3):
            case 0:
                broken[place:place] = rng.randbytes(rng.randint(1, 4))
            case 1:
                del broken[place : place + rng.randint(1, 6)]
            case _:
                broken[place : place + 1] = bytes([rng.randrange(256)])
    return bytes(broken)


def _cut(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(len(body))]


def _encoded(rng: random.Random, body: bytes) -> bytes:
    return body.decode().encode(rng.choice(ENCODINGS))


def _deep(rng: random.Random, _body: bytes) -> bytes:
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    depth = rng.choice([100, 1000, 2000, 40_000])
    return opening * depth + b"1" + closing * depth


def _noise(rng: random.Random, _body: bytes) -> bytes:
    return rng.randbytes(rng.choice([0, 1, 10, 1000]))


def _huge(rng: random.Random, body: bytes) -> bytes:
    return body[:-1] + b" " * rng.choice([262_144, 300_000, 5_000_000]) + b"}"


MUTATIONS: list[tuple[int, Mutation]] = [
    (30, _value), (10, _without), (30, _bytes), (10, _cut), (5, _encoded), (4, _deep), (6, _noise), (1, _huge),
]  # fmt: skip


def body_of(seed: int) -> bytes:
    """The broken body of that seed."""
    rng = random.Random(seed)
    mutation = rng.choices([each for _, each in MUTATIONS], [weight for weight, _ in MUTATIONS])[0]
    return mutation(rng, json.dumps(RIGHT).encode())


@dataclass
class Findings:
    """What a run saw.

    Args:
        statuses: How often each status came.
        broken: Seeds that got a 5xx, no answer in time, or a refusal that is no JSON of the dialect's.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


class _Answer:
    def __init__(self) -> None:
        self.body = bytearray()
        self.complete = False
        self.close = False

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_header(self, name: bytes, value: bytes) -> None:
        self.close = self.close or (name.lower(), value.lower()) == (b"connection", b"close")

    def on_message_complete(self) -> None:
        self.complete = True


def fuzz(url: str, key: str, seeds: range, *, patience: float = 20.0) -> Findings:
    """Send a broken body for each seed."""
    findings = Findings()
    for seed, (status, body) in zip(seeds, _answers(url, key, seeds, patience), strict=True):
        findings.statuses[status] = findings.statuses.get(status, 0) + 1
        if fault := _fault(status, body):
            findings.broken.append(f"fuzz.body_of({seed}): {fault}")
    return findings


def _fault(status: int, body: bytes) -> str | None:
    if status == 200:
        return None
    if status == 0 or status >= 500:
        return f"status {status}"
    try:
        told = json.loads(body)
    except ValueError:
        return "a refusal that is no JSON"
    if told.get("error_code") != status or not told.get("request_id"):
        return "a refusal that is none of the dialect's"
    return None


def _answers(url: str, key: str, seeds: range, patience: float) -> Iterator[tuple[int, bytes]]:
    """Status and body for each seed, on one connection as long as it lasts; 0 for no answer."""
    place = urlsplit(url)
    address = (place.hostname or "", place.port or 0)
    connection = socket.create_connection(address, timeout=patience)
    for seed in seeds:
        body = body_of(seed)
        head = (
            f"POST /tts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        answer = _Answer()
        parser = httptools.HttpResponseParser(answer)
        try:
            _exchange(connection, head.encode() + body, parser, answer)
            yield parser.get_status_code(), bytes(answer.body)
        except OSError:
            yield 0, b""
            answer.close = True
        if answer.close:
            connection.close()
            connection = socket.create_connection(address, timeout=patience)
    connection.close()


def _exchange(connection: socket.socket, request: bytes, parser: httptools.HttpResponseParser, answer: _Answer) -> None:
    # Refused before the whole body was sent: the answer is there to be read all the same.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(request)
    while not answer.complete:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError
        parser.feed_data(data)
