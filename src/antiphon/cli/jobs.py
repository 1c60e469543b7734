"""`antiphon jobs`: what waits, what is worked on, what came of it, and an end to it."""

import json
from typing import Annotated, Any

import typer

from antiphon.cli.asking import Ask, DataOption, ask, converse, credits_text, readable, table
from antiphon.domain.jobs import JobState

jobs = typer.Typer(
    help="See songs and other work that takes its time, and cancel it. Listing works while no server runs, too.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

JobArgument = Annotated[str, typer.Argument(help="Its id, which its customer sees as task_id.")]


@jobs.command(name="list")
def list_(
    state: Annotated[
        JobState | None, typer.Option("--state", help="Only those in this state.", show_default=False)
    ] = None,
    account: Annotated[
        str, typer.Option("--account", help="Whose, by id or name. Default: everybody's.", show_default=False)
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, help="So many at most.")] = 100,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List jobs, the newest first."""

    async def all_of_them(verb: Ask) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < most:
            after = found[-1]["id"] if found else ""
            page = await verb("jobs.list", account=account, state=state or "", after=after)
            if not page["jobs"]:
                break
            found += page["jobs"]
        return found[:most]

    found = [readable(each) for each in converse(data, all_of_them)]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [
        (
            each["id"],
            each["created_at"],
            each["kind"],
            each["state"],
            f"{each['progress']:.0%}",
            each["fault"] or each["stage"],
            each["account_id"],
        )
        for each in found
    ]
    for line in table(("ID", "CREATED", "KIND", "STATE", "DONE", "STAGE", "ACCOUNT"), rows):
        typer.echo(line)


@jobs.command()
def show(
    job: JobArgument,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object instead.")] = False,
) -> None:
    """Show how a job stands: its times, its price, why it failed, and its webhooks."""
    found = readable(ask(data, "jobs.show", job=job))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    found["price"] = f"{credits_text(found['price'])} credits"
    found["webhooks"] = " ".join(found["webhooks"])
    for name, value in found.items():
        typer.echo(f"{name:<12}{'' if value is None else value}".rstrip())


@jobs.command()
def cancel(job: JobArgument, data: DataOption = None) -> None:
    """Cancel a job that waits or is worked on: nothing is charged, and its webhook says that it failed.

    The server has to run: it is what knows the words of the webhook.
    """
    ended = ask(data, "jobs.cancel", job=job)
    typer.echo(f"Cancelled {ended['id']} ({ended['kind']}); {credits_text(ended['price'])} credits are free again.")
