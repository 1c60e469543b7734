"""`antiphon webhooks`: what was sent to whom, how it was taken, and once more."""

import json
from typing import Annotated, Any

import typer

from antiphon.cli.asking import AccountOption, Ask, DataOption, ask, converse, readable, table
from antiphon.domain.webhooks import MessageState

webhooks = typer.Typer(
    help="See what was delivered, and deliver again. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

WhoseOption = Annotated[
    str, typer.Option("--account", help="Whose, by id or name. Default: everybody's.", show_default=False)
]


@webhooks.command(name="list")
def list_(
    state: Annotated[
        MessageState | None,
        typer.Option("--state", help="Only those that wait, were delivered, or were given up.", show_default=False),
    ] = None,
    account: WhoseOption = "",
    most: Annotated[int, typer.Option("--most", min=1, help="So many at most.")] = 100,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List webhooks, the newest first."""

    async def all_of_them(verb: Ask) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < most:
            after = found[-1]["id"] if found else ""
            page = await verb("webhooks.list", account=account, state=state or "", after=after)
            if not page["webhooks"]:
                break
            found += page["webhooks"]
        return found[:most]

    found = [readable(each) for each in converse(data, all_of_them)]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [
        (
            each["id"],
            each["created_at"],
            each["event"],
            each["state"],
            str(each["attempts"]),
            each["due_at"] or "",
            each["url"],
        )
        for each in found
    ]
    for line in table(("ID", "CREATED", "EVENT", "STATE", "ATTEMPTS", "NEXT", "URL"), rows):
        typer.echo(line)


@webhooks.command()
def show(
    webhook: Annotated[str, typer.Argument(help="Its id, which its receiver sees as webhook-id.")],
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object instead.")] = False,
) -> None:
    """Show a webhook and every attempt to deliver it."""
    found = readable(ask(data, "webhooks.show", webhook=webhook))
    history = [readable({**attempt, "tried_at": attempt["at"]}) for attempt in found.pop("history")]
    for attempt in history:
        del attempt["at"]
    if as_json:
        typer.echo(json.dumps({**found, "history": history}, indent=2))
        return
    for name, value in found.items():
        typer.echo(f"{name:<12}{'' if value is None else value}".rstrip())
    rows = [
        (
            attempt["tried_at"],
            str(attempt["status"] or ""),
            attempt["fault"],
            f"{attempt['milliseconds']} ms",
        )
        for attempt in history
    ]
    for line in table(("TRIED", "STATUS", "FAULT", "TOOK"), rows):
        typer.echo(line)


@webhooks.command()
def replay(
    webhook: Annotated[str, typer.Argument(help="Its id.", show_default=False)] = "",
    exhausted: Annotated[bool, typer.Option("--exhausted", help="All that were given up.")] = False,
    account: WhoseOption = "",
    data: DataOption = None,
) -> None:
    """Deliver a webhook again, or all that were given up: now, and then on the schedule.

    Id and body stay as they were, so that receivers know them again. While no server runs, the next one does it.
    """
    if exhausted == bool(webhook):
        raise typer.BadParameter("name one webhook, or --exhausted for all that were given up")
    if exhausted:
        typer.echo(f"Replayed {ask(data, 'webhooks.replay_exhausted', account=account)['replayed']}.")
        return
    again = ask(data, "webhooks.replay", webhook=webhook)
    typer.echo(f"Replayed {again['id']} ({again['event']} to {again['url']}).")


@webhooks.command()
def secret(account: AccountOption = "", data: DataOption = None) -> None:
    """Print what an account's webhooks are signed with where a request gives no secret of its own."""
    typer.echo(ask(data, "webhooks.secret", account=account)["secret"])
