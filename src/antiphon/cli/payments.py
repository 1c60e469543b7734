"""`antiphon payments`: credits for money that came in."""

from typing import Annotated

import typer

from antiphon.cli.asking import DataOption, ask, credits_text

payments = typer.Typer(
    help="Turn payments into credits, once each, and back. Works while the server runs, and while it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_Id = Annotated[str, typer.Option("--id", help="What tells it from all other payments, such as an invoice's number.")]


@payments.command()
def add(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id or its name.")],
    id_: _Id,
    credits_: Annotated[
        str, typer.Argument(metavar="[CREDITS]", help="How many; three decimals at most.", show_default=False)
    ] = "",
    package: Annotated[
        str, typer.Option("--package", help="Instead of a number: starter, plus, creator, or one of your own.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="What it is for; shown in statements.")] = "",
    data: DataOption = None,
) -> None:
    """Give the credits of a payment. They do not expire. Given twice under one id, they are given once."""
    done = ask(data, "payments.add", account=account, credits=credits_, package=package.lower(), payment=id_, note=note)
    told = "Gave" if done["given"] else "That payment was added before; nothing was done. It gave"
    price = "" if done["rupiah"] is None else f", for Rp{done['rupiah']:,}"
    typer.echo(f"{told} {credits_text(done['amount'])} credits{price}.")


@payments.command()
def void(id_: _Id, data: DataOption = None) -> None:
    """Take back what is left of a payment's credits, for a refund, or because it was added by mistake.

    What was spent stays spent; what is held for work under way is taken if it comes back. The payment cannot be added
    again.
    """
    taken = ask(data, "payments.void", payment=id_)["taken"]
    typer.echo(f"Took back {credits_text(taken)} credits.")
