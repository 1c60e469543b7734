"""What a key's requests are counted, claimed and logged as."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from antiphon.catalog.limits import load_limits
from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import load_prices
from antiphon.domain.errors import LimitExceeded
from antiphon.domain.keys import Account, ApiKey, Permission, TemporaryKey
from antiphon.domain.projects import Project
from antiphon.kit.ids import Entropy
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.services.limits import Limits
from antiphon.services.pay import Outcome, Pay
from antiphon.services.till import Till, Wanted
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.sqlite import SqliteStore
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

ACCOUNT, APP, WEB = UUID(int=1), UUID(int=11), UUID(int=12)
KEY = ApiKey(id=UUID(int=2), account_id=ACCOUNT, project_id=APP, name="n", shown_prefix="s", created_at=0.0)
TEMPORARY = replace(
    KEY,
    temporary=TemporaryKey(
        id=UUID(int=3),
        parent_id=KEY.id,
        permission=Permission.TEXT_TO_SPEECH_REALTIME,
        created_at=0.0,
        expires_at=60.0,
        client_reference_id="user 7",
    ),
)
UNLABELLED = replace(TEMPORARY, temporary=replace(TEMPORARY.temporary, client_reference_id=""))


@dataclass
class Shop:
    store: SqliteStore
    till: Till

    async def count(self, project: UUID, klass: str = "tts") -> None:
        await self.till.count(replace(KEY, project_id=project), dialect="soniox", klass=klass)

    async def logged(self) -> Any:
        await self.till.pay.tick()
        (row,) = await self.store.ledger.usage(ACCOUNT)
        return row.project_id, row.key_id, row.client_reference_id, row.status


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    limits = tmp_path / "limits.toml"
    limits.write_text("[soniox.tts.rates]\norganization.limit = 3\nproject.limit = 2\n")
    clock, store = FakeClock(), open_sqlite(tmp_path / "antiphon.db")
    await store.keys.ensure_account(Account(id=ACCOUNT, name="a", created_at=1.0))
    for id_, name in ((APP, "app"), (WEB, "web")):
        await store.projects.add_project(Project(id=id_, account_id=ACCOUNT, name=name, created_at=1.0))
    accounts = Accounts(store=store.accounts, plans=load_plans(), clock=clock, entropy=os.urandom)
    till = Till(
        limits=Limits(MemoryRates(clock), load_limits(limits), clock=clock),
        standings=Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom),
        prices=load_prices(),
        pay=Pay(store.ledger, clock=clock, entropy=Entropy()),
    )
    yield Shop(store, till)
    await store.close()


def wanted(**changes: Any) -> Wanted:
    usual = {"dialect": "soniox", "klass": "tts", "route": "soniox.tts", "price": "speech", "modality": "speech"}
    more = {"model": "tts-rt-v1", "engine": "tone", "request_id": "r", "client_reference_id": "job 1"}
    return Wanted(**{**usual, **more, **changes})


async def test_requests_are_counted_by_account_and_by_project(shop: Shop) -> None:
    for project in (APP, APP):
        await shop.count(project)
    with pytest.raises(LimitExceeded) as caught:
        await shop.count(APP)
    assert caught.value.tier == "project"
    await shop.count(WEB)
    with pytest.raises(LimitExceeded) as caught:
        await shop.count(WEB)
    assert caught.value.tier == "organization"


@pytest.mark.parametrize("klass", ["management", "usage-logs", "temporary-keys"])
async def test_each_class_of_the_management_has_a_count_of_its_own(shop: Shop, klass: str) -> None:
    for _ in range(2):
        await shop.count(APP)
    for _ in range(100):
        await shop.count(APP, klass)
    with pytest.raises(LimitExceeded):
        await shop.count(APP, klass)


async def test_a_claim_is_that_of_the_keys_project(shop: Shop) -> None:
    claim = await shop.till.claim(KEY, wanted())
    assert (claim.account_id, claim.project_id, claim.key_id) == (ACCOUNT, APP, KEY.id)


@pytest.mark.parametrize(("key", "label"), [(KEY, "job 1"), (TEMPORARY, "user 7"), (UNLABELLED, "")])
async def test_a_temporary_keys_label_stands_in_place_of_the_requests(shop: Shop, key: ApiKey, label: str) -> None:
    assert (await shop.till.claim(key, wanted())).client_reference_id == label


async def test_a_request_that_was_served_is_logged_in_its_project(shop: Shop) -> None:
    claim = await shop.till.claim(TEMPORARY, wanted())
    async with shop.till.pay.request(claim, units=100, status_of=lambda _: 500) as paid:
        await paid.end(Outcome(units=100, status=200))
    assert await shop.logged() == (APP, KEY.id, "user 7", 200)


@pytest.mark.parametrize(("key", "label"), [(KEY, ""), (TEMPORARY, "user 7")])
async def test_a_request_that_was_refused_is_logged_in_its_project(shop: Shop, key: ApiKey, label: str) -> None:
    shop.till.refused(key, dialect="soniox", route="soniox.tts", request_id="r", status=400, code="invalid_request")
    assert await shop.logged() == (APP, KEY.id, label, 400)


async def test_a_request_at_work_counts_in_its_project(shop: Shop) -> None:
    claim = replace(await shop.till.claim(KEY, wanted()), concurrency=())
    async with shop.till.pay.request(claim, units=100, status_of=lambda _: 500):
        at = shop.till.pay.clock.now()
        work = {
            project: await shop.store.log.at_work(account_id=ACCOUNT, project_id=project, dialect="soniox", at=at)
            for project in (APP, WEB)
        }
    assert {project: (found.organization, found.project) for project, found in work.items()} == {
        APP: (1, 1),
        WEB: (1, 0),
    }
