"""Projects, budgets, temporary keys, voices and the log, as only PostgreSQL has them: with several processes."""

import asyncio
import contextlib
import itertools
from uuid import UUID

import asyncpg
import pytest

from antiphon.domain.errors import NotFound, PaymentRequired
from antiphon.domain.keys import ApiKey, Permission, TemporaryKey
from antiphon.domain.voices import ClonedVoice
from antiphon.store import postgres_usage
from antiphon.store.migrate import Migration
from antiphon.store.ports import Admitted
from antiphon.store.postgres import PostgresStore
from antiphon.store.postgres_migrate import migrate_postgres, postgres_migrations
from store.books import ACCOUNT, OTHER, account, admission, budget, ending, grant, new_id, project, usage

PROJECT = UUID(int=7)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
BEFORE_PROJECTS = 4
"""The last step of the releases that had none."""


@pytest.fixture
async def url(cluster):
    return await cluster.new_database()


@pytest.fixture
async def stores(url):
    """Two processes' stores on one database."""
    async with contextlib.AsyncExitStack() as closing:
        opened = [await PostgresStore.open(url) for _ in range(2)]
        for store in opened:
            closing.push_async_callback(store.close)
            await store.keys.ensure_account(account())
            await store.keys.ensure_account(account(OTHER))
        await opened[0].projects.add_project(project(PROJECT.int))
        yield opened


@pytest.fixture
async def connection(url):
    made = await asyncpg.connect(url)
    yield made
    await made.close()


async def among(calls):
    """What calls gave or raised, all made at once."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def spent_and_held(store, at=110.0):
    return [(one.spent, one.held) for one in await store.projects.budgets_of(ACCOUNT, at=at)]


# Budgets


@pytest.mark.parametrize("of", [None, PROJECT])
async def test_two_processes_together_never_hold_more_than_a_budget(stores, of):
    first = stores[0]
    await first.ledger.grant(grant(10**6))
    for round_ in range(1, 6):
        await first.projects.set_budget(budget(round_ * 300 + 9, of), at=100.0)
        asked = [admission(10, project_id=PROJECT) for _ in range(400)]
        answers = await among(one.ledger.admit(ask) for one, ask in zip(itertools.cycle(stores), asked, strict=False))
        assert sum(isinstance(answer, Admitted) for answer in answers) == 30
        assert sum(isinstance(answer, PaymentRequired) for answer in answers) == 370
    assert await spent_and_held(first) == [(0, 1500)]


async def test_a_budget_set_by_one_process_while_another_ends_requests_counts_each_charge_once(stores):
    first, second = stores
    await first.ledger.grant(grant(10**6))
    for round_ in range(1, 41):
        asked = [admission(10) for _ in range(10)]
        await asyncio.gather(*map(first.ledger.admit, asked))
        ends = (first.ledger.end(ending(one, 3, usage=usage(id=one.id))) for one in asked)
        await asyncio.gather(*ends, *(second.projects.set_budget(budget(10**6), at=110.0) for _ in range(2)))
        assert await spent_and_held(first) == [(30 * round_, 0)]


async def test_charges_that_lie_far_back_are_counted_and_those_of_the_month_before_are_not(stores):
    february, now = 31 * 86_400.0, 45 * 86_400.0
    rows = [
        usage(at=at, charged=charged, paid_from={"payg": charged})
        for at, charged in [(february - 1, 1), (february, 20), (now - 301, 300), (now - 300, 4000), (now + 5, 50_000)]
    ]
    await stores[0].ledger.note_usage(rows)
    await stores[0].projects.set_budget(budget(10**6), at=now)
    assert await spent_and_held(stores[0], at=now) == [(54_320, 0)]


async def test_whoever_sets_a_budget_waits_for_an_account_that_is_locked(stores, connection):
    async with connection.transaction():
        await connection.execute("SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE", ACCOUNT)
        setting = asyncio.create_task(stores[0].projects.set_budget(budget(5), at=100.0))
        while not setting.done() and not await connection.fetchval(WAITING):
            pass
        assert await spent_and_held(stores[1]) == []
    await setting
    assert await spent_and_held(stores[1]) == [(0, 0)]


async def test_nobody_sets_a_budget_for_an_account_that_is_not_there(stores):
    with pytest.raises(NotFound):
        await stores[0].projects.set_budget(budget(5, account_id=UUID(int=99)), at=100.0)


async def test_a_budget_beyond_all_numbers_is_as_good_as_none(stores):
    await stores[0].ledger.grant(grant(1000))
    await stores[0].projects.set_budget(budget(10**40), at=100.0)
    assert isinstance(await stores[0].ledger.admit(admission(1000)), Admitted)


# What is made once


async def test_of_two_processes_that_add_a_project_of_one_name_one_does(stores):
    added = await among(
        one.projects.add_project(project(100 + number, name="the same"))
        for number, one in zip(range(20), itertools.cycle(stores), strict=False)
    )
    assert added.count(True) == 1
    assert added.count(False) == 19


async def test_of_two_processes_that_add_a_voice_of_one_name_one_does(stores):
    blank = {"account_id": ACCOUNT, "project_id": PROJECT, "filename": "", "created_at": 1.0, "clip": ""}
    voices = [ClonedVoice(id=new_id(), name="the same", **blank) for _ in range(20)]
    added = await among(
        one.voices.add_voice(voice) for one, voice in zip(itertools.cycle(stores), voices, strict=False)
    )
    assert added.count(True) == 1
    assert added.count(False) == 19


@pytest.fixture
async def parent(stores):
    blank = {"account_id": ACCOUNT, "project_id": ACCOUNT, "name": "", "shown_prefix": "", "created_at": 1.0}
    key = ApiKey(id=UUID(int=10), **blank)
    await stores[0].keys.add_first_key(key, digest=bytes(32))
    return key


def temporary(number, parent, created_at=1000.0):
    return TemporaryKey(
        id=UUID(int=number),
        parent_id=parent.id,
        permission=Permission.TEXT_TO_SPEECH_REALTIME,
        created_at=created_at,
        expires_at=created_at + 60,
        single_use=True,
    )


async def test_a_key_for_one_use_is_used_by_one_of_two_processes(stores, parent):
    await stores[0].temporary.add_temporary(temporary(1, parent), digest=bytes(32))
    used = await among(one.temporary.use_temporary(UUID(int=1), at=1001.0) for one in stores * 20)
    assert used.count(True) == 1
    assert used.count(False) == 39


async def test_processes_that_forget_expired_keys_at_once_do_not_stand_in_each_others_way(stores, parent):
    first = stores[0].temporary
    old = [temporary(number, parent) for number in range(100, 300)]
    await asyncio.gather(*(first.add_temporary(key, digest=key.id.bytes * 2) for key in old))
    new = [temporary(number, parent, created_at=100_000.0) for number in range(300, 340)]
    added = await among(
        one.temporary.add_temporary(key, digest=key.id.bytes * 2)
        for one, key in zip(itertools.cycle(stores), new, strict=False)
    )
    assert added == [None] * 40
    assert [await first.find_temporary(key.id.bytes * 2) for key in old] == [None] * 200
    assert None not in [await first.find_temporary(key.id.bytes * 2) for key in new]


# The log


@pytest.mark.parametrize("name", ["SERVED", "SERVED_NEWEST_FIRST", "BY_DAY", "CROWDS"])
async def test_questions_to_the_log_go_by_the_index_made_for_them(connection, name):
    values = {
        "SERVED": (0.0, UUID(int=0), 9.0, UUID(int=0), 10),
        "SERVED_NEWEST_FIRST": (0.0, UUID(int=0), 9.0, UUID(int=0), 10),
        "BY_DAY": (0.0, 9.0),
        "CROWDS": (0.0, 9.0, 3),
    }[name]
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    question = f"EXPLAIN {getattr(postgres_usage, name)}"
    plan = await connection.fetch(question, ACCOUNT, ACCOUNT, "soniox", *values)
    assert any("Index Scan" in line[0] and "usage_in_time" in line[0] for line in plan)


# From a release that had no projects

OLD_ROWS = """
    INSERT INTO account VALUES
        ('00000000-0000-0000-0000-000000000001', 'a', 1), ('00000000-0000-0000-0000-000000000002', 'b', 1);
    INSERT INTO api_key (id, account_id, name, digest, shown_prefix, created_at) VALUES
        ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000002', 'k', decode(repeat('00', 32),
         'hex'), 'sona', 1);
    SELECT ledger_grant('topup:1', '00000000-0000-0000-0000-0000000000ff', '00000000-0000-0000-0000-000000000002',
        'payg', 1000, 1, NULL, '', '["00000000-0000-0000-0000-0000000000ff", "payg", null, 0]');
    INSERT INTO open_request VALUES
        ('00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-000000000002', NULL, 'sonna', 160, 1, 0,
         '{}', NULL, NULL);
    INSERT INTO usage VALUES
        ('00000000-0000-0000-0000-00000000000c', '00000000-0000-0000-0000-000000000002', 100, NULL, '', 'sonna', '', '',
         'm', '', 1, '', 5, 200, '', 10, '', 5, 0, 0, 5);
