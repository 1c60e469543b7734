"""Sending kept files, whole or in part."""

import re

from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import InvalidRequest
from antiphon.services.artifacts import File
from antiphon.web import stream
from antiphon.web.errors import Headers

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class RangeUnsatisfiable(InvalidRequest):
    """There are no such bytes in the file, which has `size`."""

    code = "range_unsatisfiable"

    def __init__(self, size: int) -> None:
        super().__init__("range")
        self.size = size


def span(wanted: str | None, size: int) -> tuple[int, int] | None:
    """The part of a file that a `Range` header asks for.

    What is no single range of bytes is passed over, as RFC 9110 (14.2) allows.

    Returns:
        From which byte on, and before which; None for the whole file.

    Raises:
        RangeUnsatisfiable: It lies outside.
    """
    parts = _RANGE.fullmatch((wanted or "").replace(" ", "").lower())
    if parts is None or parts[0] == "bytes=-":
        return None
    first, last = parts.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeUnsatisfiable(size)
    return start, end


async def send_file(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    file: File,
    headers: Headers,
    part: tuple[int, int] | None = None,
) -> None:
    """Send a file, or a part of it, with its type and length. The request's body must have been read or be empty.

    Raises:
        NotFound, Unavailable: Before anything was sent.
        ClientGone: The client left.
    """
    size = file.blob.size
    start, end = (0, size) if part is None else part
    status = 200 if part is None else 206
    fields: Headers = [
        (b"content-type", file.content_type.encode()),
        (b"content-length", str(end - start).encode()),
        *([] if part is None else [(b"content-range", f"bytes {start}-{end - 1}/{size}".encode())]),
        *headers,
    ]
    if scope["method"] == "HEAD":
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body"})
        return
    async with stream.while_connected(receive):
        chunks = file.blob.read(start, end)
        chunk = await anext(chunks, b"")
        await send({"type": "http.response.start", "status": status, "headers": fields})
        left = end - start - len(chunk)
        while chunk and left > 0:
            await stream.write(send, chunk)
            chunk = await anext(chunks, b"")
            left -= len(chunk)
    # Whoever has the last byte may close at once, so that it goes out with the end.
    await send({"type": "http.response.body", "body": chunk})
