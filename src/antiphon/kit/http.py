"""Outgoing requests. There is no other way out.

What a stranger's URL names is looked up once, checked, and connected to at the very address that was checked.
"""

import asyncio
import functools
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import structlog

from antiphon.kit.addresses import Address, Network, is_loopback, is_public, parsed, within
from antiphon.kit.names import Resolve, Resolver

_PORTS = frozenset({80, 443, 8443})
"""Of public servers. Those that an operator allowed may have any."""
_SCHEMES = ("https", "http")
_LONGEST_URL = 2048
_HOST = re.compile(r"([\w-]{1,63}\.)*[\w-]{1,63}\.?|[0-9a-f.]*:[0-9a-f:.]+", re.ASCII | re.IGNORECASE)
"""A name, or an address; of version 6 with colons. Python's TLS stumbles over names with empty or long labels."""
_AT_ONCE = 256
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS = 5.0

log = structlog.get_logger("antiphon.http")


class Refused(Exception):
    """A request that is not made.

    Args:
        reason: "url", "scheme", "port", "address", "redirects", "too_large".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """Nobody answered, or not in time, or in no way that can be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Where requests may go.

    Args:
        allowed: Networks besides the public ones; an operator's word.
        loopback: Whether this machine's own addresses are allowed, as they are for a server that only it can reach.
        plain: Whether `http:` may be used with public servers.
    """

    allowed: tuple[Network, ...] = ()
    loopback: bool = False
    plain: bool = False

    def is_private_friend(self, address: Address) -> bool:
        """Whether an address that is not for everybody may be talked to all the same."""
        return within(address, self.allowed) or (self.loopback and is_loopback(address))

    def check(self, addresses: Iterable[Address], *, port: int, secure: bool) -> None:
        """Let a host pass of which all addresses may be talked to.

        Raises:
            Refused: "address", "port", "scheme".
        """
        for address in addresses:
            if self.is_private_friend(address):
                continue
            if not is_public(address):
                raise Refused("address")
            if port not in _PORTS:
                raise Refused("port")
            if not (secure or self.plain):
                raise Refused("scheme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the body is nobody's business, and is not read."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Makes outgoing requests.

    Args:
        rules: Where they may go.
        resolve: Finds addresses; the system's unless a test brings its own.
        trust: The certificates that are believed; the system's unless a test brings its own.
    """

    def __init__(self, rules: Rules, *, resolve: Resolve | None = None, trust: ssl.SSLContext | None = None) -> None:
        context = trust or _systems_trust()
        resolve = resolve or Resolver()
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=context,
                network_backend=_Guard(rules, resolve, secure=scheme == "https"),
                max_connections=_AT_ONCE,
                max_keepalive_connections=0,  # A connection that is kept was checked for another request.
            )
            for scheme in _SCHEMES
        }

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
        """Post a body, and hear how it was taken. Redirects are not followed.

        Args:
            url: Where to.
            body: The bytes.
            headers: To go with it, besides those that HTTP needs.
            seconds: For all of it.

        Raises:
            Refused: It may not go there.
            Unreachable: Nobody answered in time.
        """
        async with self._asked("POST", target(url), body, headers, seconds=seconds) as answer:
            return Answer(status=answer.status, headers=_headers(answer))

    async def ask(self, url: str, body: bytes, headers: Mapping[str, str], *, most: int, seconds: float) -> bytes:
        """Post a body, and read what comes back. Redirects are not followed.

        Args:
            url: Where to.
            body: The bytes.
            headers: To go with it, besides those that HTTP needs.
            most: Bytes that the answer may have.
            seconds: For all of it.

        Raises:
            Refused: "too_large", or it may not go there.
            Unreachable: Nobody answered in time, or not with 200.
        """
        async with self._asked("POST", target(url), body, headers, seconds=seconds) as answer:
            if answer.status != httpx.codes.OK:
                raise Unreachable(f"status {answer.status}")
            return await _body(answer, most)

    async def get(self, url: str, *, most: int, seconds: float, redirects: int = 3) -> bytes:
        """Fetch a file, over a few redirects, each of which is checked like the first.

        Args:
            url: Where it is.
            most: Bytes that it may have; what a server claims is not believed.
            seconds: For all of it.
            redirects: How many.

        Raises:
            Refused: "redirects", "too_large", or it may not be fetched from there.
            Unreachable: There is no such file, or it did not come in time.
        """
        at = target(url)
        ends = asyncio.get_running_loop().time() + seconds
        for _ in range(redirects + 1):
            left = ends - asyncio.get_running_loop().time()
            async with self._asked("GET", at, b"", {"Accept": "*/*"}, seconds=left) as answer:
                if answer.status in _REDIRECTS:
                    at = _next(at, _headers(answer).get("location", ""))
                    continue
                if answer.status != httpx.codes.OK:
                    raise Unreachable(f"status {answer.status}")
                return await _body(answer, most)
        raise Refused("redirects")

    async def close(self) -> None:
        """Let go of all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    @asynccontextmanager
    async def _asked(
        self, method: str, url: httpx.URL, body: bytes, headers: Mapping[str, str], *, seconds: float
    ) -> AsyncIterator[httpcore.Response]:
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[
                ("Host", url.netloc),
                ("User-Agent", "Antiphon"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
                *headers.items(),
            ],
            content=body,
            extensions={"timeout": {"connect": _CONNECT_SECONDS, "read": seconds, "write": seconds, "pool": seconds}},
        )
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                answer = await self._pools[url.scheme].handle_async_request(request)
                try:
                    yield answer
                finally:
                    await answer.aclose()
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError, ValueError) as error:
            # ValueError: of a name that TLS cannot ask for.
            raise Unreachable(type(error).__name__) from error


def target(url: str) -> httpx.URL:
    """A URL that a request can be made to. Whether it may is decided where its host's addresses are known.

    Raises:
        Refused: "url": it is none, too long, or carries a name and password; "scheme": neither https nor http.
    """
    try:
        parts = httpx.URL(url)
        host = parts.raw_host.decode("ascii")
    except (httpx.InvalidURL, TypeError, UnicodeError, ValueError):
        raise Refused("url") from None
    if len(url) > _LONGEST_URL or not url.isprintable() or parts.userinfo or not _HOST.fullmatch(host):
        raise Refused("url")
    if parts.port is not None and parts.port not in range(1, 65_536):
        raise Refused("url")
    if parts.scheme not in _SCHEMES:
        raise Refused("scheme")
    return parts.copy_with(fragment=None)


def _next(at: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads.

    Raises:
        Refused: As `target`.
    """
    try:
        return target(str(at.join(location)))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Refused("url") from None


