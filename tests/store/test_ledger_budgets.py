"""The contract of `Ledger` as far as budgets go, over every implementation: a month never costs more than was set."""

import asyncio
from uuid import UUID

import pytest

from antiphon.domain.errors import LimitExceeded, PaymentRequired
from antiphon.store.ports import Admitted, Concurrency, IdempotencyKey
from store.books import ACCOUNT, ORDER, OTHER, PAYG, account, admission, budget, ending, grant, project

PROJECT, SECOND = UUID(int=7), UUID(int=8)
JANUARY, FEBRUARY = 100.0, 31 * 86_400.0
"""Times in 1970; February from its first moment on."""
TIERS = {"organization_budget": None, "project_budget": PROJECT}
"""The reason for a refusal, and the project whose budget refuses."""


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        await opened.projects.add_project(project(PROJECT.int))
        await opened.projects.add_project(project(SECOND.int))
        await opened.ledger.grant(grant(10**9))
        await opened.ledger.grant(grant(10**9, account_id=OTHER))
        yield opened
        assert (await opened.ledger.verify()).fault == ""


@pytest.fixture
def ledger(store):
    return store.ledger


@pytest.fixture(params=TIERS)
def reason(request):
    """For what holds for the account's budget and a project's alike."""
    return request.param


def asked_for(hold, at=JANUARY, **changes):
    return admission(hold, **{"project_id": PROJECT, "at": at, "until": at + 60, **changes})


async def refusal(attempt):
    with pytest.raises(PaymentRequired) as caught:
        await attempt
    return caught.value.reason


async def standing(store, reason, at=JANUARY):
    """(spent, held) of the budget that refuses with `reason`."""
    told = await store.projects.budgets_of(ACCOUNT, at=at)
    (found,) = [one for one in told if one.budget.project_id == TIERS[reason]]
    return found.spent, found.held


