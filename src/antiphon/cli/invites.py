"""`antiphon invites`: leave to register."""

from typing import Annotated

import typer

from antiphon.cli.asking import DataOption, ask, time_text

invites = typer.Typer(
    help="Invite people to register. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@invites.callback()
def _group() -> None:
    """So that the one command has a name."""


@invites.command()
def create(
    account: Annotated[
        str,
        typer.Option(
            "--account",
            help="Who has it signs in to this account, by id or name, from then on. Default: to a new one.",
            show_default=False,
        ),
    ] = "",
    days: Annotated[float, typer.Option("--days", help="How long it is good for.")] = 7,
    data: DataOption = None,
) -> None:
    """Make an invite and print it, this once. It is good for one registration, if the server takes any.

    One to an account works whatever ANTIPHON_REGISTRATION says. If somebody signs in to that account already, whoever
    has the invite sets a new e-mail and password for it: the way back for a password that was lost.
    """
    made = ask(data, "invites.create", account=account, days=days)
    typer.echo(made["code"])
    typer.echo(f"Good for one registration, until {time_text(made['expires_at'])}.", err=True)
