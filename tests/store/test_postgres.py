"""What only PostgreSQL has: many processes, batches, a server that can go away."""

import asyncio
import contextlib
import itertools
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from antiphon.domain.errors import Conflict, NotFound, PaymentRequired, Unavailable, UnavailableCause
from antiphon.domain.keys import ApiKey
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Admitted, IdempotencyKey
from antiphon.store.postgres import PostgresStore
from antiphon.store.postgres_batches import Pump
from antiphon.store.postgres_connections import connect_for_batches
from antiphon.store.postgres_ledger import PostgresLedger
from store.books import ACCOUNT, ORDER, OTHER, PAYG, account, admission, budget, ending, grant, new_id, usage
from store.postgres import ThrowawayPostgres, find_programs


@pytest.fixture
async def url(cluster):
    return await cluster.new_database()


@contextlib.asynccontextmanager
async def opened(url):
    store = await PostgresStore.open(url)
    try:
        await store.keys.ensure_account(account())
        await store.keys.ensure_account(account(OTHER))
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(url):
    async with opened(url) as store:
        yield store


@pytest.fixture
async def connection(url):
    made = await asyncpg.connect(url)
    yield made
    await made.close()


async def outcomes(*calls):
    return await asyncio.gather(*calls, return_exceptions=True)


async def sound(ledger):
    assert (await ledger.verify()).fault == ""
    return True


# Two processes


async def test_two_processes_together_never_hold_more_than_there_is(store, url):
    async with opened(url) as second:
        for amount in range(1, 6):
            await store.ledger.grant(grant(50 * amount, lot_id=UUID(int=amount)))
            asked = [admission(amount) for _ in range(1000)]
            ledgers = itertools.cycle([store.ledger, second.ledger])
            answers = await outcomes(*(ledger.admit(one) for ledger, one in zip(ledgers, asked, strict=False)))
            assert sum(isinstance(answer, Admitted) for answer in answers) == 50
            assert sum(isinstance(answer, PaymentRequired) for answer in answers) == 950
        assert await sound(store.ledger)


async def crossing(first, second):
    """Two processes work on the same accounts in opposite orders."""
    accounts = [account(UUID(int=100 + number)) for number in range(20)]
    for one in accounts:
        await first.keys.ensure_account(one)
        await first.ledger.grant(grant(10**6, account_id=one.id))
        await first.projects.set_budget(budget(10**6, account_id=one.id), at=100.0)

    async def work(ledger, order):
        for _ in range(15):
            asked = [admission(10, account_id=one.id) for one in order]
            await asyncio.gather(*map(ledger.admit, asked))
            await asyncio.gather(*(ledger.end(ending(one, 5)) for one in reversed(asked)))
            await ledger.renew([one.id for one in asked], until=500.0)

    async def cap(projects):
        for one in accounts * 3:
            await projects.set_budget(budget(10**6, one.id, account_id=one.id), at=100.0)

    await outcomes(work(first.ledger, accounts), work(second.ledger, accounts[::-1]), cap(first.projects))


def deadlocks(cluster, url):
    """How many PostgreSQL had to break in a database."""
    return sum("deadlock detected" in line for line in cluster.errors_of(url))


async def test_two_processes_never_wait_for_each_other(cluster, url):
    async with opened(url) as first, opened(url) as second:
        await crossing(first, second)
        assert await sound(first.ledger)
        assert len(await first.ledger.statement(UUID(int=100))) == 1 + 2 * 2 * 15
    assert deadlocks(cluster, url) == 0


async def test_the_harness_notices_locks_that_are_taken_in_any_order(cluster, url, connection):
    await connection.execute("""
        CREATE OR REPLACE FUNCTION ledger_lock(accounts uuid[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            one uuid;
        BEGIN
            FOR one IN SELECT account_id FROM unnest(accounts) AS account_id ORDER BY random() LOOP
                PERFORM FROM account WHERE id = one FOR NO KEY UPDATE;
                PERFORM pg_sleep(0.001);
            END LOOP;
        END $$;
    """)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
    async with opened(url) as first, opened(url) as second:
        await crossing(first, second)
    assert deadlocks(cluster, url) > 0


async def test_a_request_that_two_processes_end_is_charged_once(store, url):
    async with opened(url) as second:
        await store.ledger.grant(grant(1000))
        asked = [admission(10) for _ in range(20)]
        await asyncio.gather(*map(store.ledger.admit, asked))
        answers = await outcomes(
            *(ledger.end(ending(one, 10)) for one in asked for ledger in (store.ledger, second.ledger))
        )
        assert sum(isinstance(answer, Conflict) for answer in answers) == 20
        assert (await second.ledger.balance(ACCOUNT, at=110.0)).available == {PAYG: 800}


