"""`antiphon keys`: through the server that holds the data folder, or on the folder itself where none does."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from antiphon.cli.asking import AccountOption, DataOption, ask, readable, table
from antiphon.domain.keys import Permission

keys = typer.Typer(
    help="Make, list and revoke API keys. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@keys.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What to call the key in lists.")] = "cli",
    account: AccountOption = "",
    project: Annotated[
        str,
        typer.Option(
            "--project",
            help="In which of its projects, by id or name. Default: the first project.",
            show_default=False,
        ),
    ] = "",
    permission: Annotated[
        list[Permission] | None,
        typer.Option(
            "--permission",
            metavar="NAME",
            help=f"What it may be used for, given once for each: {', '.join(Permission)}. Default: everything.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a key and print it, this once: it cannot be shown again.

    The key alone goes to standard output, so that KEY=$(antiphon keys create) works.
    """
    made = ask(data, "keys.create", name=name, account=account, project=project, permissions=sorted(permission or ()))
    typer.echo(made["key"])
    typer.echo(f"Key {made['id']} ({made['name']}). Keep it: it will not be shown again.", err=True)


@keys.command(name="list")
def list_(
    account: AccountOption = "",
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List all keys, revoked ones too, oldest first, with their projects and what they may be used for."""
    found = [readable(key) for key in ask(data, "keys.list", account=account)["keys"]]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [
        (
            key["id"],
            key["prefix"] + "…",
            key["name"],
            key["project"],
            "everything" if key["permissions"] is None else ",".join(key["permissions"]),
            *_history(key),
        )
        for key in found
    ]
    for line in table(("ID", "KEY", "NAME", "PROJECT", "PERMISSIONS", "CREATED", "LAST USED", "STATE"), rows):
        typer.echo(line)


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, or its first characters as `antiphon keys list` shows them.")],
    account: AccountOption = "",
    data: DataOption = None,
) -> None:
    """Close a key at once and for ever. Revoking it again changes nothing."""
    closed = ask(data, "keys.revoke", key=key.removesuffix("…"), account=account)
    typer.echo(f"Revoked {closed['id']} ({closed['name']}).")


def _history(key: Mapping[str, Any]) -> tuple[str, str, str]:
    state = "revoked" if key["revoked_at"] else "leaked" if key["leaked_at"] else "active"
    return key["created_at"], key["last_used_at"] or "never", state
