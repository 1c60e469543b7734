"""URLs that lead to what is not for everybody, in all the ways that are known, and what a client connects to for them.

python tests/unit/kit/forbidden.py [--planted first-answer]
"""

import argparse
import asyncio
import contextlib
import itertools
import logging
import socket
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import httpcore
import orjson
import structlog

from antiphon.kit import http
from antiphon.kit.addresses import networks, parsed

PUBLIC = "93.184.216.34"
SIGNPOST = "127.0.0.9"
"""Where redirects come from: the operator allowed this one address."""

# Written down again, not taken from the product: who checks is not to be who is checked.
NETWORKS_4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 100.100.100.200/32 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 169.254.169.254/32
    169.254.170.2/32 172.16.0.0/12 192.0.0.0/24 192.0.0.192/32 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
""".split()  # noqa: SIM905 - a table
NETWORKS_6 = """
    ::/128 ::1/128 100::/64 2001::/32 2001:2::/48 2001:10::/28 2001:20::/28 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7
    fd00:ec2::254/128 fd20:ce::254/128 fe80::/10 fec0::/10 ff00::/8 64:ff9b::/96 64:ff9b:1::/48 2002::/16 4000::/3
""".split()  # noqa: SIM905 - as above
NAMES = {name: ["127.0.0.1", "::1"] for name in ("localhost", "localhost.", "LOCALHOST", "a.localhost", "loghost")}

_AT_ONCE = 32
_SCHEMES = ("https", "http", "HTTPS", "hTTp")
_PORTS = ("", ":80", ":443", ":8443", ":8080", ":22", ":6379", ":0443")
_USERS = (*("",) * 8, "public.example@", "a:b@", f"{PUBLIC}:443@")
_TAILS = ("/", "/hook?a=b", f"/#@{PUBLIC}/", "", "/..;/")


def addresses() -> Iterator[IPv4Address | IPv6Address]:
    """The first, the last and one in the middle of each network."""
    for network in (*map(IPv4Network, NETWORKS_4), *map(IPv6Network, NETWORKS_6)):
        size = network.num_addresses
        yield from sorted({network[0], network[size // 3], network[size - 1]})


def spellings_4(address: IPv4Address) -> Iterator[str]:
    a, b, c, d = address.packed
    number, high, low = int(address), f"{a:02x}{b:02x}", f"{c:02x}{d:02x}"
    dotted = str(address)
    yield from (dotted, f"{dotted}.", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"00000{a:o}.{b}.{c}.{d}")
    yield from (f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0X{a:X}.{b}.0{c:o}.{d}", str(number), f"0x{number:x}")
    yield from (
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.{b << 16 | c << 8 | d}",
    )
    yield from (
        f"[::ffff:{dotted}]",
        f"[::ffff:{high}:{low}]",
        f"[0:0:0:0:0:FFFF:{high.upper()}:{low}]",
        f"[::{dotted}]",
    )
    yield from (
        f"[64:ff9b::{dotted}]",
        f"[64:ff9b:1::{high}:{low}]",
        f"[2002:{high}:{low}::1]",
        f"[fe80::5efe:{dotted}]",
    )
    yield from (f"[2001:0:{high}:{low}::]", f"[2001:0:5db8:d822::{number ^ 0xFFFFFFFF:x}]"[:45])
    yield from (f"[::ffff:0:{dotted}]", f"[::ffff:{dotted}%25eth0]", f"[::ffff:{dotted}%lo]", f"[{dotted}]")
    yield dotted.translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})  # Full-width digits,
    yield dotted.translate({ord("."): "。"})  # the stop of the Far East,
    yield dotted.translate({ord("1"): "①", ord("2"): "②", ord("."): "．"})  # noqa: RUF001 - and circled ones.
    yield from ("".join(f"%{ord(each):02x}" for each in dotted), f"{dotted}%00.example", f"{dotted}\\@{PUBLIC}")


def spellings_6(address: IPv6Address) -> Iterator[str]:
    yield from (f"[{address}]", f"[{address.exploded}]", f"[{address.exploded.upper()}]", f"[{address}%25lo]")
    yield from (
        f"[{address}%lo]",
        f"[{address}%1]",
        f"[{address}].",
        f"[{str(address).replace(':', '%3a')}]",
        str(address),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A URL, and what the name in it stands for: the answers to the first question, the second, ..."""

    url: str
    name: str = ""
    answers: tuple[tuple[str, ...], ...] = ()


def corpus(signpost: int) -> Iterator[Case]:
    """All cases; the signpost listens on that port."""
    schemes, ports, users, tails = map(itertools.cycle, (_SCHEMES, _PORTS, _USERS, _TAILS))
    numbers = itertools.count()

    def url(host: str) -> str:
        return f"{next(schemes)}://{next(users)}{host}{next(ports)}{next(tails)}"

    def signs(to: str) -> str:
        return f"http://{SIGNPOST}:{signpost}/?{quote(to, safe='')}"

    for address in addresses():
        spelt = spellings_4(address) if isinstance(address, IPv4Address) else spellings_6(address)
        for host in spelt:
            yield Case(url(host))
        literal = str(address) if isinstance(address, IPv4Address) else f"[{address}]"
        for to in (f"http://{literal}/", f"//{literal}:443/", f"https://{literal}\\@{PUBLIC}/"):
            yield Case(signs(to))
        text = str(address)
        for answers in (
            [(text,)],
            [(PUBLIC, text)],
            [(text, PUBLIC)],
            [(PUBLIC,), (text,)],
            [(PUBLIC,)] * 2 + [(text,)],
        ):
            name = f"n{next(numbers)}.example"
            yield Case(f"https://{name}/", name, tuple(answers))
        name = f"n{next(numbers)}.example"
        yield Case(signs(f"https://{name}/"), name, ((text,),))
    for local in NAMES:
        for _ in range(5):
            yield Case(url(local))


