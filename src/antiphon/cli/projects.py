"""`antiphon projects`: the parts of an account, each with keys, voices and limits of its own."""

import json
from typing import Annotated

import typer

from antiphon.cli.asking import AccountOption, DataOption, ask, readable, table

projects = typer.Typer(
    help="Make and list projects of accounts. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@projects.command()
def create(
    name: Annotated[str, typer.Argument(help="What to call it; no two of an account have the same name.")],
    account: AccountOption = "",
    data: DataOption = None,
) -> None:
    """Make a project. Its id alone goes to standard output.

    Its keys, cloned voices and usage are apart from those of other projects; credits are the account's.
    """
    made = ask(data, "projects.create", name=name, account=account)
    typer.echo(made["id"])
    named = f" --account {account}" if account else ""
    typer.echo(f"Made {made['name']}. A key for it: antiphon keys create{named} --project {made['id']}", err=True)


@projects.command(name="list")
def list_(
    account: AccountOption = "",
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List an account's projects, oldest first. Each account has one from the beginning, called default."""
    found = [readable(project) for project in ask(data, "projects.list", account=account)["projects"]]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [(project["id"], project["name"], project["created_at"]) for project in found]
    for line in table(("ID", "NAME", "CREATED"), rows):
        typer.echo(line)
