"""`antiphon backup` and `antiphon restore`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.asking import DataOption, ask, failures_told
from antiphon.kit.clock import SystemClock
from antiphon.services.keys import Keys, SecretChanged
from antiphon.settings import Settings, load
from antiphon.store.folder import DataFolder
from antiphon.store.sqlite import SqliteStore
from antiphon.store.sqlite_backup import BackupRefused, put_in_place, restored


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; a new file.")],
    data: DataOption = None,
) -> None:
    """Write the database to one file, as it is at this moment. Works while the server runs, and while it does not.

    The server's secret is not in it: keep data/secret (or ANTIPHON_SECRET) somewhere else, because without it no
    API key in the backup works. Files that were made for clients are not in it either.
    """
    made = ask(data, "backup", path=str(file.absolute()))
    typer.echo(f"Wrote {made['path']} ({made['bytes']:,} bytes).")
    typer.echo("The secret is not in it: keep data/secret, or ANTIPHON_SECRET, somewhere else.", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `antiphon backup` wrote.")],
    data: DataOption = None,
    force: Annotated[bool, typer.Option("--force", help="Let it take the place of the database there is.")] = False,
) -> None:
    """Make a backup the database of a data folder that no server uses.

    It is checked first, with every row of its ledger, and against the secret: that of the server it comes from has to
    be in the folder. A database that it takes the place of is kept beside it, as antiphon.db.former.
    """
    with failures_told():
        settings = load(data=data)
        with DataFolder.claim(settings.data) as folder:
            former = _restore(file, folder, settings, over=force)
        typer.echo(f"Restored {folder.database} from {file}.")
        if former is not None:
            typer.echo(f"The former database is {former}.", err=True)


def _restore(file: Path, folder: DataFolder, settings: Settings, *, over: bool) -> Path | None:
    if folder.database.exists() and not over:
        raise BackupRefused(folder.database, "there is a database already; --force lets the backup take its place")
    given = settings.secret.get_secret_value() if settings.secret else None
    secret = folder.path / "secret"
    if given is None and not secret.exists():
        raise BackupRefused(secret, "put the secret of the server that the backup comes from there first")
    pepper = folder.secret(given).pepper
    with restored(file, folder.database) as new:
        try:
            fault = asyncio.run(_fault_in(new, pepper, settings))
        except SecretChanged as other:
            raise BackupRefused(file, "it was made with another secret than the one here") from other
        if fault:
            raise BackupRefused(file, f"its ledger is not sound ({fault})")
        return put_in_place(new, folder.database)


async def _fault_in(database: Path, pepper: bytes, settings: Settings) -> str:
    """What is wrong with a ledger, "" for nothing; brings the database to this release's schema."""
    store = SqliteStore.open(database)
    try:
        keys = Keys(
            store=store.keys,
            temporary=store.temporary,
            pepper=pepper,
            prefix=settings.key_prefix,
            clock=SystemClock(),
            entropy=os.urandom,
        )
        await keys.first_account()  # Compares the secret.
        return (await store.ledger.verify()).fault
    finally:
        await store.close()
