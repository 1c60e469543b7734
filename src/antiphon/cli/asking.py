"""Ask whoever holds the data folder: the server over its control socket, or nobody, and then it is done here."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.domain.errors import AntiphonError
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.kit.clock import SystemClock
from antiphon.kit.control import ControlError, call
from antiphon.settings import Settings, SettingsError, load
from antiphon.store.errors import FolderInUse, FolderUnusable
from antiphon.store.folder import DataFolder, control_socket

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder. Default: $ANTIPHON_DATA, or else ./data.", show_default=False),
]

AccountOption = Annotated[
    str, typer.Option("--account", help="Whose, by id or name. Default: the first account.", show_default=False)
]

_TRIES = 30
_PAUSE = 0.1
"""Seconds. A server that is just starting holds its folder for a moment before it answers."""

_MAY_MAKE_A_FOLDER = frozenset({"keys.create", "accounts.create"})

Ask = Callable[..., Awaitable[Any]]
"""`await ask(verb, **arguments)` gives what the verb answers, however long that takes."""


def ask(data: Path | None, verb: str, /, **args: object) -> Any:
    """What one verb answers, by whoever holds the folder. A refusal ends the program with status 1."""

    async def alone(verbs: Ask) -> Any:
        return await verbs(verb, **args)

    return converse(data, alone, makes_folder=verb in _MAY_MAKE_A_FOLDER)


def converse(data: Path | None, talk: Callable[[Ask], Awaitable[Any]], *, makes_folder: bool = False) -> Any:
    """Run `talk`, which asks for several verbs, with whoever holds the folder. For the rest see `ask`."""
    with failures_told():
        settings = load(data=data)
        _look_before(settings.data, makes_folder=makes_folder)
        for _ in range(_TRIES - 1):
            with contextlib.suppress(_NotYet):
                return _converse_once(settings, talk)
            time.sleep(_PAUSE)
        return _converse_once(settings, talk)


@contextlib.contextmanager
def failures_told() -> Iterator[None]:
    """What goes wrong inside is a line on standard error, and status 1."""
    try:
        yield
    except (AntiphonError, ControlError, SettingsError, OSError) as error:
        typer.echo(f"antiphon: {error}", err=True)
        raise typer.Exit(1) from error


def readable(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same with times as RFC 3339 has them, in UTC."""
    times = {"since", "until"}
    return {
        name: time_text(value) if value is not None and (name.endswith("_at") or name in times) else value
        for name, value in found.items()
    }


def time_text(seconds: float) -> str:
    """A time as RFC 3339 has it, in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def credits_text(amount: int) -> str:
    """An amount in thousandths of a credit, in credits, with no more decimals than it needs."""
    exact = Decimal(amount) / CREDIT
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table whose columns are as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


class _NotYet(ControlError):
    """Some process holds the folder and does not answer."""


def _look_before(folder: Path, *, makes_folder: bool) -> None:
    """Make no folder where one was only mistyped; the first key or account may make its own, and says so."""
    if folder.exists():
        return
    if not makes_folder:
        raise FolderUnusable(folder, "there is no such folder; name one with --data")
    typer.echo(f"Making a new data folder at {folder.absolute()}.", err=True)


def _converse_once(settings: Settings, talk: Callable[[Ask], Awaitable[Any]]) -> Any:
    try:
        folder = DataFolder.claim(settings.data)
    except FolderInUse as held:
        return asyncio.run(_with_server(held, talk))
    with folder:
        return asyncio.run(_with_folder(folder, settings, talk))


async def _with_server(held: FolderInUse, talk: Callable[[Ask], Awaitable[Any]]) -> Any:
    answered = False

    async def verb(name: str, /, **args: object) -> Any:
        nonlocal answered
        try:
            answer = call(control_socket(held.path), name, **args)
        except ControlError as error:
            if error.code != "not_serving" or answered:
                raise
            raise _NotYet(error.code, _silent(held)) from error
        answered = True
        return answer

    return await talk(_patient(verb))


async def _with_folder(folder: DataFolder, settings: Settings, talk: Callable[[Ask], Awaitable[Any]]) -> Any:
    from antiphon.cli.verbs import verbs  # noqa: PLC0415 - takes half a second, which asking a server need not
    from antiphon.house import open_house  # noqa: PLC0415 - as above

    async with open_house(folder, settings, SystemClock()) as house:
        account = await house.keys.first_account()
        await house.credits.bootstrap(account.id, amount=MilliCredits(settings.bootstrap_credits * CREDIT))
        handlers = verbs(house, account.id, folder)

        async def verb(name: str, /, **args: object) -> Any:
            return await handlers[name](dict(args))

        return await talk(_patient(verb))


def _patient(verb: Ask) -> Ask:
    """Wait for what only begins when it is asked for."""

    async def asked(name: str, /, **args: object) -> Any:
        answer = await verb(name, **args)
        while "errand" in answer:
            answer = await verb("errand.wait", errand=answer["errand"])
            if "result" in answer:
                return answer["result"]
        return answer

    return asked


def _silent(held: FolderInUse) -> str:
    holder = "another process" if held.pid is None else f"process {held.pid}"
    return (
        f"The data folder {held.path} is in use by {holder}, which does not answer on its control socket. "
        "Stop it, or try again when it has started."
    )