async def test_a_dead_request_is_released_by_one_of_two_sweepers(store, url):
    async with opened(url) as second:
        await store.ledger.grant(grant(1000))
        await asyncio.gather(*(store.ledger.admit(admission(10)) for _ in range(30)))
        released = await asyncio.gather(*(one.ledger.end_overdue(now=200.0, most=100) for one in (store, second)))
        assert sum(released) == 30


async def test_keys_made_by_two_processes_are_no_more_than_the_most(store, url):
    async with opened(url) as second:
        blank = {"account_id": ACCOUNT, "project_id": ACCOUNT, "name": "", "shown_prefix": "", "created_at": 1.0}
        keys = [ApiKey(id=UUID(int=n), **blank) for n in range(10)]
        stores = itertools.cycle([store.keys, second.keys])
        added = await asyncio.gather(
            *(one.add_key(key, digest=key.id.bytes * 2, most=3) for one, key in zip(stores, keys, strict=False))
        )
        assert added.count(True) == 3


# Batches


async def test_one_that_cannot_be_stored_takes_no_other_with_it(store):
    await store.ledger.grant(grant(1000))
    asked = [admission(10) for _ in range(20)]
    await asyncio.gather(*map(store.ledger.admit, asked))
    ends = [ending(one, 10, usage=usage(id=one.id)) for one in asked]
    ends[7] = replace(ends[7], usage=usage(id=asked[7].id, units=2**70))
    answers = await outcomes(*map(store.ledger.end, ends))
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Exception)] == [7]
    assert isinstance(answers[7], asyncpg.DataError)
    assert (await store.ledger.balance(ACCOUNT, at=110.0)).held == 10
    assert len(await store.ledger.usage(ACCOUNT)) == 19


async def test_one_that_breaks_a_rule_of_the_database_takes_no_other_with_it(store):
    await store.ledger.grant(grant(1000))
    asked = [admission(10) for _ in range(20)]
    await store.ledger.admit(asked[7])
    answers = await outcomes(*map(store.ledger.admit, asked))
    assert [n for n, answer in enumerate(answers) if not isinstance(answer, Admitted)] == [7]
    assert (await store.ledger.balance(ACCOUNT, at=110.0)).held == 200
    assert await sound(store.ledger)


async def test_calls_for_one_request_are_served_in_their_order(store):
    await store.ledger.grant(grant(1000))
    for _ in range(10):
        one = admission(10)
        slices = (store.ledger.extend(one.id, amount=MilliCredits(10), order=ORDER, at=105.0) for _ in range(3))
        calls = [store.ledger.admit(one), *slices, store.ledger.end(ending(one, 35)), store.ledger.end(ending(one))]
        *served, again = await outcomes(*calls)
        assert not [answer for answer in served if isinstance(answer, Exception)]
        assert isinstance(again, Conflict)
    assert (await store.ledger.balance(ACCOUNT, at=110.0)).available == {PAYG: 650}


async def test_more_than_a_batch_holds_is_served_all_the_same(store):
    await store.ledger.grant(grant(1000))
    answers = await asyncio.gather(*(store.ledger.admit(admission(1)) for _ in range(700)))
    assert sorted(answer.available for answer in answers) == list(range(300, 1000))


async def test_batches_that_go_well_are_not_worth_a_line_in_the_log(store):
    await store.ledger.grant(grant(1000))
    with capture_logs() as lines:
        await outcomes(*(store.ledger.admit(admission(100)) for _ in range(20)))
    assert lines == []


