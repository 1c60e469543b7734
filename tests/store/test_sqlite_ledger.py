"""What only SQLite can show: rows that stay as they are, and tampering that is found and named."""

# ruff: noqa: S608 - Every statement here is ours.

import re
from types import ModuleType

import apsw
import pytest

from antiphon.store import (
    sqlite_budgets,
    sqlite_crowds,
    sqlite_idempotency,
    sqlite_lists,
    sqlite_log,
    sqlite_lots,
    sqlite_numbers,
    sqlite_projects,
    sqlite_requests,
    sqlite_seals,
    sqlite_statement,
    sqlite_temporary,
    sqlite_transfers,
    sqlite_usage,
    sqlite_voices,
)
from store.books import ACCOUNT, FREE, OTHER, PAYG, SUBSCRIPTION, account, admission, ending, grant, usage
from store.fresh import open_sqlite

MODULES = (
    sqlite_budgets,
    sqlite_crowds,
    sqlite_idempotency,
    sqlite_lists,
    sqlite_log,
    sqlite_lots,
    sqlite_numbers,
    sqlite_projects,
    sqlite_requests,
    sqlite_seals,
    sqlite_statement,
    sqlite_temporary,
    sqlite_transfers,
    sqlite_usage,
    sqlite_voices,
)


def statements(module: ModuleType):
    return {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", text)
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_parameters_appear_in_order_because_sqlite_numbers_them_so(module):
    found = statements(module)
    assert found
    for name, text in found.items():
        seen = list(dict.fromkeys(int(number) for number in re.findall(r"\$(\d+)", text)))
        assert seen == sorted(seen), name


@pytest.fixture
async def store(tmp_path):
    """A little of everything: each kind of transfer, and an open request; 9 transfers of 11 are sealed."""
    opened = open_sqlite(tmp_path / "antiphon.db")
    for account_id in (ACCOUNT, OTHER):
        await opened.keys.ensure_account(account(account_id))
    ledger = opened.ledger
    await ledger.grant(grant(100, FREE, expires_at=105.0))
    await ledger.grant(grant(300, SUBSCRIPTION, expires_at=900.0))
    await ledger.grant(grant(5000, PAYG, note="A top-up"))
    await ledger.grant(grant(70, PAYG, account_id=OTHER))
    settled, released, at_work = admission(250), admission(120), admission(77)
    for asked in (settled, released, at_work):
        await ledger.admit(asked)
    await ledger.end(ending(settled, 90))
    await ledger.seal(most=5)
    await ledger.seal(most=4)
    await ledger.end(ending(released, 0))
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=130.0)
    assert (await ledger.verify()).fault == ""
    yield opened
    await opened.close()


@pytest.fixture
def tamper(store, tmp_path):
    """Changes rows behind the ledger's back, with nothing in the way; gives the rows of the last statement."""

    def change(*statements):
        connection = apsw.Connection(str(tmp_path / "antiphon.db"))
        connection.execute("PRAGMA ignore_check_constraints=ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        rows = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    return change


@pytest.fixture
def fault_after(store, tamper):
    async def found(*statements):
        tamper(*statements)
        return (await store.ledger.verify()).fault

    return found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfer SET note = 'another'",
        "DELETE FROM transfer",
        "UPDATE entry SET amount = amount + 1",
        "DELETE FROM entry",
        "DELETE FROM lot",
        "UPDATE lot SET account = 2",
        "UPDATE lot SET bucket = 'payg'",
        "UPDATE account_number SET account_id = 'another'",
        "DELETE FROM account_number",
        "UPDATE lot SET balance = -1",
        "INSERT INTO entry VALUES (99, -1, 5)",
        "INSERT INTO entry VALUES (1, 7, 0)",
    ],
)
async def test_what_is_written_stays(store, statement):
    with pytest.raises(apsw.ConstraintError):
        await store.write(lambda connection: connection.execute(statement).fetchall())
    assert (await store.ledger.verify()).fault == ""


