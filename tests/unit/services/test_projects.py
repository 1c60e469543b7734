"""Projects of accounts, and what they may spend in a month."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from antiphon.domain.errors import Conflict, InvalidRequest, NotFound
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, Price
from antiphon.domain.projects import Budget, BudgetStanding
from antiphon.kit.ids import Entropy
from antiphon.services.keys import Keys
from antiphon.services.pay import Claim, Outcome, Pay
from antiphon.services.projects import Projects
from antiphon.store.ports import Grant
from antiphon.store.sqlite import SqliteStore
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

ANNA, BERT = UUID(int=1), UUID(int=2)
NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
DAY = 86_400


@dataclass
class Office:
    store: SqliteStore
    clock: FakeClock
    projects: Projects

    async def spend(self, amount: int, project_id: UUID = ANNA) -> None:
        """Have a request of Anna's charged."""
        pay = Pay(self.store.ledger, clock=self.clock, entropy=Entropy())
        claim = Claim(
            account_id=ANNA,
            project_id=project_id,
            key_id=UUID(int=3),
            order=(Bucket.PAYG,),
            request_id="r",
            dialect="d",
            route="d.r",
            modality="speech",
            model="m",
            engine="e",
            price=Price(millicredits=1, unit="unit"),
        )
        async with pay.request(claim, units=amount, status_of=lambda _: 500) as paid:
            await paid.end(Outcome(units=amount, status=200))

    async def stands(self) -> list[tuple[UUID | None, int, int]]:
        """Anna's budgets: of which project, how much, how much of it is spent."""
        found = await self.projects.budgets(ANNA)
        return [(one.budget.project_id, one.budget.amount, one.spent) for one in found]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    clock = FakeClock(NOVEMBER)
    store = open_sqlite(tmp_path / "antiphon.db")
    for id_, name in ((ANNA, "anna"), (BERT, "bert")):
        await store.keys.ensure_account(Account(id=id_, name=name, created_at=clock.now()))
    await store.ledger.grant(
        Grant(
            transfer_id="topup:1",
            lot_id=uuid4(),
            account_id=ANNA,
            bucket=Bucket.PAYG,
            amount=MilliCredits(10_000),
            at=clock.now(),
        )
    )
    yield Office(store, clock, Projects(store=store.projects, clock=clock, entropy=os.urandom))
    await store.close()


async def test_an_account_has_its_first_project_and_those_that_are_made(office: Office) -> None:
    made = []
    for name in ("app", "web"):
        office.clock.advance(1)
        made.append(await office.projects.create(ANNA, name))
    first, *others = await office.projects.list(ANNA)
    assert (first.id, first.account_id, first.name) == (ANNA, ANNA, "default")
    assert others == made
    assert [(one.account_id, one.name, one.created_at) for one in made] == [
        (ANNA, "app", NOVEMBER + 1),
        (ANNA, "web", NOVEMBER + 2),
    ]
    assert [project.id for project in await office.projects.list(BERT)] == [BERT]


async def test_a_project_is_found_by_its_name_and_by_its_id(office: Office) -> None:
    app = await office.projects.create(ANNA, "app")
    for text, id_ in (("app", app.id), (str(app.id), app.id), ("default", ANNA), (str(ANNA), ANNA)):
        assert (await office.projects.find(ANNA, text)).id == id_


async def test_another_accounts_project_is_not_found(office: Office) -> None:
    app = await office.projects.create(BERT, "app")
    for text in ("app", str(app.id), str(BERT), str(uuid4()), "", "nothing"):
        with pytest.raises(NotFound, match="unknown_project"):
            await office.projects.find(ANNA, text)


@pytest.mark.parametrize("name", ["app", "default"])
async def test_no_two_projects_of_an_account_have_the_same_name(office: Office, name: str) -> None:
    await office.projects.create(ANNA, "app")
    await office.projects.create(BERT, "web")
    with pytest.raises(Conflict, match="name_taken"):
        await office.projects.create(ANNA, name)
    await office.projects.create(ANNA, "web")


@pytest.mark.parametrize("name", ["", "a" * 101, "two\nlines", "\x1b[31m", str(UUID(int=7))])
async def test_a_projects_name_is_short_and_printable_and_no_id(office: Office, name: str) -> None:
    with pytest.raises(InvalidRequest, match="name"):
        await office.projects.create(ANNA, name)


async def test_a_key_belongs_to_its_project(office: Office) -> None:
    keys = Keys(
        store=office.store.keys,
        temporary=office.store.temporary,
        pepper=b"p" * 32,
        prefix="sona_sk_",
        clock=office.clock,
        entropy=os.urandom,
    )
    app = await office.projects.create(ANNA, "app")
    _, text = await keys.create(ANNA, "its own", project_id=app.id)
    assert (await keys.authenticate(text)).project_id == app.id
    await keys.close()


async def test_a_budget_counts_what_its_month_has_cost_already(office: Office) -> None:
    app = await office.projects.create(ANNA, "app")
    await office.spend(40)
    await office.spend(2, app.id)
    await office.projects.set_budget(ANNA, MilliCredits(100))
    await office.projects.set_budget(ANNA, MilliCredits(50), project_id=app.id)
    await office.projects.set_budget(ANNA, MilliCredits(70), project_id=ANNA)
    assert sorted(await office.stands(), key=str) == sorted([(None, 100, 42), (app.id, 50, 2), (ANNA, 70, 40)], key=str)
    await office.spend(3, app.id)
    assert (None, 100, 45) in await office.stands()
    assert (app.id, 50, 5) in await office.stands()


async def test_a_month_later_nothing_is_spent(office: Office) -> None:
    await office.projects.set_budget(ANNA, MilliCredits(100))
    await office.spend(40)
    office.clock.advance(11 * DAY)
    assert await office.stands() == [(None, 100, 0)]


async def test_a_budget_that_is_set_again_takes_the_place_of_the_former(office: Office) -> None:
    for amount in (100, 0):
        await office.projects.set_budget(ANNA, MilliCredits(amount))
    (standing,) = await office.projects.budgets(ANNA)
    budget = Budget(account_id=ANNA, project_id=None, amount=MilliCredits(0))
    assert standing == BudgetStanding(budget=budget, spent=MilliCredits(0), held=MilliCredits(0))


async def test_a_budget_is_cleared_once(office: Office) -> None:
    await office.projects.set_budget(ANNA, MilliCredits(100))
    with pytest.raises(NotFound, match="unknown_budget"):
        await office.projects.clear_budget(ANNA, project_id=ANNA)
    await office.projects.clear_budget(ANNA)
    assert await office.stands() == []
    with pytest.raises(NotFound, match="unknown_budget"):
        await office.projects.clear_budget(ANNA)
