import asyncio
import csv
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Admission, Ending

PROGRAM = "from antiphon.cli.accounts import accounts; accounts(prog_name='antiphon accounts')"
KEYS = "from antiphon.cli.admin import keys; keys(prog_name='antiphon keys')"
NOT_AN_ACCOUNT = "antiphon: There is no such account. `antiphon accounts list` shows those there are.\n"


@pytest.fixture
def run(command):
    return command(PROGRAM)


def in_days(days):
    return (datetime.now(UTC) + timedelta(days=days)).date()


async def worked(house, account_id, *, hold, charge):
    """A request that held so much and was charged so much; None: it is still at work."""
    order = (await house.credits.standing(account_id)).order
    request, now = uuid4(), house.clock.now()
    await house.store.ledger.admit(
        Admission(
            id=request,
            account_id=account_id,
            dialect="sonna",
            hold=MilliCredits(hold),
            order=order,
            at=now,
            until=now + 3_600,
        )
    )
    if charge is not None:
        await house.store.ledger.end(Ending(id=request, charge=MilliCredits(charge), at=now, order=order))


async def test_an_account_is_made_and_listed_with_what_it_can_spend(run, holder):
    until = in_days(100)
    status, made, note = await run("create", "anna", "--plan", "pro", "--until", until)
    assert status == 0
    assert str(UUID(made.strip())) == made.strip()
    assert f"anna is on plan pro until {until}T00:00:00Z and can spend 102,000 credits." in note

    status, table, _ = await run("list")
    assert status == 0
    assert re.search(rf"^{made.strip()} +anna +pro +{until}T00:00:00Z +102,000 +0$", table, re.MULTILINE)
    assert re.search(r"^\S+ +default +max +1,187,000 +0$", table, re.MULTILINE)

    _, listed, _ = await run("list", "--json")
    first, second = json.loads(listed)
    assert (first["name"], first["available"]) == ("default", {"subscription": 187_000_000, "payg": 1_000_000_000})
    assert (second["id"], second["until"], second["held"]) == (made.strip(), f"{until}T00:00:00Z", 0)


async def test_a_payment_is_granted_once_and_the_statement_explains_the_balance(run, holder):
    await run("create", "anna")
    for told in ("", "granted before"):
        status, out, note = await run("grant", "anna", "62500.5", "--payment", "inv-7", "--note", "Starter")
        assert (status, told in note) == (0, True)
        assert out == "anna is on plan free and can spend 72,500.5 credits.\n"

    status, table, _ = await run("statement", "anna")
    assert status == 0
    head, free, topup, balance = table.splitlines()
    assert head.split() == ["TIME", "WHAT", "SPENDABLE", "FREE", "SUBSCRIPTION", "PAYG", "HELD", "FOR"]
    assert free.split()[1:7] == ["grant", "+10,000", "10,000", "0", "0", "0"]
    assert topup.split()[1:] == ["grant", "+62,500.5", "10,000", "0", "62,500.5", "0", "topup:inv-7", "(Starter)"]
    assert balance.split() == ["balance", "72,500.5", "10,000", "0", "62,500.5", "0"]


async def test_a_plan_is_changed_and_what_the_former_had_left_ends(run, holder):
    await run("create", "anna", "--plan", "pro")
    status, out, _ = await run("plan", "anna", "free")
    assert (status, out) == (0, "anna is on plan free and can spend 10,000 credits.\n")
    _, listed, _ = await run("statement", "anna", "--json")
    kinds = [(line["kind"], line["changes_millicredits"]) for line in json.loads(listed)]
    assert kinds == [
        ("grant", {"subscription": 102_000_000}),
        ("expire", {"subscription": -102_000_000}),
        ("grant", {"free": 10_000_000}),
    ]


async def test_every_form_of_a_statement_ends_with_the_balance_of_the_ledger(run, house):
    made = await house.accounts.create("anna", plan="pro")
    await worked(house, made.account.id, hold=5_000, charge=1_890)
    await worked(house, made.account.id, hold=7_000, charge=None)
    balance = await house.credits.balance(made.account.id)
    expected = {bucket.value: balance.available.get(bucket, 0) for bucket in Bucket} | {"held": 7_000}
    assert expected["subscription"] == 102_000_000 - 1_890 - 7_000

    status, text, _ = await run("statement", "anna")
    assert status == 0
    assert text.splitlines()[-1].split() == ["balance", "101,991.11", "0", "101,991.11", "0", "7"]
    _, listed, _ = await run("statement", "anna", "--json")
    assert json.loads(listed)[-1]["balance_millicredits"] == expected
    _, sheet, _ = await run("statement", "anna", "--csv")
    *_, last = csv.DictReader(sheet.splitlines())
    assert {name: round(1_000 * float(last[name])) for name in expected} == expected


async def test_changes_add_up_to_the_balance_on_every_line(run, house):
    made = await house.accounts.create("anna", plan="max")
    for number in range(20):
        await worked(house, made.account.id, hold=1_000 + number, charge=number)
    _, listed, _ = await run("statement", str(made.account.id), "--json")
    running = dict.fromkeys(("free", "subscription", "payg", "held"), 0)
    for line in json.loads(listed):
        for name, change in line["changes_millicredits"].items():
            running[name] += change
        assert line["balance_millicredits"] == running
    assert running["held"] == 0