async def test_a_cancelled_caller_does_not_disturb_the_rest(store):
    await store.ledger.grant(grant(1000))
    tasks = [asyncio.create_task(store.ledger.admit(admission(10))) for _ in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    answers = await outcomes(*tasks)
    assert [n for n, answer in enumerate(answers) if not isinstance(answer, Admitted)] == [3]
    assert (await store.ledger.balance(ACCOUNT, at=110.0)).held == 200


async def test_closing_finishes_what_waits_and_refuses_what_comes_after(url):
    async with opened(url) as store:
        await store.ledger.grant(grant(1000))
        tasks = [asyncio.create_task(store.ledger.admit(admission(10))) for _ in range(20)]
        await asyncio.sleep(0)
        await store.close()
        assert all(isinstance(answer, Admitted) for answer in await outcomes(*tasks))
        with pytest.raises(Unavailable) as caught:
            await store.ledger.admit(admission(10))
        assert caught.value.cause == UnavailableCause.SHUTTING_DOWN


async def test_text_that_postgresql_cannot_hold_is_held_nearly(store):
    await store.ledger.note_usage([usage(model="a\0b\ud800c", client_reference_id="\ud83d\ude00\0")])
    (row,) = await store.ledger.usage(ACCOUNT)
    assert row.model == "a\ufffdb?c"


async def test_an_amount_beyond_all_numbers_is_more_than_there_is(store):
    await store.ledger.grant(grant(1000))
    with pytest.raises(PaymentRequired):
        await store.ledger.admit(admission(10**40))


async def test_nobody_opens_a_request_or_gets_credits_for_an_account_that_is_not_there(store):
    with pytest.raises(NotFound):
        await store.ledger.admit(admission(0, account_id=UUID(int=99)))
    with pytest.raises(NotFound):
        await store.ledger.grant(grant(10, account_id=UUID(int=99)))


# Rules that the database keeps


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfer SET note = 'x'",
        "DELETE FROM transfer",
        "TRUNCATE transfer",
        "UPDATE entry SET amount = 2 * amount",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "UPDATE lot SET bucket = 'free'",
        "DELETE FROM lot",
        "UPDATE lot SET balance = -1",
        "INSERT INTO entry SELECT 1000, id::text, 5 FROM lot",
        "INSERT INTO entry SELECT 1000, id::text, -1001 FROM lot UNION SELECT 1000, 'world', 1001",
    ],
)
async def test_rows_of_money_are_added_in_sums_of_zero_and_never_changed(store, connection, statement):
    await store.ledger.grant(grant(1000))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(statement)
    assert await sound(store.ledger)


# Seals


async def test_nothing_is_sealed_that_a_transaction_could_still_precede(store, connection):
    async with connection.transaction():
        late = grant(5, account_id=OTHER)
        terms = f'["{late.lot_id}","payg",null,0]'
        row = (late.transfer_id, late.lot_id, late.account_id, "payg", 5, 1.0, None, "", terms)
        await connection.fetchval("SELECT ledger_grant($1, $2, $3, $4, $5, $6, $7, $8, $9)", *row)
        await store.ledger.grant(grant(1000))
        assert await store.ledger.seal(most=100) == 0
    assert await store.ledger.seal(most=100) == 2
    assert await sound(store.ledger)


async def test_numbers_that_were_never_used_are_no_fault(store, connection):
    await store.ledger.grant(grant(1000))
    await connection.execute("SELECT nextval('transfer_seq') FROM generate_series(1, 10)")
    await store.ledger.grant(grant(1000))
    await connection.execute("SELECT nextval('transfer_seq') FROM generate_series(1, 10)")
    assert await store.ledger.seal(most=100) == 2
    await store.ledger.grant(grant(1000))
    finding = await store.ledger.verify()
    assert (finding.transfers, finding.sealed_to, finding.fault) == (3, 12, "")


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("DELETE FROM entry WHERE seq IN (2, 3); DELETE FROM transfer WHERE seq IN (2, 3)", "transfer 2 is missing"),
        ("UPDATE transfer SET at = 7 WHERE seq = 3", "transfer 3 (end:{id}) or its entries were changed"),
        ("UPDATE entry SET amount = 2 * amount WHERE seq = 2", "transfer 2 (hold:{id}/0) or its entries were changed"),
        ("UPDATE transfer SET seq = 5 WHERE seq = 4", "transfer 4 is missing"),
        ("UPDATE lot SET balance = balance + 1", "lot {lot} has a balance of 971, its entries come to 970"),
        ("INSERT INTO entry VALUES (99, 'world', 1)", "an entry at world belongs to transfer 99, which is missing"),
    ],
)
async def test_the_first_row_that_somebody_touched_is_named(store, connection, tampering, fault):
    lot_id = new_id()
    await store.ledger.grant(grant(1000, lot_id=lot_id))
    one = admission(100)
    await store.ledger.admit(one)
    await store.ledger.end(ending(one, 30))
    await store.ledger.grant(grant(7, account_id=OTHER))
    assert await store.ledger.seal(most=100) == 4
    await connection.execute("SET session_replication_role = replica")  # An operator who can do anything.
    await connection.execute(tampering.replace("balance + 1", f"balance + 1 WHERE id = '{lot_id}'"))
    assert (await store.ledger.verify()).fault == fault.format(id=one.id, lot=lot_id)


# Connections that break