@pytest.mark.parametrize("seq", range(1, 10))
@pytest.mark.parametrize(
    "change",
    [
        "id = id || 'x'",
        "kind = CASE kind WHEN 'hold' THEN 'settle' ELSE 'hold' END",
        "account = 3 - account",
        "request_id = coalesce(request_id, '') || 'x'",
        "at = at + 0.001",
        "note = note || ' '",
        "terms = CASE WHEN terms IS NULL THEN '' ELSE NULL END",
        "terms = coalesce(terms, 'null') || ' '",
        "terms = '7'",
    ],
)
async def test_a_sealed_transfer_that_was_changed_is_named(fault_after, store, seq, change):
    assert f"transfer {seq} (" in await fault_after(f"UPDATE transfer SET {change} WHERE seq = {seq}")


@pytest.mark.parametrize("seq", range(1, 10))
@pytest.mark.parametrize("change", ["amount = amount + 1", "amount = -amount", "place = place - 10"])
async def test_a_sealed_entry_that_was_changed_is_named_by_its_transfer(fault_after, seq, change):
    statement = (
        f"UPDATE entry SET {change} WHERE seq = {seq} AND place = (SELECT min(place) FROM entry WHERE seq = {seq})"
    )
    assert f"transfer {seq} (" in await fault_after(statement)


@pytest.mark.parametrize("seq", range(1, 12))
async def test_a_transfer_that_was_removed_is_named_sealed_or_not(fault_after, seq):
    statements = (f"DELETE FROM entry WHERE seq = {seq}", f"DELETE FROM transfer WHERE seq = {seq}")
    assert f"transfer {seq} is missing" in await fault_after(*statements)


@pytest.mark.parametrize("seq", range(1, 12))
async def test_a_transfer_without_one_of_its_entries_is_named(tamper, store, seq):
    assert tamper(f"DELETE FROM entry WHERE seq = {seq} AND place < 0 RETURNING seq")
    assert f"transfer {seq} (" in (await store.ledger.verify()).fault


async def test_a_sealed_transfer_that_was_slipped_in_is_named(fault_after):
    """Numbers leave no room between them, so that whoever slips one in moves the others up."""
    moved = "UPDATE transfer SET seq = -seq - 1 WHERE seq >= 3", "UPDATE transfer SET seq = -seq WHERE seq < 0"
    entries = "UPDATE entry SET seq = -seq - 1 WHERE seq >= 3", "UPDATE entry SET seq = -seq WHERE seq < 0"
    new = "INSERT INTO transfer VALUES (3, 'topup:mine', 'grant', 1, NULL, 1.0, '', NULL)"
    assert "transfer 3 (topup:mine)" in await fault_after(*moved, *entries, new)


async def test_an_entry_of_no_transfer_is_named(fault_after):
    fault = await fault_after("INSERT INTO entry VALUES (99, -1, 5)")
    assert "transfer 99" in fault


