"""What an operator may write where a verb wants an amount, a permission, a project."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import load_prices
from antiphon.kit.control import ControlError
from antiphon.services.accounts import Accounts
from antiphon.services.keys import Keys
from antiphon.services.projects import Projects
from antiphon.surfaces.ops.control import Meant, control_handlers
from antiphon.surfaces.ops.control_projects import project_handlers
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

NO_NUMBER = "A budget is a number of credits, with three decimals at most, or of US dollars."


@pytest.fixture
async def verbs(tmp_path: Path) -> AsyncIterator[Any]:
    clock, store = FakeClock(), open_sqlite(tmp_path / "antiphon.db")
    keys = Keys(
        store=store.keys,
        temporary=store.temporary,
        pepper=b"p" * 32,
        prefix="sona_sk_",
        clock=clock,
        entropy=os.urandom,
    )
    accounts = Accounts(store=store.accounts, plans=load_plans(), clock=clock, entropy=os.urandom)
    projects = Projects(store=store.projects, clock=clock, entropy=os.urandom)
    meant = Meant(first=(await keys.first_account()).id, accounts=accounts, projects=projects)
    yield {**control_handlers(keys, meant), **project_handlers(projects, meant, prices=load_prices())}
    await store.close()


async def refused(handler: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ControlError) as caught:
        await handler(arguments)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("amount", "unit", "counts"),
    [
        ("0", "credits", 0),
        ("12", "credits", 12_000),
        ("12.345", "credits", 12_345),
        ("1e3", "credits", 1_000_000),
        ("0", "usd", 0),
        ("1", "usd", 10_000_000),
        ("0.0000001", "usd", 1),
        ("0.00000019", "usd", 1),
    ],
)
async def test_an_amount_is_credits_or_dollars(verbs: Any, amount: str, unit: str, counts: int) -> None:
    answer = await verbs["budgets.set"]({"amount": amount, "unit": unit})
    assert [budget["amount"] for budget in answer["budgets"]] == [counts]
    assert answer["us_dollar"] == 10_000_000


@pytest.mark.parametrize("unit", ["credits", "usd"])
@pytest.mark.parametrize("amount", ["", "many", "-1", "nan", "snan", "inf", "-inf", "1e30", "9" * 5_000, "1e999999"])
async def test_what_is_no_amount_is_told(verbs: Any, amount: str, unit: str) -> None:
    assert await refused(verbs["budgets.set"], amount=amount, unit=unit) == ("invalid_request", NO_NUMBER)


async def test_credits_have_three_decimals_at_most(verbs: Any) -> None:
    assert await refused(verbs["budgets.set"], amount="1.0001", unit="credits") == ("invalid_request", NO_NUMBER)


@pytest.mark.parametrize("permissions", [["everything"], "files", [1], [None], [["files"]], 5])
async def test_what_is_no_permission_is_told(verbs: Any, permissions: Any) -> None:
    code, message = await refused(verbs["keys.create"], name="n", permissions=permissions)
    assert code == "invalid_request"
    assert message.startswith("Permissions are speech_to_text_realtime, speech_to_text_async, files, ")


@pytest.mark.parametrize("verb", ["keys.create", "budgets.set", "budgets.clear"])
async def test_a_project_that_is_not_there_is_told(verbs: Any, verb: str) -> None:
    arguments = {"name": "n", "amount": "1", "unit": "credits", "project": "nonsense"}
    code, message = await refused(verbs[verb], **arguments)
    assert (code, message.split(".")[0]) == ("not_found", "The account has no such project")


@pytest.mark.parametrize("of", [{}, {"project": "default"}])
async def test_a_budget_that_is_not_there_cannot_be_cleared(verbs: Any, of: dict[str, str]) -> None:
    other = {} if of else {"project": "default"}
    await verbs["budgets.set"]({"amount": "1", "unit": "credits", **other})
    code, message = await refused(verbs["budgets.clear"], **of)
    assert (code, message.split(".")[0]) == ("not_found", "There is no such budget")


@pytest.mark.parametrize("verb", ["projects.create", "budgets.set"])
async def test_a_verb_without_what_it_needs_is_refused(verbs: Any, verb: str) -> None:
    assert (await refused(verbs[verb]))[0] == "invalid_request"
