"""The command `antiphon`."""

import sys

import typer

import antiphon
from antiphon.cli import (
    accounts,
    admin,
    backup,
    budgets,
    film,
    invites,
    jobs,
    ledger,
    listen,
    make,
    migrate,
    paint,
    payments,
    projects,
    rework,
    serve,
    sing,
    webhooks,
)
from antiphon.cli.failing import explained

cli = typer.Typer(
    name="antiphon",
    help="A media-generation server that anyone can run: speech, songs, pictures, films; offline, on a CPU.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
cli.command("serve")(serve.serve)
cli.command("say")(make.say)
cli.command("sing")(sing.sing)
cli.command("rework")(rework.rework)
cli.command("listen")(listen.listen)
cli.command("paint")(paint.paint)
cli.command("film")(film.film)
cli.command("voices")(make.voices)
cli.command("languages")(make.languages)
cli.command("models")(make.models)
cli.command("migrate")(migrate.migrate)
cli.command("backup")(backup.backup)
cli.command("restore")(backup.restore)
cli.add_typer(admin.keys, name="keys")
cli.add_typer(accounts.accounts, name="accounts")
cli.add_typer(invites.invites, name="invites")
cli.add_typer(payments.payments, name="payments")
cli.add_typer(projects.projects, name="projects")
cli.add_typer(budgets.budgets, name="budgets")
cli.add_typer(ledger.ledger, name="ledger")
cli.add_typer(jobs.jobs, name="jobs")
cli.add_typer(webhooks.webhooks, name="webhooks")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"antiphon {antiphon.__version__}")
        raise typer.Exit


@cli.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Only options of `antiphon` itself."""


def main() -> None:
    """Run the command line; what goes wrong is a line on standard error, not a traceback."""
    sys.exit(explained(cli))
