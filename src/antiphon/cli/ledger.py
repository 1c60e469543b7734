"""`antiphon ledger`: whether every credit can be accounted for."""

import json
from typing import Annotated

import typer

from antiphon.cli.asking import DataOption, ask

ledger = typer.Typer(
    help="Check the ledger. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@ledger.callback()
def _root() -> None:
    """Keeps `verify` a command of its own."""


@ledger.command()
def verify(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Check every row: sums, balances, holds, and the seals that tell of rows changed later.

    The first row at fault is named, and the exit status is 1.
    """
    finding = ask(data, "ledger.verify")
    if as_json:
        typer.echo(json.dumps(finding))
    elif finding["fault"]:
        typer.echo(f"antiphon: the ledger is not sound: {finding['fault']}", err=True)
    else:
        tail = "all of them under seal"
        if finding["sealed_to"] < finding["transfers"]:
            tail = f"under seal up to {finding['sealed_to']}"
        typer.echo(f"The ledger is sound: {finding['transfers']} transfers, {tail}.")
    if finding["fault"]:
        raise typer.Exit(1)
