"""`antiphon backup` and `antiphon restore`."""

from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.asking import DataOption, ask, failures_told
from antiphon.settings import load
from antiphon.store.folder import DataFolder


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; a new file.")],
    data: DataOption = None,
) -> None:
    """Write the database to one file, as it is at this moment. Works while the server runs, and while it does not.

    The server's secret is not in it: keep data/secret (or ANTIPHON_SECRET) somewhere else, because without it no
    API key in the backup works. Files are not in it either: copy data/files/library after it, for
    those of libraries.
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
    from antiphon.cli.restoring import put_back  # noqa: PLC0415 - the database, which other commands do without

    with failures_told():
        settings = load(data=data)
        with DataFolder.claim(settings.data) as folder:
            former = put_back(file, folder, settings, over=force)
        typer.echo(f"Restored {folder.database} from {file}.")
        if former is not None:
            typer.echo(f"The former database is {former}.", err=True)
