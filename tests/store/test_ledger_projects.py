"""Concurrency of projects: every request is in one."""

import asyncio
from uuid import UUID

import pytest

from antiphon.domain.errors import LimitExceeded
from antiphon.store.ports import Admitted, Concurrency
from store.books import ACCOUNT, OTHER, account, admission

LIMITS = (Concurrency(tier="organization", most=5), Concurrency(tier="project", most=3))


@pytest.fixture
async def ledger(open_store):
    async with open_store() as store:
        for account_id in (ACCOUNT, OTHER):
            await store.keys.ensure_account(account(account_id))
        yield store.ledger


def asked_in(*projects, **changes):
    return [admission(concurrency=LIMITS, project_id=project_id, **changes) for project_id in projects]


async def outcomes(ledger, asked):
    """How many were admitted, and which tiers refused the others."""
    results = await asyncio.gather(*map(ledger.admit, asked), return_exceptions=True)
    admitted = sum(isinstance(result, Admitted) for result in results)
    return admitted, {result.tier for result in results if isinstance(result, LimitExceeded)}


async def test_a_request_without_a_project_counts_for_the_accounts_first(ledger):
    assert await outcomes(ledger, asked_in(*[None] * 10)) == (3, {"project"})
    assert await outcomes(ledger, asked_in(ACCOUNT)) == (0, {"project"})
    assert await outcomes(ledger, asked_in(UUID(int=7))) == (1, set())


async def test_the_first_projects_of_two_accounts_are_two(ledger):
    assert await outcomes(ledger, asked_in(*[None] * 3)) == (3, set())
    assert await outcomes(ledger, asked_in(*[None] * 3, account_id=OTHER)) == (3, set())


async def test_the_projects_of_an_account_share_its_own_limit(ledger):
    in_all = [UUID(int=7), UUID(int=8), None] * 2
    assert await outcomes(ledger, asked_in(*in_all)) == (5, {"organization"})


async def test_a_project_counts_by_dialect(ledger):
    assert await outcomes(ledger, asked_in(*[UUID(int=7)] * 4)) == (3, {"project"})
    assert await outcomes(ledger, asked_in(*[UUID(int=7)] * 4, dialect="soniox")) == (3, {"project"})


async def test_an_overdue_request_has_no_lease_in_its_project_either(ledger):
    assert await outcomes(ledger, asked_in(*[UUID(int=7)] * 3, until=160.0)) == (3, set())
    assert await outcomes(ledger, asked_in(UUID(int=7), at=159.9, until=300.0)) == (0, {"project"})
    assert await outcomes(ledger, asked_in(UUID(int=7), at=160.0, until=300.0)) == (1, set())
