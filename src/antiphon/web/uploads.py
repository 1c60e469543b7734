"""Reading a form with files: bounded, and never more of it in memory than a part."""

import asyncio
import contextlib
import hashlib
import io
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest, TooLarge, Unavailable, UnavailableCause, UnsupportedMedia
from antiphon.web.body import ClientGone, header

_MOST_FIELDS = 16
_LARGEST_FIELD = 16 * 1024
_READ_AT_ONCE = 256 * 1024
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{1,70}")  # RFC 2046, 5.1.1.


@contextlib.asynccontextmanager
async def read_form(scope: Scope, receive: Receive, *, most: int) -> AsyncIterator[FormData]:
    """The fields and the one file of a form; the file lies on disk if it is large, and goes with the context.

    Args:
        scope: The request.
        receive: Where the body comes from.
        most: Bytes of the whole body that are read; more are refused without being kept.

    Raises:
        UnsupportedMedia: It is no form with files.
        TooLarge: The body is longer than `most`.
        InvalidRequest: "form": it cannot be parsed, or has too many fields, or files.
        ClientGone: The client left before its end.
        Unavailable: The file cannot be written.
    """
    parser = MultiPartParser(
        Headers({"content-type": f"multipart/form-data; boundary={_boundary(scope)}"}),
        body_of(scope, receive, most=most),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=_LARGEST_FIELD,
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise InvalidRequest("form") from None
    except OSError as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure
    try:
        yield form
    finally:
        await form.close()


async def chunks(file: UploadFile) -> AsyncIterator[bytes]:
    """A file in pieces.

    Raises:
        Unavailable: It cannot be read.
    """
    try:
        while chunk := await file.read(_READ_AT_ONCE):
            yield chunk
    except OSError as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure


def _boundary(scope: Scope) -> str:
    """What stands between the parts. Of the header nothing else is used: texts are UTF-8, whatever it says."""
    content_type, options = parse_options_header((header(scope, b"content-type") or "").encode("latin-1"))
    if content_type != b"multipart/form-data":
        raise UnsupportedMedia("content_type", "", expected="multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not _BOUNDARY.fullmatch(boundary):
        raise InvalidRequest("form")
    return f'"{boundary.decode()}"'


@contextlib.asynccontextmanager
async def kept(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[Path, str]]:
    """A file of this machine's with what comes, and its SHA-256 in hexadecimal. It goes with the context.

    Raises:
        Unavailable: The file cannot be written.
    """
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "file"
        try:
            with path.open("wb", buffering=0) as file:
                async for piece in pieces:
                    digest.update(piece)
                    await asyncio.to_thread(_write, file, piece)
        except OSError as failure:
            raise Unavailable(UnavailableCause.STORE_FAILED) from failure
        yield path, digest.hexdigest()


def _write(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


async def body_of(scope: Scope, receive: Receive, *, most: int) -> AsyncGenerator[bytes, None]:
    """A request's body in pieces.

    Raises:
        TooLarge: It is longer than `most`.
        ClientGone: The client left before its end.
    """
    length = header(scope, b"content-length") or ""
    if length.isdecimal() and int(length) > most:
        raise TooLarge("body", "", limit=most)
    taken, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body = message.get("body", b"")
        taken += len(body)
        if taken > most:
            raise TooLarge("body", "", limit=most)
        if body:
            yield body
        more = message.get("more_body", False)