@pytest.mark.parametrize(
    "change",
    [
        "balance = balance + 1",
        "bucket = CASE bucket WHEN 'payg' THEN 'free' ELSE 'payg' END",
        "account = 3 - account",
        "id = id || 'x'",
        "expires_at = coalesce(expires_at, 0.0) + 1.0",
        "closed = 1 - closed",
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_lot_that_was_changed_is_named(fault_after, store, change, number):
    ((lot_id,),) = await store.write(lambda c: c.execute("SELECT id FROM lot WHERE number = $1", (number,)).fetchall())
    assert f"lot {lot_id}" in await fault_after(f"UPDATE lot SET {change} WHERE number = {number}")


async def test_a_lot_that_was_removed_is_named(tamper, store):
    ((lot_id,),) = tamper("DELETE FROM lot WHERE number = 3 RETURNING id")
    assert "lot " in (await store.ledger.verify()).fault
    assert lot_id in (await store.ledger.verify()).fault


async def test_a_lot_that_was_slipped_in_is_named(tamper, store):
    tamper("INSERT INTO lot VALUES (9, 'mine', 1, 'payg', 1000, NULL, 0)")
    assert "lot mine" in (await store.ledger.verify()).fault
    tamper("UPDATE lot SET balance = 0 WHERE number = 9")
    assert "lot mine" in (await store.ledger.verify()).fault


@pytest.mark.parametrize(
    "change",
    [
        "first_seq = first_seq - 1",
        "first_seq = first_seq + 1",
        "last_seq = last_seq - 1",
        "last_seq = last_seq + 1",
        "previous = randomblob(32)",
        "hash = randomblob(32)",
        "marks = randomblob(length(marks))",
        "marks = substr(marks, 1, length(marks) - 1)",
        "marks = substr(marks, 1, length(marks) - 16)",
        "marks = x''",
        "marks = unhex(hex(substr(marks, 1, 15)) || 'aa' || hex(substr(marks, 17)))",
        "marks = unhex('aa' || hex(substr(marks, 2)))",
    ],
)
@pytest.mark.parametrize("seal", [1, 6])
async def test_a_seal_that_was_changed_is_named(tamper, store, seal, change):
    before = await store.write(lambda c: c.execute("SELECT * FROM seal WHERE first_seq = $1", (seal,)).fetchone())
    tamper(f"UPDATE seal SET {change} WHERE first_seq = {seal}")
    fault = (await store.ledger.verify()).fault
    first, last = before[:2]
    assert re.search(rf"seal ({first - 1}|{first}|{first + 1})-({last - 1}|{last}|{last + 1}) ", fault)


async def test_a_seal_that_was_removed_from_the_middle_shows(fault_after):
    fault = await fault_after("DELETE FROM seal WHERE first_seq = 1")
    assert "seal 6-9 does not follow the beginning" in fault


@pytest.mark.parametrize(
    "change",
    [
        "held = held + 1",
        "parts = replace(parts, ',47]', ',46]')",
        "parts = '[]'",
        "parts = 'nonsense'",
        "parts = '7'",
        "account = 3 - account",
        "id = id || 'x'",
    ],
)
async def test_an_open_request_that_was_changed_is_named(fault_after, store, change):
    ((request_id,),) = await store.write(lambda c: c.execute("SELECT id FROM open_request").fetchall())
    assert request_id in await fault_after(f"UPDATE open_request SET {change}")


async def test_an_open_request_that_was_removed_is_named(tamper, store):
    ((request_id,),) = tamper("DELETE FROM open_request RETURNING id")
    assert f"77 are held by request {request_id}" in (await store.ledger.verify()).fault


async def test_what_comes_before_the_fault_is_told_to_be_under_seal(tamper, store):
    tamper("UPDATE transfer SET note = 'another' WHERE seq = 7")
    finding = await store.ledger.verify()
    assert (finding.sealed_to, finding.fault.startswith("transfer 7 (")) == (5, True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM transfer_of_account WHERE seq = 5",
        "UPDATE transfer_of_account SET account = 2 WHERE seq = 5",
        "INSERT INTO transfer_of_account VALUES (2, 5)",
        "INSERT INTO transfer_of_account VALUES (1, 5000)",
        "UPDATE listed SET transfer = 8",
        "UPDATE listed SET transfer = 10",
    ],
)
async def test_a_list_that_would_hide_a_transfer_or_show_it_to_another_is_found(fault_after, statement):
    assert "is not in the list of its account alone" in await fault_after(statement)


async def test_what_is_listed_by_account_and_what_is_not_yet_read_as_one(store):
    before = await store.ledger.statement(ACCOUNT), await store.ledger.usage(ACCOUNT)
    await store.ledger.note_usage([usage() for _ in range(3)])
    logged = await store.ledger.usage(ACCOUNT)
    await store.ledger.seal(most=2)
    assert (await store.ledger.statement(ACCOUNT), await store.ledger.usage(ACCOUNT)) == (before[0], logged)
    assert len(logged) == len(before[1]) + 3
    assert (
        await store.ledger.statement(ACCOUNT, after=7, most=2) == tuple(line for line in before[0] if line.seq > 7)[:2]
    )
