"""Reading a request's body: bounded, strict."""

import asyncio
from typing import Any

import orjson
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest, TooLarge, UnsupportedMedia

_LARGE = 256 * 1024
"""Bytes from which on a body is read beside everything else."""


class ClientGone(Exception):
    """The client closed the connection: nobody is there to answer."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that (lower-case) name; None where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


async def read_json(scope: Scope, receive: Receive, *, most: int) -> Any:
    """The body as JSON.

    Strict, so that nothing can be read two ways: no NaN, no infinities, no numbers beyond 64 bits, no lone
    surrogates, UTF-8 only.

    Args:
        scope: The request.
        receive: Where the body comes from.
        most: Bytes that are read; more are refused without being kept.

    Raises:
        UnsupportedMedia: The content type is another.
        TooLarge: The body is longer than `most`.
        InvalidRequest: "json": it cannot be parsed; `line` and `column` say from where on.
        ClientGone: The client left before its end.
    """
    if (header(scope, b"content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMedia("content_encoding", "", expected="identity")
    content_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise UnsupportedMedia("content_type", "", expected="application/json")
    body = await read_bytes(scope, receive, most=most)
    try:
        # Of megabytes that takes long enough for others to notice.
        return await asyncio.to_thread(orjson.loads, body) if len(body) > _LARGE else orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise InvalidRequest("json", line=wrong.lineno, column=wrong.colno) from None


async def read_bytes(scope: Scope, receive: Receive, *, most: int) -> bytes:
    """The body as it is.

    Raises:
        TooLarge: It is longer than `most`.
        ClientGone: The client left before its end.
    """
    length = header(scope, b"content-length") or ""
    if length.isdecimal() and int(length) > most:
        raise TooLarge("body", "", limit=most)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge("body", "", limit=most)
        more = message.get("more_body", False)
    return bytes(body)
