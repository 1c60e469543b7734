"""`antiphon accounts`: who has what, and why."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from antiphon.cli.asking import Ask, DataOption, ask, converse, credits_text, readable, table
from antiphon.cli.statement import Account, Csv, Json, Line, Text, lines_of

accounts = typer.Typer(
    help="Make accounts, put them on plans, give them credits. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_Which = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id or its name.")]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON: amounts in thousandths of a credit.")]


def _moment(text: str) -> float:
    """Unix seconds of a date (its beginning, UTC) or a time as ISO 8601 has it, in UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter("has to be a date such as 2027-01-31, or a time as ISO 8601 has it") from wrong
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_Until = Annotated[
    float | None,
    typer.Option(
        "--until",
        parser=_moment,
        metavar="DATE",
        help="When it falls back to free: the beginning of a day, or a time, in UTC. Default: never.",
        show_default=False,
    ),
]


@accounts.command()
def create(
    name: Annotated[str, typer.Argument(help="What to call it; no two have the same name.")],
    plan: Annotated[str, typer.Option("--plan", help="free, pro, max, or one of your own.")] = "free",
    until: _Until = None,
    data: DataOption = None,
) -> None:
    """Make an account. Its id alone goes to standard output."""
    made = ask(data, "accounts.create", name=name, plan=plan, until=until)
    typer.echo(made["id"])
    typer.echo(f"{_described(made)} A key for it: antiphon keys create --account {made['id']}", err=True)


@accounts.command(name="list")
def list_(data: DataOption = None, as_json: _JsonOption = False) -> None:
    """List all accounts, oldest first, with what each can spend and what is held."""

    async def all_of_them(verbs: Ask) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := (await verbs("accounts.list", after=found[-1]["id"] if found else ""))["accounts"]:
            found += page
        return found

    found = [readable(account) for account in converse(data, all_of_them)]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [
        (
            account["id"],
            account["name"],
            account["plan"],
            account["until"] or "",
            credits_text(_spendable(account)),
            credits_text(account["held"]),
        )
        for account in found
    ]
    for line in table(("ID", "NAME", "PLAN", "UNTIL", "CREDITS", "HELD"), rows):
        typer.echo(line)


@accounts.command(name="plan")
def plan_(
    account: _Which,
    plan: Annotated[str, typer.Argument(help="free, pro, max, or one of your own.")],
    until: _Until = None,
    data: DataOption = None,
) -> None:
    """Put an account on a plan, from now on.

    What is left of the former plan's monthly credits ends; what is held for requests at work is let alone. The same
    plan with another end is the same subscription, and grants nothing anew.
    """
    typer.echo(_described(ask(data, "accounts.plan", account=account, plan=plan, until=until)))


@accounts.command()
def grant(
    account: _Which,
    credits_: Annotated[str, typer.Argument(metavar="CREDITS", help="How many; three decimals at most.")],
    payment: Annotated[str, typer.Option("--payment", help="Its reference. Given twice, it grants once.")] = "",
    note: Annotated[str, typer.Option("--note", help="What it is for; shown in statements.")] = "",
    data: DataOption = None,
) -> None:
    """Give an account credits that do not expire. Without --payment, every call gives."""
    found = ask(data, "accounts.grant", account=account, credits=credits_, payment=payment, note=note)
    if not found["given"]:
        typer.echo("That payment was granted before; nothing was done.", err=True)
    typer.echo(_described(found))


@accounts.command()
def statement(
    account: _Which,
    data: DataOption = None,
    as_json: _JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV: amounts in credits, the balance after each.")
    ] = False,
) -> None:
    """Explain a balance line by line: every transfer, what it changed, and what was left after it.

    SPENDABLE is what a transfer did to what can be spent; FREE, SUBSCRIPTION and PAYG are what there is of each after
    it, and HELD what is set aside for requests at work.
    """
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv do not go together")
    form = Json() if as_json else Csv() if as_csv else Text()
    about = Account()

    async def told(verbs: Ask) -> None:
        last: Line | None = None
        async for line in lines_of(verbs, account, about):
            if last is None:
                typer.echo(form.head())
            last = line
            typer.echo(form.line(line))
        if last is None:
            typer.echo(form.head())
        if foot := form.foot(last):
            typer.echo(foot)

    converse(data, told)
    if not about.explained:
        typer.echo(
            f"antiphon: the lines of {about.name} do not add up to its balance, or it is too busy to tell. "
            "`antiphon ledger verify` checks every row.",
            err=True,
        )
        raise typer.Exit(1)


def _described(found: Mapping[str, Any]) -> str:
    shown = readable(found)
    until = f" until {shown['until']}" if shown["until"] else ""
    return f"{shown['name']} is on plan {shown['plan']}{until} and can spend {credits_text(_spendable(found))} credits."


def _spendable(found: Mapping[str, Any]) -> int:
    """What the plan may spend: on a paid one, free credits that are left wait for the month's end."""
    return sum(found["available"].get(bucket, 0) for bucket in found["order"])
