import asyncio
import sqlite3
import stat

import pytest

from antiphon.domain.money import MilliCredits
from antiphon.store.folder import DataFolder

PROGRAM = """
import typer
from antiphon.cli import accounts, backup
cli = typer.Typer(pretty_exceptions_enable=False)
cli.command('backup')(backup.backup)
cli.command('restore')(backup.restore)
cli.add_typer(accounts.accounts, name='accounts')
cli(prog_name='antiphon')
"""


@pytest.fixture
def run(command):
    return command(PROGRAM)


@pytest.fixture
async def backup(run, tmp_path):
    """A backup of a data folder with an account "anna"; the folder's server is gone."""
    await run("accounts", "create", "anna")
    status, out, err = await run("backup", tmp_path / "backup.db")
    assert (status, out.startswith("Wrote ")) == (0, True)
    assert "secret is not in it" in err
    return tmp_path / "backup.db"


async def test_a_relative_path_is_the_operators_and_not_the_servers(run, holder, tmp_path):
    status, out, _ = await run("backup", "backup.db")
    assert (status, str(tmp_path / "backup.db") in out) == (0, True)
    assert (tmp_path / "backup.db").stat().st_size > 0


async def test_a_backup_of_a_working_server_is_whole(run, house, tmp_path):
    made = await house.accounts.create("anna")
    account_id = made.account.id

    async def work():
        while True:
            await asyncio.gather(*(house.credits.top_up(account_id, amount=MilliCredits(1)) for _ in range(20)))

    working = asyncio.create_task(work())
    status, _, err = await run("backup", tmp_path / "backup.db")
    working.cancel()
    assert (status, "secret is not in it" in err) == (0, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "backup"))] == ["backup.db"]
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    with sqlite3.connect(tmp_path / "backup.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM account WHERE name = 'anna'").fetchone() == (1,)
    copy.close()


async def test_the_secret_is_not_in_a_backup(backup, tmp_path):
    secret = (tmp_path / "data" / "secret").read_text().strip()
    content = backup.read_bytes()
    assert secret.encode() not in content
    assert bytes.fromhex(secret) not in content


async def test_a_backup_never_goes_over_another_file(run, backup):
    before = backup.read_bytes()
    status, _, err = await run("backup", backup)
    assert (status, "such a file already" in err) == (1, True)
    assert backup.read_bytes() == before


async def test_a_backup_that_cannot_be_written_is_a_plain_error(run, holder, tmp_path):
    status, _, err = await run("backup", tmp_path / "none" / "backup.db")
    assert (status, "No such file or directory" in err) == (1, True)


async def test_a_backup_comes_back_on_another_machine_that_has_the_secret(run, backup, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret").write_bytes((tmp_path / "data" / "secret").read_bytes())
    (other / "secret").chmod(0o600)
    status, out, _ = await run("restore", backup, "--data", other)
    assert (status, out.startswith("Restored ")) == (0, True)
    _, table, _ = await run("accounts", "list", "--data", other)
    assert "anna" in table
    assert {path.name for path in other.iterdir()} == {"antiphon.db", "secret", "lock"}


async def test_without_the_secret_nothing_comes_back_and_none_is_made(run, backup, tmp_path):
    status, _, err = await run("restore", backup, "--data", tmp_path / "other")
    assert (status, "put the secret" in err) == (1, True)
    assert {path.name for path in (tmp_path / "other").iterdir()} == {"lock"}


async def test_another_secret_is_refused(run, backup, tmp_path):
    status, _, err = await run("restore", backup, "--data", tmp_path / "other", ANTIPHON_SECRET="b" * 64)
    assert (status, "another secret" in err) == (1, True)
    assert not (tmp_path / "other" / "antiphon.db").exists()


async def test_a_database_is_not_replaced_unless_forced_and_then_kept(run, backup, tmp_path):
    await run("accounts", "create", "bert")
    status, _, err = await run("restore", backup)
    assert (status, "--force" in err) == (1, True)
    assert "bert" in (await run("accounts", "list"))[1]

    status, _, err = await run("restore", backup, "--force")
    assert (status, "antiphon.db.former" in err) == (0, True)
    assert "bert" not in (await run("accounts", "list"))[1]
    former = tmp_path / "data" / "antiphon.db.former"
    with sqlite3.connect(former) as kept:
        assert kept.execute("SELECT count(*) FROM account WHERE name = 'bert'").fetchone() == (1,)
    kept.close()


async def test_a_database_that_was_killed_over_is_kept_with_what_was_only_in_its_wal(run, backup, tmp_path):
    data = tmp_path / "data"
    killed = sqlite3.connect(data / "antiphon.db", isolation_level=None)
    killed.execute("INSERT INTO pin VALUES ('late', x'00')")
    for ending in ("", "-wal"):  # As a killed server leaves them.
        (tmp_path / f"copy{ending}").write_bytes((data / f"antiphon.db{ending}").read_bytes())
    killed.close()
    for ending in ("", "-wal"):
        (tmp_path / f"copy{ending}").rename(data / f"antiphon.db{ending}")
    assert (await run("restore", backup, "--force"))[0] == 0
    for name, count in (("antiphon.db.former", 1), ("antiphon.db", 0)):
        with sqlite3.connect(data / name) as found:
            assert found.execute("SELECT count(*) FROM pin WHERE name = 'late'").fetchone() == (count,)
        found.close()


async def test_nothing_is_restored_under_a_running_server(run, backup, tmp_path):
    with DataFolder.claim(tmp_path / "data"):
        status, _, err = await run("restore", backup, "--force")
    assert (status, "Stop that server first" in err) == (1, True)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda _content: b"nonsense" * 1000, "it is no backup"),
        (lambda content: content[: len(content) // 2], "."),
        (lambda _content: b"", "none of this server's"),
    ],
)
async def test_what_is_no_sound_backup_is_refused_and_changes_nothing(run, backup, tmp_path, damage, told):
    backup.write_bytes(damage(backup.read_bytes()))
    before = (tmp_path / "data" / "antiphon.db").read_bytes()
    status, out, err = await run("restore", backup, "--force")
    assert (status, out) == (1, "")
    assert told in err
    assert (tmp_path / "data" / "antiphon.db").read_bytes() == before
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"antiphon.db", "secret", "lock"}


async def test_a_backup_whose_ledger_is_not_sound_is_refused(run, backup):
    with sqlite3.connect(backup) as copy:
        copy.execute("UPDATE lot SET balance = balance + 1")
    copy.close()
    status, _, err = await run("restore", backup, "--force")
    assert (status, "ledger is not sound" in err) == (1, True)


async def test_a_backup_of_a_later_release_is_refused(run, backup):
    with sqlite3.connect(backup) as copy:
        copy.execute("INSERT INTO schema_version VALUES (9999, 'later')")
    copy.close()
    status, _, err = await run("restore", backup, "--force")
    assert (status, "Install the later release" in err) == (1, True)


async def test_a_backup_that_is_not_there_is_a_plain_error(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").write_text("c" * 64)
    (tmp_path / "data" / "secret").chmod(0o600)
    status, _, err = await run("restore", tmp_path / "none.db")
    assert (status, "there is no such file" in err) == (1, True)
