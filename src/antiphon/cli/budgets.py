"""`antiphon budgets`: what a calendar month may cost."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

import typer

from antiphon.cli.asking import AccountOption, DataOption, ask, credits_text, table

budgets = typer.Typer(
    help="Set what accounts and projects may spend in a month. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_Project = Annotated[
    str,
    typer.Option(
        "--project",
        help="For this project only, by id or name. Default: for all that the account does.",
        show_default=False,
    ),
]
_Dollars = Annotated[
    bool, typer.Option("--usd", help="In US dollars: one is 10,000 credits, unless your price file says otherwise.")
]


@budgets.command(name="set")
def set_(
    amount: Annotated[
        str, typer.Argument(metavar="CREDITS", help="At most so many in a month; three decimals at most.")
    ],
    account: AccountOption = "",
    project: _Project = "",
    usd: _Dollars = False,
    data: DataOption = None,
) -> None:
    """Let a calendar month (UTC), from this one on, cost at most so much, in place of what was said before.

    What this month has cost already counts. Who asks for more than is left, counting what is held for requests at
    work, is refused (402), and a stream stops where it would cost more; 0 lets nothing begin that costs anything.
    """
    unit = "usd" if usd else "credits"
    found = ask(data, "budgets.set", amount=amount, unit=unit, account=account, project=project)
    money, named = _money(found, usd=usd), "" if usd else " credits"
    for budget in found["budgets"]:
        typer.echo(
            f"Budget of {_scope(budget)}: {money(budget['amount'])}{named} a month, {money(budget['spent'])} spent, "
            f"{money(budget['held'])} held, {money(budget['left'])} left."
        )


@budgets.command(name="list")
def list_(
    account: AccountOption = "",
    usd: _Dollars = False,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: amounts in thousandths of a credit.")] = False,
) -> None:
    """List an account's budgets: what a month may cost, and what is spent, held and left of it this month (UTC)."""
    found = ask(data, "budgets.list", account=account)
    if as_json:
        typer.echo(json.dumps(found["budgets"], indent=2))
        return
    money = _money(found, usd=usd)
    amounts = ("amount", "spent", "held", "left")
    rows = [(_scope(budget), *(money(budget[name]) for name in amounts)) for budget in found["budgets"]]
    for line in table(("FOR", "A MONTH", "SPENT", "HELD", "LEFT"), rows):
        typer.echo(line)


@budgets.command()
def clear(account: AccountOption = "", project: _Project = "", data: DataOption = None) -> None:
    """Take a budget away, so that months may cost what there are credits for."""
    cleared = ask(data, "budgets.clear", account=account, project=project)
    typer.echo(f"There is no budget of {_scope(cleared)} any more.")


def _scope(budget: Mapping[str, Any]) -> str:
    return "the account" if budget["project"] is None else f"project {budget['project']}"


def _money(found: Mapping[str, Any], *, usd: bool) -> Callable[[int], str]:
    """How amounts are written: dollars with cents, and with hundredths of these where there are any."""

    def dollars(amount: int) -> str:
        exact = (Decimal(amount) / found["us_dollar"]).quantize(Decimal("0.0001"))
        return f"${exact:,.2f}" if exact == exact.quantize(Decimal("0.01")) else f"${exact:,.4f}"

    return dollars if usd else credits_text
