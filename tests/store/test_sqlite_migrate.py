"""What was stored under each former schema is there under this release's, and goes on."""

from uuid import UUID

import apsw
import pytest

from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.projects import FIRST_PROJECT
from antiphon.store.migrate import migrate, migrations, version_of
from antiphon.store.ports_spending import Aspect
from antiphon.store.ports_usage import AtWork, DayTotal, LogPage
from antiphon.store.sqlite import SqliteStore
from store.books import ACCOUNT, PAYG, admission, budget, ending

WITH_BOOKS = (2, 3)
"""Former schemas that had a ledger and a log."""
DIGEST = bytes(range(32))
LOT, AT_WORK = UUID(int=50), UUID(int=60)
KEY = ApiKey(
    id=UUID(int=10),
    account_id=ACCOUNT,
    project_id=ACCOUNT,
    name="first",
    shown_prefix="sona_sk_abcde",
    created_at=2.0,
    permissions=frozenset({Permission.FILES}),
)
KEYS = f"""
    INSERT INTO account VALUES ('{ACCOUNT}', 'default', 1.0);
    INSERT INTO api_key (id, account_id, name, digest, shown_prefix, permissions, created_at)
    VALUES ('{KEY.id}', '{ACCOUNT}', 'first', x'{DIGEST.hex()}', 'sona_sk_abcde', 'files', 2.0)
"""  # noqa: S608 - every statement here is ours
BOOKS = f"""
    INSERT INTO lot VALUES (1, '{LOT}', 1, 'payg', 0, NULL, 0);
    INSERT INTO transfer VALUES (1, 'topup:1', 'grant', 1, NULL, 1.0, '', '["{LOT}","payg",null,0]');
    INSERT INTO entry VALUES (1, -1, -1000), (1, 1, 1000);
    INSERT INTO transfer VALUES (2, 'hold:{AT_WORK}/0', 'hold', 1, '{AT_WORK}', 100.0, 'soniox', NULL);
    INSERT INTO entry VALUES (2, -3, 300), (2, 1, -300);
    INSERT INTO open_request
    VALUES ('{AT_WORK}', 1, NULL, 'soniox', 1000.0, 1, 300, '[[1,"{LOT}","payg",300]]', NULL, NULL);
    INSERT INTO transfer_of_account VALUES (1, 1);
    INSERT INTO usage_of_account SELECT 1, id, seq FROM usage WHERE seq <= 3;
    UPDATE listed SET transfer = 1, usage = 3
"""  # noqa: S608 - as above
LOGGED = """
    INSERT INTO usage
    VALUES ($1, $2, 1, $3, NULL, 'a label', 'soniox', 'soniox.tts', 'speech', 'tts-rt-v1', 'espeak', 10, 'millisecond',
        $4, $4, 0, 0, $4, $5, $6, $7, '')
"""
ROWS = [
    (90.0, 10, 200, "", 2000),
    (95.0, 0, 402, "payment_required", 0),
    (100.0, 20, 499, "client_gone", 4000),
    (105.0, 40, 200, "", 1000),
]


def make_former(path, version):
    """A database of a former schema, with a little of everything that it has."""
    connection = apsw.Connection(str(path))
    migrate(connection, [step for step in migrations() if step.version <= version])
    connection.execute(KEYS).fetchall()
    if version in WITH_BOOKS:
        for number, (at, charged, status, code, latency) in enumerate(ROWS):
            connection.execute(LOGGED, (number + 1, str(UUID(int=70 + number)), at, charged, status, code, latency))
        connection.execute(BOOKS).fetchall()
    connection.close()


@pytest.fixture(params=[1, *WITH_BOOKS])
async def store(request, tmp_path):
    make_former(tmp_path / "antiphon.db", request.param)
    opened = SqliteStore.open(tmp_path / "antiphon.db")
    yield opened
    await opened.close()


@pytest.fixture(params=WITH_BOOKS)
async def books(request, tmp_path):
    make_former(tmp_path / "antiphon.db", request.param)
    opened = SqliteStore.open(tmp_path / "antiphon.db")
    yield opened
    await opened.close()


async def test_every_former_schema_is_brought_to_that_of_this_release(store):
    def looked_at(connection):
        return (
            version_of(connection),
            connection.execute("PRAGMA integrity_check").get,
            connection.execute("PRAGMA foreign_key_check").get,
        )

    assert await store.read(looked_at) == (migrations()[-1].version, "ok", None)
    assert (await store.ledger.verify()).fault == ""


async def test_a_key_is_in_the_first_project_of_its_account(store):
    found = await store.keys.find_key(DIGEST)
    assert found.key == KEY
    assert [one.name for one in await store.projects.projects_of(ACCOUNT)] == [FIRST_PROJECT]


async def test_what_was_logged_is_in_the_log_of_the_first_project(books):
    of = {"account_id": ACCOUNT, "project_id": ACCOUNT, "dialect": "soniox"}
    for _ in range(2):  # Before the rest is listed, and after that.
        assert len(await books.ledger.usage(ACCOUNT)) == len(ROWS)
        page = await books.log.served(LogPage(**of, start=0.0, end=1000.0))
        assert [(one.at, one.charged, one.project_id) for one in page] == [(90.0, 10, None), (105.0, 40, None)]
        total = DayTotal(day=0, model="tts-rt-v1", requests=2, units=20, charged=50)
        assert await books.log.by_day(**of, start=0.0, end=86_400.0) == (total,)
        (crowd,) = await books.log.crowds(**of, start=86.0, end=99.0, period=13)
        assert (crowd.begun, crowd.most, crowd.seconds) == (2, 2, 13 + 2 + 3)
        await books.ledger.seal(most=1000)


async def test_what_was_logged_is_added_up_however_it_is_grouped(books):
    for _ in range(2):  # As above.
        for by in ((), (Aspect.DAY,), (Aspect.KEY,), (Aspect.MODEL,), tuple(Aspect)):
            (total,) = await books.spending.totals(ACCOUNT, range(1), by=by, at=200.0, most=9)
            assert (total.requests, total.listed, total.charged) == (3, 70, 70)
        await books.ledger.seal(most=1000)


async def test_what_was_charged_this_month_counts_for_a_budget_that_is_set_now(books):
    await books.projects.set_budget(budget(1000), at=200.0)
    await books.projects.set_budget(budget(1000, ACCOUNT), at=200.0)
    standings = await books.projects.budgets_of(ACCOUNT, at=200.0)
    assert [(one.spent, one.held) for one in standings] == [(70, 300), (70, 300)]


async def test_a_request_that_was_at_work_is_so_in_the_first_project_and_can_end(books):
    at_work = await books.log.at_work(account_id=ACCOUNT, project_id=ACCOUNT, dialect="soniox", at=200.0)
    assert at_work == AtWork(organization=1, project=1)
    balance = await books.ledger.end(ending(admission(id=AT_WORK), 100, at=200.0))
    assert (balance.available, balance.held) == ({PAYG: 900}, 0)
    assert (await books.ledger.verify()).fault == ""
