"""The contract of `ProjectStore`, over every implementation: projects, and budgets as they are set and told.

What budgets refuse is in `test_ledger_budgets`.
"""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.errors import NotFound
from antiphon.domain.projects import FIRST_PROJECT, BudgetStanding, Project
from store.books import ACCOUNT, OTHER, account, admission, budget, ending, grant, project, usage

NOBODY = UUID(int=99)
JANUARY, FEBRUARY, MARCH = 100.0, 31 * 86_400.0, 59 * 86_400.0
"""Times in 1970; the latter two are the first moments of their months."""


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        yield opened


@pytest.fixture
def projects(store):
    return store.projects


def first_of(account_id):
    return Project(id=account_id, account_id=account_id, name=FIRST_PROJECT, created_at=1.0)


# Projects


async def test_every_account_has_a_first_project_that_nobody_added(projects):
    assert await projects.project(ACCOUNT) == first_of(ACCOUNT)
    assert await projects.project_named(OTHER, FIRST_PROJECT) == first_of(OTHER)
    assert await projects.projects_of(ACCOUNT) == (first_of(ACCOUNT),)


async def test_an_account_that_nobody_knows_has_no_project(projects):
    assert await projects.project(NOBODY) is None
    assert await projects.project_named(NOBODY, FIRST_PROJECT) is None
    assert await projects.projects_of(NOBODY) == ()


async def test_a_project_is_found_by_its_id_and_by_its_name(projects):
    assert await projects.add_project(project(7))
    assert await projects.project(UUID(int=7)) == project(7)
    assert await projects.project_named(ACCOUNT, "project 7") == project(7)
    assert await projects.project_named(OTHER, "project 7") is None
    assert await projects.project_named(ACCOUNT, "project 8") is None


async def test_an_accounts_projects_are_told_the_first_one_first_then_in_the_order_of_ids(projects):
    for number in (9, 8, 10):
        await projects.add_project(project(number))
    await projects.add_project(project(11, account_id=OTHER))
    assert await projects.projects_of(ACCOUNT) == (first_of(ACCOUNT), project(8), project(9), project(10))
    await projects.add_project(project(1000, account_id=OTHER, id=UUID(int=0)))
    assert [one.id.int for one in await projects.projects_of(OTHER)] == [OTHER.int, 0, 11]


@pytest.mark.parametrize("name", ["the same", FIRST_PROJECT])
async def test_a_name_is_taken_once_in_an_account(projects, name):
    wanted = [project(number, name=name) for number in range(100, 110)]
    added = await asyncio.gather(*map(projects.add_project, wanted))
    assert added.count(True) == (0 if name == FIRST_PROJECT else 1)
    assert len(await projects.projects_of(ACCOUNT)) == 1 + added.count(True)


async def test_another_account_may_have_a_project_of_that_name(projects):
    assert await projects.add_project(project(7, name="the same"))
    assert await projects.add_project(project(8, name="the same", account_id=OTHER))


# Budgets


async def standings(projects, at=JANUARY, of=ACCOUNT):
    """What is told, in few letters: (project, amount, spent, held)."""
    told = await projects.budgets_of(of, at=at)
    return [(one.budget.project_id, one.budget.amount, one.spent, one.held) for one in told]


async def served(store, charge, **changes):
    """A request from its admission to its end, charged at the time `at`."""
    at = changes.pop("at", JANUARY)
    asked = admission(5000, at=at, until=at + 60, **changes)
    row = usage(id=asked.id, at=at, project_id=asked.project_id, dialect=asked.dialect, account_id=asked.account_id)
    await store.ledger.admit(asked)
    await store.ledger.end(ending(asked, charge, at=at, usage=row))


async def test_there_is_no_budget_until_one_is_set(projects):
    assert await projects.budgets_of(ACCOUNT, at=JANUARY) == ()
    assert await projects.budgets_of(NOBODY, at=JANUARY) == ()


async def test_a_budget_comes_back_as_it_was_set(projects):
    for wanted in (budget(500), budget(0, ACCOUNT)):
        await projects.set_budget(wanted, at=JANUARY)
    assert await projects.budgets_of(ACCOUNT, at=JANUARY) == (
        BudgetStanding(budget=budget(500), spent=0, held=0),
        BudgetStanding(budget=budget(0, ACCOUNT), spent=0, held=0),
    )
    assert await projects.budgets_of(OTHER, at=JANUARY) == ()


async def test_budgets_are_told_the_accounts_own_first_then_by_project(projects):
    for number in (8, 7):
        await projects.add_project(project(number))
        await projects.set_budget(budget(number, UUID(int=number)), at=JANUARY)
    await projects.set_budget(budget(1, ACCOUNT), at=JANUARY)
    await projects.set_budget(budget(100), at=JANUARY)
    assert [amount for _, amount, _, _ in await standings(projects)] == [100, 1, 7, 8]


async def test_a_budget_may_be_larger_than_anything_that_could_be_spent(store):
    await store.projects.set_budget(budget(10**30), at=JANUARY)
    await store.ledger.grant(grant(10**12))
    await store.ledger.admit(admission(10**12))
    ((_, amount, _, held),) = await standings(store.projects)
    assert (amount > 10**18, held) == (True, 10**12)


async def test_a_budget_of_an_account_that_nobody_knows_cannot_be_set(projects):
    with pytest.raises(NotFound):
        await projects.set_budget(budget(500, account_id=NOBODY), at=JANUARY)


async def test_a_budget_that_is_set_again_is_replaced(projects):
    await projects.set_budget(budget(500), at=JANUARY)
    await projects.set_budget(budget(300), at=JANUARY)
    assert await standings(projects) == [(None, 300, 0, 0)]