async def test_a_statement_of_many_pages_is_whole(run, house):
    made = await house.accounts.create("anna")
    await asyncio.gather(*(house.credits.top_up(made.account.id, amount=MilliCredits(1)) for _ in range(2_100)))
    status, sheet, _ = await run("statement", "anna", "--csv")
    lines = list(csv.DictReader(sheet.splitlines()))
    assert (status, len(lines)) == (0, 2_101)
    assert (lines[-1]["payg"], lines[-1]["free"]) == ("2.1", "10000")


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
async def test_lines_that_do_not_add_up_to_the_balance_are_told_and_end_with_status_1(run, house, form):
    await house.store.write(lambda connection: connection.execute("UPDATE lot SET balance = balance + 1").fetchall())
    status, out, err = await run("statement", "default", *form)
    assert (status, "do not add up" in err) == (1, True)
    assert "bootstrap" in out


async def test_a_note_cannot_become_a_formula_in_a_spreadsheet(run, house):
    await house.accounts.create("anna")
    await run("grant", "anna", "1", "--note=-2+3+cmd|' /C calc'!A0")
    await run("grant", "anna", "1", "--note==1+1")
    _, sheet, _ = await run("statement", "anna", "--csv")
    notes = [line["note"] for line in csv.DictReader(sheet.splitlines())]
    assert notes[1:] == ["'-2+3+cmd|' /C calc'!A0", "'=1+1"]


async def test_an_account_gets_keys_of_its_own(run, command, holder):
    keys = command(KEYS)
    _, made, _ = await run("create", "anna")
    status, key, _ = await keys("create", "--account", made.strip(), "--name", "hers")
    assert status == 0
    _, hers, _ = await keys("list", "--account", "anna")
    assert key[:13] in hers
    _, ours, _ = await keys("list")
    assert "hers" not in ours
    assert (await keys("revoke", key[:13]))[0] == 1
    assert (await keys("revoke", key[:13], "--account", "anna"))[0] == 0
    assert await keys("create", "--account", "nobody") == (1, "", NOT_AN_ACCOUNT)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "default"), "There is one of that name already."),
        (("create", ""), "A name has 1 to 100 printable characters."),
        (("create", "new", "--plan", "gold"), "There is no plan 'gold'. There are: free, pro, max."),
        (("create", "new", "--plan", "pro", "--until", "2001-01-01"), "at a time to come"),
        (("plan", "default", "free", "--until", "2999-01-01"), "the plan free does not end"),
        (("plan", "nobody", "free"), "There is no such account."),
        (("grant", "nobody", "5"), "There is no such account."),
        (("grant", "default", "0"), "three decimals at most"),
        (("grant", "default", "much"), "three decimals at most"),
        (("grant", "default", "nan"), "three decimals at most"),
        (("grant", "default", "1e400"), "three decimals at most"),
        (("grant", "default", "1.0001"), "three decimals at most"),
        (("grant", "default", "5", "--payment", "x" * 101), "1 to 100 printable characters"),
        (("grant", "default", "5", "--note", "x" * 201), "at most 200 printable characters"),
        (("statement", "nobody"), "There is no such account."),
    ],
)
async def test_what_is_wrong_is_a_plain_error(run, house, arguments, told):
    status, out, err = await run(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith("antiphon: ")
    assert told in err


async def test_a_payment_used_for_another_account_is_a_plain_error(run, house):
    for name in ("anna", "bert"):
        await house.accounts.create(name)
    await run("grant", "anna", "5", "--payment", "inv-7")
    status, _, err = await run("grant", "bert", "5", "--payment", "inv-7")
    assert (status, "another account" in err) == (1, True)


async def test_a_wrong_file_of_plans_is_refused_with_its_line(run, tmp_path):
    (tmp_path / "plans.toml").write_text("\n[plan.free]\ncredits = -1\n")
    status, _, err = await run("create", "anna", ANTIPHON_PLANS_FILE=str(tmp_path / "plans.toml"))
    assert status == 1
    assert f"{tmp_path / 'plans.toml'}:3: plan.free.credits: " in err


async def test_an_operators_plan_counts(run, tmp_path):
    (tmp_path / "plans.toml").write_text("[plan.free]\ncredits = 12.5\n")
    _, _, note = await run("create", "anna", ANTIPHON_PLANS_FILE=str(tmp_path / "plans.toml"))
    assert "can spend 12.5 credits" in note


@pytest.mark.parametrize("arguments", [("list",), ("plan", "x", "free"), ("grant", "x", "1"), ("statement", "x")])
async def test_a_mistyped_folder_is_not_made(run, tmp_path, arguments):
    status, _, err = await run(*arguments, "--data", tmp_path / "typo")
    assert (status, "typo" in err) == (1, True)
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    "arguments", [("dance",), ("create",), ("create", "x", "--until", "soon"), ("statement", "x", "--json", "--csv")]
)
async def test_a_wrong_command_line_ends_with_status_2(run, arguments):
    assert (await run(*arguments))[0] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "statement"), (("plan",), "same subscription"), (("grant",), "grants once"), (("statement",), "SPENDABLE")],
)
async def test_help_helps(run, arguments, told):
    status, out, _ = await run(*arguments, "--help")
    assert status == 0
    assert told in out
