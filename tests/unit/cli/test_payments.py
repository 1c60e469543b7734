import re

import pytest

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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("payments", "void", "--id", "nothing"), "There is no such payment."),
        (("payments", "add", "nobody", "5", "--id", "x"), "There is no such account."),
        (("payments", "add", "default", "0", "--id", "x"), "Credits are a number above 0"),
        (("invites", "create", "--days", "400"), "An invite is good for 1 to 366 days."),
    ],
)
async def test_what_is_wrong_is_a_plain_error(run, house, arguments, told):
    status, out, error = await run(*arguments)
    assert (status, out) == (1, "")
    assert told in error