async def test_a_budget_that_is_taken_away_is_gone_and_no_other(projects):
    await projects.set_budget(budget(500), at=JANUARY)
    await projects.set_budget(budget(300, ACCOUNT), at=JANUARY)
    assert await projects.clear_budget(ACCOUNT, None)
    assert not await projects.clear_budget(ACCOUNT, None)
    assert not await projects.clear_budget(OTHER, None)
    assert await standings(projects) == [(ACCOUNT, 300, 0, 0)]
    assert await projects.clear_budget(ACCOUNT, ACCOUNT)
    assert await standings(projects) == []


async def test_what_is_charged_is_spent_and_what_is_held_is_told_apart(store):
    await store.projects.add_project(project(7))
    await store.ledger.grant(grant(100_000))
    for wanted in (budget(9000), budget(8000, ACCOUNT), budget(7000, UUID(int=7))):
        await store.projects.set_budget(wanted, at=JANUARY)
    await served(store, 10)
    await served(store, 20, project_id=ACCOUNT, dialect="soniox")
    await served(store, 300, project_id=UUID(int=7))
    await store.ledger.admit(admission(4))
    await store.ledger.admit(admission(50, project_id=UUID(int=7), dialect="soniox"))
    assert await standings(store.projects) == [
        (None, 9000, 330, 54),
        (ACCOUNT, 8000, 30, 4),
        (UUID(int=7), 7000, 300, 50),
    ]


async def test_with_the_month_what_was_spent_begins_anew_and_what_is_held_stays(store):
    await store.ledger.grant(grant(100_000))
    await store.projects.set_budget(budget(9000), at=JANUARY)
    await served(store, 10, at=FEBRUARY - 0.001)
    await store.ledger.admit(admission(4, at=FEBRUARY - 0.001, until=FEBRUARY + 60))
    assert await standings(store.projects, at=FEBRUARY - 0.001) == [(None, 9000, 10, 4)]
    assert await standings(store.projects, at=FEBRUARY) == [(None, 9000, 0, 4)]
    await served(store, 20, at=FEBRUARY)
    assert await standings(store.projects, at=FEBRUARY) == [(None, 9000, 20, 4)]
    assert await standings(store.projects, at=MARCH) == [(None, 9000, 0, 4)]


async def test_a_budget_that_is_set_in_the_middle_of_a_month_counts_what_was_charged_since_it_began(store):
    await store.projects.add_project(project(7))
    await store.ledger.grant(grant(100_000))
    await store.ledger.grant(grant(100_000, account_id=OTHER))
    await served(store, 1, at=FEBRUARY - 0.001)
    await served(store, 20, at=FEBRUARY)
    await served(store, 300, at=FEBRUARY + 1000, dialect="soniox", project_id=ACCOUNT)
    await served(store, 4000, at=FEBRUARY + 2000, project_id=UUID(int=7))
    await served(store, 999, at=FEBRUARY, account_id=OTHER)
    for wanted in (budget(9000), budget(9001, ACCOUNT), budget(9002, UUID(int=7))):
        await store.projects.set_budget(wanted, at=FEBRUARY + 3000)
    expected = [(None, 9000, 4320, 0), (ACCOUNT, 9001, 320, 0), (UUID(int=7), 9002, 4000, 0)]
    assert await standings(store.projects, at=FEBRUARY + 3000) == expected
    await store.ledger.seal(most=1000)
    await store.projects.set_budget(budget(9003), at=FEBRUARY + 3000)
    assert await standings(store.projects, at=FEBRUARY + 3000) == [(None, 9003, 4320, 0), *expected[1:]]


@pytest.mark.parametrize("status", [200, 402, 499, 502])
async def test_whatever_was_charged_counts_however_the_request_ended(store, status):
    await store.ledger.grant(grant(100_000))
    asked = admission(1000)
    await store.ledger.admit(asked)
    row = usage(id=asked.id, at=110.0, status=status, code="whatever", latency_ms=0)
    await store.ledger.end(ending(asked, 77, usage=row))
    await store.ledger.seal(most=1000)
    await store.projects.set_budget(budget(5000), at=JANUARY)
    assert await standings(store.projects) == [(None, 5000, 77, 0)]


async def test_a_budget_that_is_set_while_requests_end_counts_each_of_them_once(store):
    await store.ledger.grant(grant(100_000))
    asked = [admission(100) for _ in range(120)]
    await asyncio.gather(*map(store.ledger.admit, asked))
    ends = [store.ledger.end(ending(of, 30, at=110.0, usage=usage(id=of.id, at=110.0))) for of in asked]
    sets = [store.projects.set_budget(budget(20_000 + number), at=JANUARY) for number in range(12)]
    work = [
        one for number, end in enumerate(ends) for one in (end, *([sets[number // 10]] if number % 10 == 5 else ()))
    ]
    await asyncio.gather(*work)
    ((_, _, spent, held),) = await standings(store.projects)
    assert (spent, held) == (120 * 30, 0)


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account(ACCOUNT))
        await store.ledger.grant(grant(100_000))
        await store.projects.add_project(project(7))
        await store.projects.set_budget(budget(5000), at=JANUARY)
        await served(store, 10)
    async with open_store() as store:
        assert await store.projects.projects_of(ACCOUNT) == (first_of(ACCOUNT), project(7))
        assert await standings(store.projects) == [(None, 5000, 10, 0)]
        assert not await store.projects.add_project(replace(project(8), name="project 7"))
