"""`antiphon keys`: through the server that holds the data folder, or on the folder itself where none does."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.domain.errors import AntiphonError
from antiphon.kit.clock import SystemClock
from antiphon.kit.control import ControlError, call
from antiphon.services.keys import Keys
from antiphon.settings import Settings, SettingsError, load
from antiphon.store.errors import FolderInUse, FolderUnusable
from antiphon.store.folder import DataFolder, control_socket
from antiphon.store.sqlite import SqliteStore
from antiphon.surfaces.ops.control import control_handlers

_TRIES = 30
_PAUSE = 0.1
"""Seconds. A server that is just starting holds its folder for a moment before it answers."""

keys = typer.Typer(
    help="Make, list and revoke API keys. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_Data = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder. Default: $ANTIPHON_DATA, or else ./data.", show_default=False),
]


@keys.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What to call the key in lists.")] = "cli",
    data: _Data = None,
) -> None:
    """Make a key and print it, this once: it cannot be shown again.

    The key alone goes to standard output, so that KEY=$(antiphon keys create) works.
    """
    made = _ask(data, "keys.create", name=name)
    typer.echo(made["key"])
    typer.echo(f"Key {made['id']} ({made['name']}). Keep it: it will not be shown again.", err=True)


@keys.command(name="list")
def list_(
    data: _Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List all keys, revoked ones too, oldest first."""
    found = [_readable(key) for key in _ask(data, "keys.list")["keys"]]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [(key["id"], key["prefix"] + "…", key["name"], *_history(key)) for key in found]
    for line in _table(("ID", "KEY", "NAME", "CREATED", "LAST USED", "STATE"), rows):
        typer.echo(line)


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, or its first characters as `antiphon keys list` shows them.")],
    data: _Data = None,
) -> None:
    """Close a key at once and for ever. Revoking it again changes nothing."""
    closed = _ask(data, "keys.revoke", key=key.removesuffix("…"))
    typer.echo(f"Revoked {closed['id']} ({closed['name']}).")


def _ask(data: Path | None, verb: str, **args: object) -> Any:
    """What the verb answers, by whoever holds the folder. A refusal ends the program with status 1."""
    with _failures_told():
        settings = load(data=data)
        _look_before(settings.data, verb)
        for _ in range(_TRIES - 1):
            with contextlib.suppress(_NotYet):
                return _ask_once(settings, verb, args)
            time.sleep(_PAUSE)
        return _ask_once(settings, verb, args)


def _look_before(folder: Path, verb: str) -> None:
    """Make no folder where one was only mistyped; the first key may make its own, and says so."""
    if folder.exists():
        return
    if verb != "keys.create":
        raise FolderUnusable(folder, "there is no such folder; name one with --data")
    typer.echo(f"Making a new data folder at {folder.absolute()}.", err=True)


class _NotYet(ControlError):
    """Some process holds the folder and does not answer."""


def _ask_once(settings: Settings, verb: str, args: dict[str, Any]) -> Any:
    try:
        folder = DataFolder.claim(settings.data)
    except FolderInUse as held:
        return _ask_server(held, verb, args)
    with folder:
        return asyncio.run(_ask_folder(folder, settings, verb, args))


def _ask_server(held: FolderInUse, verb: str, args: dict[str, Any]) -> Any:
    try:
        return call(control_socket(held.path), verb, **args)
    except ControlError as error:
        if error.code != "not_serving":
            raise
        holder = "another process" if held.pid is None else f"process {held.pid}"
        raise _NotYet(
            error.code,
            f"The data folder {held.path} is in use by {holder}, which does not answer on its control "
            "socket. Stop it, or try again when it has started.",
        ) from error


async def _ask_folder(folder: DataFolder, settings: Settings, verb: str, args: dict[str, Any]) -> Any:
    given = settings.secret.get_secret_value() if settings.secret else None
    pepper = folder.secret(given).pepper
    store = SqliteStore.open(folder.database)
    try:
        service = Keys(
            store=store.keys,
            pepper=pepper,
            prefix=settings.key_prefix,
            clock=SystemClock(),
            entropy=os.urandom,
        )
        account = await service.first_account()
        return await control_handlers(service, account.id)[verb](args)
    finally:
        await store.close()


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (AntiphonError, ControlError, SettingsError, OSError) as error:
        typer.echo(f"antiphon: {error}", err=True)
        raise typer.Exit(1) from error


def _readable(key: Mapping[str, Any]) -> dict[str, Any]:
    """The same with times as RFC 3339 has them, in UTC."""
    return {name: _time(value) if name.endswith("_at") and value is not None else value for name, value in key.items()}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _history(key: Mapping[str, Any]) -> tuple[str, str, str]:
    state = "revoked" if key["revoked_at"] else "leaked" if key["leaked_at"] else "active"
    return key["created_at"], key["last_used_at"] or "never", state


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