async def _body(answer: httpcore.Response, most: int) -> bytes:
    """What was sent, as far as it is not more than it may be."""
    body = bytearray()
    async for piece in answer.aiter_stream():
        body += piece
        if len(body) > most:
            raise Refused("too_large")
    return bytes(body)


@functools.cache
def _systems_trust() -> ssl.SSLContext:
    """What the system believes in. To read it takes 30 ms: once is enough for all clients."""
    return ssl.create_default_context()


def _headers(answer: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to what a host's name stands for, if all of that may be talked to."""

    def __init__(self, rules: Rules, resolve: Resolve, *, secure: bool) -> None:
        self._rules = rules
        self._resolve = resolve
        self._secure = secure
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await self._resolve(host, port)
            addresses = [parsed(text) for text in found]
        except (OSError, UnicodeError, ValueError) as unknown:
            raise httpcore.ConnectError("no such host") from unknown
        self._rules.check(addresses, port=port, secure=self._secure)
        if any(map(is_loopback, addresses)):
            log.info("a request to this machine itself", host=host, port=port)
        failure: Exception = httpcore.ConnectError("no such host")
        for address in dict.fromkeys(map(str, addresses)):
            try:
                return _Line(await self._plain.connect_tcp(address, port, timeout, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as unreachable:
                failure = unreachable
        raise failure

    async def connect_unix_socket(self, *_args: object, **_options: object) -> httpcore.AsyncNetworkStream:
        raise Refused("scheme")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Line(httpcore.AsyncNetworkStream):
    """A connection that is closed at once where nobody waits any more for its TLS; httpcore leaves that to chance.

    Args:
        stream: The connection.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as below
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as below
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise
