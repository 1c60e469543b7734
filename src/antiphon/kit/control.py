"""A server's door for its own operator: JSON lines over a Unix socket.

A request is one line, `{"verb": "...", "args": {...}}`; its reply is one line, `{"result": ...}` or
`{"error": {"code": "...", "message": "..."}}`. Only the user that runs the server, and root, get in.
"""

import asyncio
import contextlib
import json
import os
import socket
import stat
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

Handler = Callable[[dict[str, Any]], Awaitable[object]]

_LONGEST_REQUEST = 1 << 16
_LONGEST_REPLY = 1 << 24
_SECONDS = 10.0
"""How long a request may take to arrive, a verb to be done, and a client to wait."""
_LONGEST_PATH = 100
"""Bytes; the kernel takes 107, on some systems 103."""


class ControlError(Exception):
    """A request over the control socket came to nothing.

    Args:
        code: A stable word for the cause. Of this module: "not_serving", "in_use", "timeout", "bad_request",
            "unknown_verb", "bad_reply", "path_too_long". Others come from handlers.
        message: What to tell the operator.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@contextlib.asynccontextmanager
async def serve(
    path: Path, handlers: Mapping[str, Handler], *, users: Collection[int] | None = None
) -> AsyncIterator[None]:
    """Answer requests on a socket at `path` (0600) as long as the context lasts.

    A socket file that nobody answers on is replaced. Handlers refuse by raising `ControlError`; anything else
    they raise goes to the event loop's exception handler and the caller sees no answer.

    Args:
        path: Where the socket is to be; how long it is does not matter on Linux.
        handlers: What to do for each verb, given its arguments; their results are sent as JSON.
        users: Ids of the users that are let in; None is the server's own and root.

    Raises:
        ControlError: "in_use": another server answers there; "path_too_long".
        OSError: The socket cannot be made.
    """
    allowed = _own_users() if users is None else users
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        tasks.add(task)
        try:
            if _may_enter(writer, allowed):
                await _converse(reader, writer, handlers)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(connected, sock=_listening(path), limit=_LONGEST_REQUEST)
    try:
        yield
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        _remove(path)


def call(path: Path, verb: str, /, **args: object) -> Any:
    """Ask the server at `path` for `verb` and return its result.

    Raises:
        ControlError: Nobody answers, it takes too long, or the server refuses; see `ControlError.code`.
    """
    request = json.dumps({"verb": verb, "args": args}).encode() + b"\n"
    with _connected(path) as connection:
        try:
            connection.sendall(request)
            reply = _line(connection)
        except TimeoutError as error:
            raise ControlError("timeout", f"The server did not answer within {_SECONDS:g} s.") from error
        except OSError as error:
            raise ControlError("bad_reply", "The server hung up.") from error
    return _result(reply)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _listening(path: Path) -> socket.socket:
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # On Linux the file takes its mode from the socket, so that it is never open to others for a moment.
        os.fchmod(listener.fileno(), 0o600)
        with _short(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(16)
    except BaseException:
        listener.close()
        raise
    return listener


def _clear(path: Path) -> None:
    """Remove a socket that a killed server left. Anything else at `path` is let alone, and binding fails."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
        try:
            _connected(path).close()
        except ControlError as error:
            if error.code != "not_serving":
                raise
            path.unlink()
        else:
            raise ControlError("in_use", f"Another server answers on {path}.")


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address for `path` that fits into the kernel's 107 bytes, good for as long as the context lasts."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    if not Path("/proc/self/fd").is_dir():
        raise ControlError("path_too_long", f"{path} is too long for a socket. Choose a shorter data folder.")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_SECONDS)
    try:
        with _short(path) as address:
            connection.connect(address)
    except (ConnectionRefusedError, FileNotFoundError) as error:
        connection.close()
        raise ControlError("not_serving", f"Nobody answers on {path}.") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _line(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        return stream.readline(_LONGEST_REPLY)


def _result(reply: bytes) -> Any:
    try:
        answer = json.loads(reply)
    except ValueError as error:
        raise ControlError("bad_reply", "The server hung up without an answer; see its log.") from error
    if "error" in answer:
        raise ControlError(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def _own_users() -> frozenset[int]:
    return frozenset({0, os.geteuid()})


def _may_enter(writer: asyncio.StreamWriter, users: Collection[int]) -> bool:
    """Whether the peer is one of `users`. Where the system cannot tell, the file's mode must do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    # Not every event loop's socket has getsockopt, but each has a descriptor.
    descriptor = os.dup(writer.get_extra_info("socket").fileno())
    with socket.socket(fileno=descriptor) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _process, user, _group = struct.unpack("3i", credentials)
    return user in users


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handlers: Mapping[str, Handler]
) -> None:
    """Answer line after line until the peer leaves, is silent for too long or sends too long a line."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while True:
            try:
                async with asyncio.timeout(_SECONDS):
                    line = await reader.readline()
            except ValueError:  # asyncio's word for a line beyond the limit
                return
            if not line.endswith(b"\n"):
                return
            writer.write(json.dumps(await _answer(line, handlers)).encode() + b"\n")
            async with asyncio.timeout(_SECONDS):
                await writer.drain()


async def _answer(line: bytes, handlers: Mapping[str, Handler]) -> dict[str, Any]:
    try:
        handler, args = _request(line, handlers)
        async with asyncio.timeout(_SECONDS):
            return {"result": await handler(args)}
    except ControlError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except TimeoutError:
        return {"error": {"code": "timeout", "message": f"It took longer than {_SECONDS:g} s."}}


def _request(line: bytes, handlers: Mapping[str, Handler]) -> tuple[Handler, dict[str, Any]]:
    try:
        request = json.loads(line)
        verb, args = request["verb"], request["args"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ControlError("bad_request", "Not a request.") from error
    if not isinstance(verb, str) or not isinstance(args, dict):
        raise ControlError("bad_request", "Not a request.")
    if verb not in handlers:
        raise ControlError("unknown_verb", f"This server does not know {verb!r}. Is it of another release?")
    return handlers[verb], args