"""


@pytest.fixture
async def from_before(cluster):
    """A store that was brought from the schema of the first releases to that of this one, with rows of then."""
    url = await cluster.new_database(empty=True)
    former: list[Migration] = [step for step in postgres_migrations() if step.version <= BEFORE_PROJECTS]
    await migrate_postgres(url, steps=former)
    connection = await asyncpg.connect(url)
    await connection.execute(OLD_ROWS)
    await connection.close()
    await migrate_postgres(url)
    store = await PostgresStore.open(url)
    yield store
    await store.close()


async def test_what_was_there_before_projects_is_in_the_first_one(from_before):
    found = await from_before.keys.find_key(bytes(32))
    assert found.key.project_id == OTHER
    counted = await from_before.log.at_work(account_id=OTHER, project_id=OTHER, dialect="sonna", at=100.0)
    assert (counted.organization, counted.project) == (1, 1)
    (total,) = await from_before.log.by_day(account_id=OTHER, project_id=OTHER, dialect="sonna", start=0.0, end=1e9)
    assert (total.model, total.requests, total.charged) == ("m", 1, 5)


async def test_what_was_at_work_before_projects_can_be_ended_and_its_charge_counts(from_before):
    await from_before.projects.set_budget(budget(500, OTHER, account_id=OTHER), at=100.0)
    await from_before.ledger.extend(UUID(int=11), amount=100, order=("payg",), at=101.0)
    await from_before.ledger.end(ending(admission(id=UUID(int=11)), 60, usage=usage(account_id=OTHER)))
    (standing,) = await from_before.projects.budgets_of(OTHER, at=110.0)
    assert (standing.spent, standing.held) == (65, 0)
    assert (await from_before.ledger.verify()).fault == ""
