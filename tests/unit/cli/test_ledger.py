import json

import pytest

PROGRAM = "from antiphon.cli.ledger import ledger; ledger(prog_name='antiphon ledger')"


@pytest.fixture
def run(command):
    return command(PROGRAM)


async def test_a_sound_ledger_is_said_to_be(run, holder):
    status, out, err = await run("verify")
    assert (status, err) == (0, "")
    assert out.startswith("The ledger is sound: 2 transfers, ")


async def test_a_changed_row_is_named_and_ends_with_status_1(run, house):
    def tamper(connection):
        connection.execute("DROP TRIGGER transfer_stays")
        connection.execute("UPDATE transfer SET note = 'another' WHERE seq = 1").fetchall()

    await house.store.ledger.seal(most=10)
    await house.store.write(tamper)
    status, out, err = await run("verify")
    assert (status, out) == (1, "")
    assert err.startswith("antiphon: the ledger is not sound: ")
    assert "transfer 1" in err


async def test_a_balance_that_was_changed_is_a_fault_for_programs_too(run, house):
    await house.store.write(lambda connection: connection.execute("UPDATE lot SET balance = balance + 1").fetchall())
    status, out, _ = await run("verify", "--json")
    assert status == 1
    assert "lot" in json.loads(out)["fault"]


async def test_a_mistyped_folder_is_not_made(run, tmp_path):
    status, _, err = await run("verify", "--data", tmp_path / "typo")
    assert (status, "typo" in err) == (1, True)
    assert not (tmp_path / "typo").exists()