class Names:
    """Stands for all of DNS. What is an address in any spelling, the system reads.

    Args:
        answers: What it says of a name, question by question; the last answer stays.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(each) for name, each in answers.items()}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if host in NAMES:
            return NAMES[host]
        if answers := self._answers.get(host):
            return answers.pop(0) if len(answers) > 1 else answers[0]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(address[0]) for *_, address in found]


class Watch:
    """Sees every connect that Python makes, lets those to the signpost pass, and notes and stops all others."""

    def __init__(self) -> None:
        self.forbidden: Counter[str] = Counter()
        self.allowed: Counter[str] = Counter()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            return
        host = str(arguments[1][0] if isinstance(arguments[1], tuple) else arguments[1])
        (self.allowed if host in {SIGNPOST, PUBLIC} else self.forbidden)[host] += 1
        if host != SIGNPOST:
            raise ConnectionRefusedError("nobody is to be reached")


async def point(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a redirect to what the query asks for."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
        to = unquote_to_bytes(line.partition(b"?")[2])
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n")
        await writer.drain()
    writer.close()


async def run(watch: Watch, every: int) -> dict[str, object]:
    """Ask for every URL of the corpus, or every so manieth: posted, fetched, and names fetched again."""
    server = await asyncio.start_server(point, SIGNPOST, 0)
    cases = list(corpus(server.sockets[0].getsockname()[1]))[::every]
    names = Names({case.name: case.answers for case in cases})
    client = http.Client(http.Rules(allowed=networks([f"{SIGNPOST}/32"]), plain=True), resolve=names)
    ends: Counter[str] = Counter()

    async def end(asked: Awaitable[object]) -> None:
        try:
            await asked
            ends["answered"] += 1
        except http.Refused as refused:
            ends[refused.reason] += 1
        except http.Unreachable:
            ends["unreachable"] += 1

    async def ask(case: Case) -> None:
        await end(client.post(case.url, b"{}", {}, seconds=5))
        for _ in range(2 if case.name else 1):
            await end(client.get(case.url, most=1000, seconds=5))

    for at in range(0, len(cases), _AT_ONCE):
        await asyncio.gather(*map(ask, cases[at:][:_AT_ONCE]))
    await client.close()
    server.close()
    urls = len({(case.url, case.answers) for case in cases})
    return {"urls": urls, "ends": ends, "allowed": watch.allowed, "forbidden": watch.forbidden}


class ChecksTheFirst(http._Guard):
    """Planted: of several answers only the first is checked, and all are tried."""

    async def connect_tcp(self, host: str, port: int, *rest: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        found = await self._resolve(host, port)
        self._rules.check([parsed(found[0])], port=port, secure=self._secure)
        return await _first_that_answers(self._plain, found, port, *rest, **options)


class AsksTwice(http._Guard):
    """Planted: the name is asked for once more when its address has been checked."""

    async def connect_tcp(self, host: str, port: int, *rest: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self._rules.check(map(parsed, await self._resolve(host, port)), port=port, secure=self._secure)
        return await _first_that_answers(self._plain, await self._resolve(host, port), port, *rest, **options)


async def _first_that_answers(
    plain: httpcore.AsyncNetworkBackend, found: Sequence[str], port: int, *rest: Any, **options: Any
) -> httpcore.AsyncNetworkStream:
    for address in found:
        with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
            return await plain.connect_tcp(address, port, *rest, **options)
    raise httpcore.ConnectError("nobody")


def believes_python(address: IPv4Address | IPv6Address) -> bool:
    """Planted: what the standard library takes for private is forbidden, and nothing else."""
    return not (address.is_private or address.is_loopback or address.is_link_local or address.is_multicast)


PLANTED: Mapping[str, tuple[str, object]] = {
    "": ("_Guard", http._Guard),
    "first-answer": ("_Guard", ChecksTheFirst),
    "asks-twice": ("_Guard", AsksTwice),
    "python-knows": ("is_public", believes_python),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask for what is forbidden.")
    parser.add_argument("--planted", choices=[*PLANTED], default="")
    parser.add_argument("--every", type=int, default=1, help="of how many cases one is taken")
    given = parser.parse_args()
    setattr(http, *PLANTED[given.planted])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    watch = Watch()
    sys.addaudithook(watch)
    try:
        report = asyncio.run(run(watch, given.every))
    except Exception:  # noqa: BLE001 - whatever it was, it is part of the report
        report = {"error": traceback.format_exc()}
    sys.stdout.buffer.write(orjson.dumps(report))


if __name__ == "__main__":
    main()
