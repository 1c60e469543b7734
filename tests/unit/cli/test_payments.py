import re

import pytest

from antiphon.domain.ledger import Bucket

PROGRAM = "from antiphon.cli.main import cli; cli(prog_name='antiphon')"
EMAIL = "anna@example.com"


@pytest.fixture
def run(command):
    return command(PROGRAM)


async def test_an_invite_is_printed_once_and_works(run, house):
    status, code, note = await run("invites", "create", "--account", "default", "--days", "2.5")
    assert (status, bool(re.fullmatch(r"invite_[0-9A-Za-z]{49}\n", code))) == (0, True)
    assert re.fullmatch(r"Good for one registration, until \S+Z\.\n", note)
    signed_in = await house.users.register(EMAIL, "correct horse", invite=code.strip())
    assert signed_in.user.account_id == (await house.keys.first_account()).id


async def test_a_payment_is_added_once_and_taken_back(run, house):
    outs = [
        await run("payments", *arguments)
        for arguments in (
            ("add", "default", "62500.5", "--id", "inv-8", "--note", "Starter"),
            ("add", "default", "62500.5", "--id", "inv-8"),
            ("void", "--id", "inv-8"),
        )
    ]
    assert [out for _, out, _ in outs] == [
        "Gave 62,500.5 credits.\n",
        "That payment was added before; nothing was done. It gave 62,500.5 credits.\n",
        "Took back 62,500.5 credits.\n",
    ]


async def test_a_package_is_added_by_its_name(run, house):
    told = []
    for number, package in enumerate(("starter", "plus", "creator", "Starter")):
        told.append((await run("payments", "add", "default", "--package", package, "--id", f"inv-{number % 3}"))[1])
    lines = await house.credits.statement((await house.keys.first_account()).id)
    bought = [(line.changes, line.note) for line in lines if line.transfer_id.startswith("topup:")]
    assert told == [
        "Gave 62,500 credits, for Rp94,000.\n",
        "Gave 125,000 credits, for Rp174,000.\n",
        "Gave 250,000 credits, for Rp317,000.\n",
        "That payment was added before; nothing was done. It gave 62,500 credits, for Rp94,000.\n",
    ]
    assert bought == [
        ({Bucket.PAYG: 62_500_000}, "Starter"),
        ({Bucket.PAYG: 125_000_000}, "Plus"),
        ({Bucket.PAYG: 250_000_000}, "Creator"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("payments", "void", "--id", "nothing"), "There is no such payment."),
        (("payments", "add", "nobody", "5", "--id", "x"), "There is no such account."),
        (("payments", "add", "default", "0", "--id", "x"), "Credits are a number above 0"),
        (("payments", "add", "default", "--id", "x"), "Say how many credits, or which package"),
        (("payments", "add", "default", "5", "--package", "plus", "--id", "x"), "Say how many credits, or which"),
        (
            ("payments", "add", "default", "--package", "gold", "--id", "x"),
            "There is no package 'gold'. There are: starter, plus, creator.",
        ),
        (("invites", "create", "--days", "400"), "An invite is good for 1 to 366 days."),
    ],
)
async def test_what_is_wrong_is_a_plain_error(run, house, arguments, told):
    status, out, error = await run(*arguments)
    assert (status, out) == (1, "")
    assert told in error