class Torn:
    """A connection that breaks once, at a moment of the test's choosing."""

    def __init__(self, real, manner):
        self._real = real
        self._manner = manner

    def __getattr__(self, name):
        return getattr(self._real, name)

    async def fetch(self, query, *args):
        manner, self._manner = self._manner, None
        if manner is None or "ledger_run" not in query:
            return await self._real.fetch(query, *args)
        return await manner(self._real, query, args)


async def before_it_is_sent(real, _query, _args):
    real.terminate()
    raise ConnectionResetError


async def before_it_is_answered(real, query, args):
    await real.fetch(query, *args)
    real.terminate()
    raise ConnectionResetError


async def never_answered(real, query, args):
    await real.fetch(query, *args)
    raise TimeoutError


@contextlib.asynccontextmanager
async def tearing(url, store, manner):
    """A ledger whose first connection for batches breaks in that manner."""
    manners = iter([manner])

    async def connect():
        return Torn(await connect_for_batches(url), next(manners, None))

    pump = Pump(connect)
    yield PostgresLedger(pump=pump, pool=store._pool)
    await pump.close()


@pytest.mark.parametrize("manner", [before_it_is_sent, before_it_is_answered, never_answered])
async def test_a_batch_whose_connection_breaks_is_done_once_and_answered(store, url, manner):
    await store.ledger.grant(grant(1000))
    open_one = admission(100)
    await store.ledger.admit(open_one)
    before = admission(7)
    await store.ledger.admit(before)
    key = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)
    fresh, large, named = admission(200), admission(10_000), admission(10, idempotency=key)
    await store.projects.set_budget(budget(200 + 50 + 100 + 20, ACCOUNT), at=100.0)
    dear = admission(300)
    async with tearing(url, store, manner) as ledger:
        answers = await outcomes(
            ledger.admit(fresh),
            ledger.admit(dear),
            ledger.admit(large),
            ledger.extend(open_one.id, amount=MilliCredits(50), order=ORDER, at=105.0),
            ledger.end(ending(before, 7, usage=usage(id=before.id))),
            ledger.admit(named),
            ledger.end(ending(admission(1))),
        )
    admitted, beyond, refused, extended, ended, keyed, never = answers
    assert [(part.bucket, part.amount) for part in admitted.split] == [(PAYG, 200)]
    assert [refusal.reason for refusal in (beyond, refused)] == ["project_budget", "balance"]
    assert extended is None
    assert ended.held >= 100
    assert keyed.split[0].amount == 10
    assert isinstance(never, Conflict)
    balance = await store.ledger.balance(ACCOUNT, at=110.0)
    assert (balance.available, balance.held) == ({PAYG: 1000 - 360 - 7}, 360)
    (standing,) = await store.projects.budgets_of(ACCOUNT, at=110.0)
    assert (standing.spent, standing.held) == (7, 360)
    assert await sound(store.ledger)


async def test_the_harness_notices_a_store_that_sends_again_without_asking(store, url):
    class Hasty(Pump):
        async def _reconnect(self):
            await super()._reconnect()
            self._landed = 0

    async def connect():
        return Torn(await connect_for_batches(url), next(manners, None))

    manners = iter([before_it_is_answered])
    await store.ledger.grant(grant(1000))
    pump = Hasty(connect)
    with pytest.raises(asyncpg.UniqueViolationError):
        await PostgresLedger(pump=pump, pool=store._pool).admit(admission(10))
    await pump.close()


async def waiting_for_locks(connection, count):
    """Returns when so many wait."""
    while await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < count:
        pass


async def test_a_batch_that_was_given_up_can_commit_no_more(store, url, connection):
    """A zombie: its client is gone, it waits for a lock, and gets it when the work was done by another."""
    await store.ledger.grant(grant(1000))
    zombies = []
    abandoned = asyncio.Event()

    async def left_behind(real, query, args):
        zombies.append((real, asyncio.create_task(real.fetch(query, *args))))
        await waiting_for_locks(connection, 1)
        abandoned.set()
        raise ConnectionResetError

    async def connect():
        torn = Torn(await connect_for_batches(url), None if zombies else left_behind)
        torn.terminate = lambda: None
        return torn

    pump = Pump(connect)
    ledger = PostgresLedger(pump=pump, pool=store._pool)
    async with connection.transaction():
        await connection.execute("SELECT FROM account FOR UPDATE")
        admitted = asyncio.create_task(ledger.admit(admission(10)))
        await abandoned.wait()
        await waiting_for_locks(connection, 2)
    assert isinstance(await admitted, Admitted)
    ((real, zombie),) = zombies
    with pytest.raises((asyncpg.TransactionRollbackError, asyncpg.UniqueViolationError)):
        await zombie
    await real.close()
    await pump.close()
    assert (await store.ledger.balance(ACCOUNT, at=110.0)).held == 10
    assert await sound(store.ledger)