async def test_a_budget_can_be_held_to_the_last_millicredit_and_not_beyond(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    await ledger.admit(asked_for(400))
    assert await refusal(ledger.admit(asked_for(101))) == reason
    await ledger.admit(asked_for(100))
    assert await refusal(ledger.admit(asked_for(1))) == reason


async def test_what_was_charged_and_what_is_held_count_together(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    done = asked_for(400)
    await ledger.admit(done)
    await ledger.end(ending(done, 300))
    await ledger.admit(asked_for(150))
    assert await standing(store, reason) == (300, 150)
    assert await refusal(ledger.admit(asked_for(51))) == reason
    await ledger.admit(asked_for(50))


async def test_what_is_released_makes_room_again(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    asked = asked_for(500)
    await ledger.admit(asked)
    assert await refusal(ledger.admit(asked_for(1))) == reason
    await ledger.end(ending(asked, 0))
    assert await standing(store, reason) == (0, 0)
    await ledger.admit(asked_for(500))


async def test_what_the_dead_held_makes_room_again(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    await ledger.admit(asked_for(500))
    assert await refusal(ledger.admit(asked_for(1, at=500.0))) == reason  # Nobody has released it yet.
    await ledger.end_overdue(now=500.0, most=10)
    await ledger.admit(asked_for(500, at=500.0))
    await ledger.end_all(now=501.0)
    assert await standing(store, reason) == (0, 0)


async def test_a_slice_beyond_the_budget_is_refused_and_what_is_held_stays(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    asked = asked_for(300)
    await ledger.admit(asked)
    await ledger.extend(asked.id, amount=150, order=ORDER, at=101.0)
    assert await refusal(ledger.extend(asked.id, amount=51, order=ORDER, at=102.0)) == reason
    assert await standing(store, reason) == (0, 450)
    await ledger.extend(asked.id, amount=50, order=ORDER, at=103.0)
    await ledger.end(ending(asked, 480))
    assert await standing(store, reason) == (480, 0)


async def test_what_costs_nothing_may_begin_under_a_budget_that_is_used_up(store, ledger, reason):
    await store.projects.set_budget(budget(0, TIERS[reason]), at=JANUARY)
    assert await refusal(ledger.admit(asked_for(1))) == reason
    asked = asked_for(0)
    await ledger.admit(asked)
    await ledger.extend(asked.id, amount=0, order=ORDER, at=101.0)
    await ledger.end(ending(asked, 0))


async def test_the_balance_refuses_before_the_organization_and_that_before_the_project(store, ledger):
    await store.projects.set_budget(budget(0, PROJECT), at=JANUARY)
    assert await refusal(ledger.admit(asked_for(1))) == "project_budget"
    await store.projects.set_budget(budget(0), at=JANUARY)
    assert await refusal(ledger.admit(asked_for(1))) == "organization_budget"
    assert await refusal(ledger.admit(asked_for(10**9 + 1))) == "balance"


async def test_the_balance_refuses_a_slice_before_the_budgets_do(store, ledger):
    asked = asked_for(10)
    await ledger.admit(asked)
    await store.projects.set_budget(budget(0, PROJECT), at=JANUARY)
    assert await refusal(ledger.extend(asked.id, amount=1, order=ORDER, at=101.0)) == "project_budget"
    await store.projects.set_budget(budget(0), at=JANUARY)
    assert await refusal(ledger.extend(asked.id, amount=1, order=ORDER, at=101.0)) == "organization_budget"
    assert await refusal(ledger.extend(asked.id, amount=10**9, order=ORDER, at=101.0)) == "balance"


async def test_a_limit_of_concurrency_refuses_before_all_of_them(store, ledger):
    await store.projects.set_budget(budget(0), at=JANUARY)
    await ledger.admit(asked_for(0))
    with pytest.raises(LimitExceeded):
        await ledger.admit(asked_for(10**10, concurrency=[Concurrency(tier="organization", most=1)]))


async def test_a_projects_budget_binds_that_project_alone(store, ledger):
    await store.projects.set_budget(budget(100, PROJECT), at=JANUARY)
    await ledger.admit(asked_for(100))
    for project_id in (SECOND, ACCOUNT, None):
        await ledger.admit(asked_for(1000, project_id=project_id))
    assert await standing(store, "project_budget") == (0, 100)


async def test_the_accounts_budget_binds_all_its_projects_in_every_dialect_and_no_other_account(store, ledger):
    await store.projects.set_budget(budget(300), at=JANUARY)
    for project_id, dialect in ((PROJECT, "soniox"), (SECOND, "sonna"), (None, "soniox")):
        await ledger.admit(asked_for(100, project_id=project_id, dialect=dialect))
    assert await refusal(ledger.admit(asked_for(1, project_id=ACCOUNT))) == "organization_budget"
    await ledger.admit(asked_for(1000, account_id=OTHER, project_id=OTHER))


@pytest.mark.parametrize("project_id", [None, ACCOUNT])
async def test_a_request_without_a_project_is_in_the_first_one(store, ledger, project_id):
    await store.projects.set_budget(budget(100, ACCOUNT), at=JANUARY)
    asked = asked_for(70, project_id=project_id)
    await ledger.admit(asked)
    assert await refusal(ledger.extend(asked.id, amount=31, order=ORDER, at=101.0)) == "project_budget"
    await ledger.end(ending(asked, 60))
    assert await refusal(ledger.admit(asked_for(41, project_id=ACCOUNT))) == "project_budget"
    assert await refusal(ledger.admit(asked_for(41, project_id=None))) == "project_budget"
    await ledger.admit(asked_for(40, project_id=None))


async def test_a_refused_request_leaves_nothing_behind(store, ledger, reason):
    await store.projects.set_budget(budget(100, TIERS[reason]), at=JANUARY)
    before = await ledger.statement(ACCOUNT)
    once = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)
    limits = [Concurrency(tier="organization", most=1), Concurrency(tier="project", most=1)]
    assert await refusal(ledger.admit(asked_for(101, concurrency=limits, idempotency=once))) == reason
    assert await ledger.statement(ACCOUNT) == before
    assert (await ledger.balance(ACCOUNT, at=JANUARY)).held == 0
    assert isinstance(await ledger.admit(asked_for(100, concurrency=limits, idempotency=once)), Admitted)


async def test_a_new_month_makes_room_for_all_but_what_is_still_held(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    done, at_work = asked_for(300), asked_for(200)
    for asked in (done, at_work):
        await ledger.admit(asked)
    await ledger.end(ending(done, 300, at=FEBRUARY - 0.001))
    assert await refusal(ledger.admit(asked_for(1, at=FEBRUARY - 0.001))) == reason
    assert await refusal(ledger.admit(asked_for(301, at=FEBRUARY))) == reason
    await ledger.admit(asked_for(300, at=FEBRUARY))


async def test_a_request_is_charged_to_the_month_in_which_it_ends(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    early, late = asked_for(100), asked_for(100)
    for asked in (early, late):
        await ledger.admit(asked)
    await ledger.end(ending(early, 70, at=FEBRUARY - 0.001))
    assert await standing(store, reason, at=FEBRUARY - 0.001) == (70, 100)
    await ledger.end(ending(late, 80, at=FEBRUARY))
    assert await standing(store, reason, at=FEBRUARY) == (80, 0)


async def test_a_clock_that_steps_back_over_the_end_of_a_month_makes_no_room(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    first, second = asked_for(300, at=FEBRUARY), asked_for(200, at=FEBRUARY - 10)
    await ledger.admit(first)
    await ledger.end(ending(first, 300, at=FEBRUARY))
    assert await refusal(ledger.admit(asked_for(201, at=FEBRUARY - 10))) == reason
    await ledger.admit(second)
    await ledger.end(ending(second, 200, at=FEBRUARY - 9))
    assert await standing(store, reason, at=FEBRUARY) == (500, 0)
    assert await refusal(ledger.admit(asked_for(1, at=FEBRUARY))) == reason


async def test_a_budget_below_what_was_spent_lets_nothing_begin_and_a_higher_one_does_again(store, ledger, reason):
    await store.projects.set_budget(budget(500, TIERS[reason]), at=JANUARY)
    asked = asked_for(400)
    await ledger.admit(asked)
    await store.projects.set_budget(budget(100, TIERS[reason]), at=JANUARY)
    await ledger.end(ending(asked, 400))  # What was allowed to begin may end as it was allowed to.
    assert await refusal(ledger.admit(asked_for(1))) == reason
    assert await store.projects.clear_budget(ACCOUNT, TIERS[reason])
    await ledger.admit(asked_for(10_000))


# Many at once


async def attempts(ledger, asked):
    """How many of these were admitted; the others have to have been refused for money."""
    results = await asyncio.gather(*map(ledger.admit, asked), return_exceptions=True)
    assert {type(result) for result in results} <= {Admitted, PaymentRequired}
    return sum(isinstance(result, Admitted) for result in results)


async def test_of_two_hundred_at_once_exactly_those_are_admitted_whom_the_budget_fits(store, ledger, reason):
    await store.projects.set_budget(budget(7 * 50 + 49, TIERS[reason]), at=JANUARY)
    assert await attempts(ledger, [asked_for(50) for _ in range(200)]) == 7
    assert await standing(store, reason) == (0, 350)


async def test_of_many_in_many_projects_and_dialects_no_more_are_admitted_than_fit_all_budgets(store, ledger):
    for wanted in (budget(700), budget(400, PROJECT), budget(200, SECOND)):
        await store.projects.set_budget(wanted, at=JANUARY)
    of = [(PROJECT, "soniox"), (SECOND, "sonna"), (PROJECT, "sonna"), (ACCOUNT, "soniox"), (None, "sonna")]
    asked = [asked_for(10, project_id=of[n % 5][0], dialect=of[n % 5][1]) for n in range(400)]
    assert await attempts(ledger, asked) == 70
    told = {one.budget.project_id: one.held for one in await store.projects.budgets_of(ACCOUNT, at=JANUARY)}
    assert told[None] == 700
    assert told[PROJECT] <= 400
    assert told[SECOND] <= 200


async def test_of_many_slices_at_once_exactly_those_are_held_that_the_budget_fits(store, ledger, reason):
    asked = [asked_for(10) for _ in range(40)]
    await asyncio.gather(*map(ledger.admit, asked))
    await store.projects.set_budget(budget(400 + 12 * 30 + 29, TIERS[reason]), at=JANUARY)
    slices = [ledger.extend(of.id, amount=30, order=ORDER, at=101.0) for of in asked]
    results = await asyncio.gather(*slices, return_exceptions=True)
    assert sum(result is None for result in results) == 12
    assert {result.reason for result in results if result is not None} == {reason}
    assert await standing(store, reason) == (0, 400 + 12 * 30)


async def test_what_many_spend_that_come_and_go_is_never_more_than_the_budget(store, ledger, reason):
    """Half of what is held is charged, so that room is made all the time while others ask for it."""
    await store.projects.set_budget(budget(1000, TIERS[reason]), at=JANUARY)
    seen, reasons = [], set()

    async def customer(charge):
        asked = asked_for(100)
        try:
            await ledger.admit(asked)
        except PaymentRequired as refused:
            reasons.add(refused.reason)
            return 0
        seen.append(sum(await standing(store, reason)))
        await ledger.end(ending(asked, charge))
        return charge

    async def lane(number):
        return sum([await customer((number * 7 + turn * 13) % 101) for turn in range(12)])

    charged = sum(await asyncio.gather(*map(lane, range(20))))
    assert (max(seen) <= 1000, reasons) == (True, {reason})
    assert await standing(store, reason) == (charged, 0)
    assert 900 < charged <= 1000
    paid = 10**9 - (await ledger.balance(ACCOUNT, at=JANUARY)).available[PAYG]
    assert paid == charged
