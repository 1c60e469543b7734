import contextlib
import json

import pytest

from antiphon.domain.errors import PaymentRequired
from antiphon.domain.money import Price
from antiphon.services.pay import Claim, Outcome

PROGRAM = "from antiphon.cli.budgets import budgets; budgets(prog_name='antiphon budgets')"
PROJECTS = "from antiphon.cli.projects import projects; projects()"


@pytest.fixture
def run(command):
    return command(PROGRAM)


@contextlib.asynccontextmanager
async def at_work(house, *, hold):
    """A request of the first account that holds so much."""
    account = await house.keys.first_account()
    claim = Claim(
        account_id=account.id,
        project_id=account.id,
        key_id=account.id,
        order=(await house.credits.standing(account.id)).order,
        request_id="r",
        dialect="d",
        route="d.r",
        modality="speech",
        model="m",
        engine="e",
        price=Price(millicredits=1, unit="unit"),
    )
    async with house.till.pay.request(claim, units=hold, status_of=lambda _: 402) as paid:
        yield paid


async def spend(house, amount):
    async with at_work(house, hold=amount) as paid:
        await paid.end(Outcome(units=amount, status=200))


async def test_a_budget_is_set_listed_and_cleared(run, command, holder):
    await command(PROJECTS)("create", "app")
    status, out, _ = await run("set", "1500.5")
    assert (status, out) == (
        0,
        "Budget of the account: 1,500.5 credits a month, 0 spent, 0 held, 1,500.5 left.\n",
    )
    status, out, _ = await run("set", "20", "--usd", "--project", "app")
    assert (status, out) == (0, "Budget of project app: $20.00 a month, $0.00 spent, $0.00 held, $20.00 left.\n")

    status, table, _ = await run("list")
    assert status == 0
    assert table.splitlines()[0].split("  ") == ["FOR", "", "", "", "", "A MONTH", "SPENT", "HELD", "LEFT"]
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["the", "account", "1,500.5", "0", "0", "1,500.5"],
        ["project", "app", "200,000", "0", "0", "200,000"],
    ]

    assert (await run("clear"))[1] == "There is no budget of the account any more.\n"
    assert (await run("clear", "--project", "app"))[1] == "There is no budget of project app any more.\n"
    assert (await run("list", "--json"))[1] == "[]\n"


async def test_a_list_tells_what_is_spent_held_and_left(run, house):
    await spend(house, 12_000)
    await run("set", "100")
    await run("set", "50", "--project", "default")
    async with at_work(house, hold=8_500):
        _, listed, _ = await run("list", "--json")
        _, table, _ = await run("list", "--usd")
    whole, first = json.loads(listed)
    assert whole == {
        "project": None,
        "project_id": None,
        "amount": 100_000,
        "spent": 12_000,
        "held": 8_500,
        "left": 79_500,
    }
    account = await house.keys.first_account()
    assert (first["project"], first["project_id"], first["left"]) == ("default", str(account.id), 29_500)
    assert [line.split()[2:] for line in table.splitlines()[1:]] == [
        ["$0.01", "$0.0012", "$0.0008", "$0.0080"],
        ["$0.0050", "$0.0012", "$0.0008", "$0.0030"],
    ]


async def test_a_budget_counts_at_once_and_is_set_anew_in_its_place(run, house):
    await spend(house, 40_000)
    status, out, _ = await run("set", "30")
    assert (status, out) == (0, "Budget of the account: 30 credits a month, 40 spent, 0 held, 0 left.\n")
    with pytest.raises(PaymentRequired, match="organization_budget"):
        await spend(house, 1)
    await run("set", "41")
    await spend(house, 1_000)


async def test_dollars_are_what_the_price_file_says(run, command, tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text("us_dollar = 100\n")
    (tmp_path / "data").mkdir()
    _, out, _ = await run("set", "0.1234567", "--usd", ANTIPHON_PRICES_FILE=str(prices))
    assert out.startswith("Budget of the account: $0.1234 a month")
    assert json.loads((await run("list", "--json"))[1])[0]["amount"] == 12_345


async def test_another_accounts_budget_is_that_accounts(run, command, house):
    await command("from antiphon.cli.accounts import accounts; accounts()")("create", "anna")
    await run("set", "7", "--account", "anna")
    assert (await run("list", "--json"))[1] == "[]\n"
    (budget,) = json.loads((await run("list", "--json", "--account", "anna"))[1])
    assert budget["amount"] == 7_000


REFUSED = [
    (("set", "many"), "A budget is a number of credits, with three decimals at most, or of US dollars."),
    (("set", "5", "--project", "nonsense"), "The account has no such project."),
    (("set", "5", "--account", "nobody"), "There is no such account."),
    (("clear",), "There is no such budget."),
]


@pytest.mark.parametrize(("arguments", "told"), REFUSED)
async def test_what_cannot_be_done_is_a_plain_error(run, house, arguments, told):
    status, out, err = await run(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"antiphon: {told}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "clear"),
        (("set",), "already counts"),
        (("set",), "10,000 credits"),
        (("list",), "--json"),
        (("clear",), "--project"),
    ],
)
async def test_help_helps(run, arguments, told):
    status, out, _ = await run(*arguments, "--help")
    assert status == 0
    assert told in out