KILL_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def progress(done, enough):
    """Returns when a list that others fill is long enough."""
    while len(done) < enough:  # noqa: ASYNC110 - as often as the others have a turn
        await asyncio.sleep(0)


async def test_connections_killed_under_load_charge_nothing_twice_and_lose_nothing(store, connection):
    await store.ledger.grant(grant(10**9))
    told, charged = [], []

    async def client():
        for _ in range(40):
            one = admission(10)
            with contextlib.suppress(Unavailable):
                await store.ledger.admit(one)
                await store.ledger.end(ending(one, 3, usage=usage(id=one.id)))
                charged.append(one.id)
            told.append(one.id)

    async def killer():
        while len(told) < 800:
            await connection.fetch(KILL_ALL)
            await progress(told, min(len(told) + 40, 800))

    await asyncio.gather(killer(), *(client() for _ in range(20)))
    logged = [row.id for row in await store.ledger.usage(ACCOUNT)]
    assert set(charged) == set(logged)
    assert len(charged) > 700
    await store.ledger.end_overdue(now=200.0, most=1000)
    balance = await store.ledger.balance(ACCOUNT, at=200.0)
    assert (balance.available, balance.held) == ({PAYG: 10**9 - 3 * len(charged)}, 0)
    assert await sound(store.ledger)


# A server that goes away


@pytest.fixture
def own_cluster():
    cluster = ThrowawayPostgres(find_programs(), durable=True)
    try:
        cluster.start()
        cluster.make_template()
        yield cluster
    finally:
        cluster.remove()


async def test_while_the_database_is_gone_it_is_unavailable_and_then_it_works_again_by_itself(own_cluster):
    async with opened(await own_cluster.new_database()) as store:
        await store.ledger.grant(grant(1000))
        asked = [admission(10) for _ in range(30)]
        await asyncio.gather(*map(store.ledger.admit, asked[:20]))
        for end in (own_cluster.stop, own_cluster.crash):
            await asyncio.to_thread(end)
            for call in (
                store.ledger.admit(asked[20]),
                store.ledger.end(ending(asked[0], 10)),
                store.ledger.balance(ACCOUNT, at=100.0),
                store.keys.find_key(bytes(32)),
                store.accounts.account(ACCOUNT),
                store.projects.budgets_of(ACCOUNT, at=100.0),
                store.temporary.find_temporary(bytes(32)),
                store.voices.count_voices(ACCOUNT),
                store.log.at_work(account_id=ACCOUNT, project_id=ACCOUNT, dialect="sonna", at=100.0),
                store.ledger.seal(most=10),
                store.ledger.verify(),
            ):
                with pytest.raises(Unavailable) as caught:
                    await call
                assert caught.value.cause == UnavailableCause.STORE_FAILED
            await asyncio.to_thread(own_cluster.start)
            assert (await store.ledger.balance(ACCOUNT, at=100.0)).held == 200
        await asyncio.gather(*(store.ledger.end(ending(one, 10)) for one in asked[:20]))
        assert (await store.ledger.balance(ACCOUNT, at=110.0)).available == {PAYG: 800}
        assert await sound(store.ledger)


async def test_what_was_acknowledged_survives_a_crash_under_load(own_cluster):
    async with opened(await own_cluster.new_database()) as store:
        await store.ledger.grant(grant(10**9))
        tried, charged = [], []
        over = asyncio.Event()

        async def client():
            while not over.is_set():
                with contextlib.suppress(Unavailable):
                    one = admission(10)
                    await store.ledger.admit(one)
                    tried.append(one.id)
                    await store.ledger.end(ending(one, 3, usage=usage(id=one.id)))
                    charged.append(one.id)

        clients = asyncio.gather(*(client() for _ in range(20)))
        for _ in range(3):
            await progress(charged, len(charged) + 200)
            await asyncio.to_thread(own_cluster.crash)
            await asyncio.to_thread(own_cluster.start)
        await progress(charged, len(charged) + 200)
        over.set()
        await clients
        logged = {row.id for row in await store.ledger.usage(ACCOUNT, most=10**6)}
        # An end whose answer was lost for longer than a batch in doubt is waited for stands all the same.
        assert set(charged) <= logged <= set(tried)
        assert await sound(store.ledger)
