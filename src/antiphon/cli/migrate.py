"""`antiphon migrate`."""

import asyncio
from typing import Annotated

import typer

from antiphon.cli.failing import CommandFailed


def migrate(
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="ANTIPHON_DATABASE_URL",
            help="postgresql://user:password@host/database. [default: $ANTIPHON_DATABASE_URL]",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
) -> None:
    """Bring a PostgreSQL database to the schema of this release.

    Servers refuse to start on an older one. Stopped at any point, it can be run again. The database of a data folder
    (SQLite) needs none of this: the server does it when it starts.
    """
    if not database_url:
        raise CommandFailed(
            "which database? Name it with --database-url or ANTIPHON_DATABASE_URL. "
            "(The one of a data folder is brought up to date when the server starts.)"
        )
    from antiphon.store.postgres_migrate import migrate_postgres  # noqa: PLC0415 - few commands need PostgreSQL

    taken = asyncio.run(migrate_postgres(database_url))
    for step in taken:
        typer.echo(f"Took step {step.name}.")
    if not taken:
        typer.echo("The database is up to date.")
