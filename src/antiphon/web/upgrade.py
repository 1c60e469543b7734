"""Requests that offer another protocol: h2c, which is declined, and websockets, which are taken."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

from antiphon.domain.errors import InvalidRequest

Fields = Sequence[tuple[bytes, bytes]]

VERSION = b"13"

_OFFER = frozenset({b"upgrade", b"http2-settings", b"connection"})
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3.
_NONCE = 16


class UpgradeRequired(InvalidRequest):
    """There is a websocket at the path, and the request is not its handshake."""

    code = "upgrade_required"


def declined(scope: Mapping[str, Any], target: bytes) -> bytes:
    """The head of a request as it would be without its offer to upgrade.

    Java's client offers h2c on every plain request, and a server may ignore that (RFC 9110, 7.8). But
    httptools (0.9.0) skips the body of a request with an offer: read again without it, it is an ordinary one.

    Args:
        scope: The request.
        target: What stood between its method and its version.
    """
    fields: Fields = scope["headers"]
    options = _tokens(fields, b"connection")
    lines = [b"%s %s HTTP/%s" % (scope["method"].encode(), target, scope["http_version"].encode())]
    lines += [b"%s: %s" % field for field in fields if field[0] not in _OFFER]
    lines += [b"connection: %s" % option for option in (b"close", b"keep-alive") if option in options]
    return b"\r\n".join([*lines, b"", b""])


def offers_websocket(scope: Mapping[str, Any]) -> bool:
    """Whether a request is the handshake of a websocket, if perhaps a broken one.

    Of another method or in HTTP/1.0, or with a body, it is none: the offer is ignored, as a server may.
    """
    fields = scope["headers"]
    return (
        scope["method"] == "GET"
        and scope["http_version"] == "1.1"
        and b"upgrade" in _tokens(fields, b"connection")
        and b"websocket" in _tokens(fields, b"upgrade")
        and all(length == b"0" for length in _values(fields, b"content-length"))
        and not _values(fields, b"transfer-encoding")
    )


def handshake_fault(fields: Fields) -> tuple[int, str] | None:
    """What is wrong with a handshake: the status and the sentence it is refused with."""
    if _values(fields, b"sec-websocket-version") != [VERSION]:
        return 426, "Websockets are spoken here in version 13."
    keys = _values(fields, b"sec-websocket-key")
    try:
        nonces = [base64.b64decode(key, validate=True) for key in keys]
    except binascii.Error:
        nonces = []
    if [len(nonce) for nonce in nonces] != [_NONCE]:
        return 400, "Sec-WebSocket-Key is missing or malformed."
    return None


def websocket_scope(scope: Mapping[str, Any]) -> Scope:
    """What an application is told of a websocket.

    Args:
        scope: The request that was its handshake.
    """
    offered = b",".join(_values(scope["headers"], b"sec-websocket-protocol")).decode("latin-1")
    return {
        **scope,
        "type": "websocket",
        "asgi": {**scope["asgi"], "spec_version": "2.4"},
        "scheme": {"http": "ws", "https": "wss"}[scope["scheme"]],
        "subprotocols": [name for part in offered.split(",") if (name := part.strip())],
    }


def acceptance(scope: Scope, *, subprotocol: str | None, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The answer that makes a connection a websocket.

    Args:
        scope: From `websocket_scope`.
        subprotocol: The one chosen of those that were offered.
        headers: Further fields.

    Raises:
        RuntimeError: The subprotocol was not offered, or a header is none.
    """
    (key,) = _values(scope["headers"], b"sec-websocket-key")
    digest = hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest()
    fields = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")]
    fields.append((b"sec-websocket-accept", base64.b64encode(digest)))
    if subprotocol is not None:
        if subprotocol not in scope["subprotocols"]:
            raise RuntimeError("the subprotocol was not offered")
        fields.append((b"sec-websocket-protocol", subprotocol.encode("latin-1")))
    return _head(101, [*fields, *headers])


def answer(status: int, *, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """The answer of an application that does not want the websocket.

    Raises:
        RuntimeError: A header is none.
    """
    framing = [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    named = {name for name, _ in framing}
    return _head(status, [*(field for field in headers if field[0].lower() not in named), *framing]) + body


def websocket_routes(path: str, endpoint: ASGIApp) -> Sequence[BaseRoute]:
    """Routes of a websocket: its own, and one that tells others what they need."""
    return [WebSocketRoute(path, endpoint), Route(path, _Instead(getattr(endpoint, "route_name", "websocket")))]


class _Instead:
    """Answers requests to a websocket's path that are no handshake."""

    def __init__(self, route_name: str) -> None:
        self.route_name = route_name

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise UpgradeRequired("upgrade")


def _head(status: int, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    lines = [STATUS_LINE[status]]
    for name, value in fields:
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
            raise RuntimeError("invalid response header")
        lines += (name.lower(), b": ", value, b"\r\n")
    return b"".join([*lines, b"\r\n"])


def _values(fields: Fields, wanted: bytes) -> list[bytes]:
    return [value.strip() for name, value in fields if name == wanted]


def _tokens(fields: Fields, wanted: bytes) -> set[bytes]:
    return {token.strip() for value in _values(fields, wanted) for token in value.lower().split(b",")}
