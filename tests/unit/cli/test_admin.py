import contextlib
import json
import os
import re

import pytest

from antiphon.cli.verbs import verbs
from antiphon.domain.keys import Permission, well_formed
from antiphon.house import open_house
from antiphon.kit.clock import SystemClock
from antiphon.kit.control import serve
from antiphon.settings import load
from antiphon.store.folder import DataFolder

PROGRAM = "from antiphon.cli.admin import keys; keys(prog_name='antiphon keys')"


@contextlib.asynccontextmanager
async def server(path):
    """What a running server offers to its operator; gives its `Keys`."""
    with DataFolder.claim(path) as folder:
        settings = load(data=path)
        async with open_house(folder, settings, SystemClock()) as house:
            account = await house.keys.first_account()
            async with serve(folder.control_socket, verbs(house, account.id, folder)):
                yield house.keys


@contextlib.asynccontextmanager
async def nobody(path):
    path.mkdir()
    yield None


@pytest.fixture
def run(command):
    """Runs `antiphon keys ...` on the data folder; gives status, output and errors."""
    return command(PROGRAM)


@pytest.mark.parametrize("holder", [server, nobody])
async def test_a_key_is_made_listed_and_revoked(run, tmp_path, holder):
    async with holder(tmp_path / "data"):
        status, made, note = await run("create", "--name", "laptop")
        assert status == 0
        assert well_formed(made.strip(), "sona_sk_")
        assert "will not be shown again" in note

        status, table, _ = await run("list")
        assert status == 0
        assert re.search(rf"{made[:13]}… +laptop +default +everything +20\S+Z +never +active$", table, re.MULTILINE)
        assert made.strip() not in table

        assert (await run("revoke", made[:13]))[0] == 0
        status, listed, _ = await run("list", "--json")
        (key,) = json.loads(listed)
        assert (key["name"], key["prefix"]) == ("laptop", made[:13])
        assert (key["project"], key["permissions"]) == ("default", None)
        assert key["revoked_at"].endswith("Z")


@pytest.mark.parametrize("holder", [server, nobody])
async def test_a_key_of_a_project_for_some_things_is_made_and_listed(run, command, tmp_path, holder):
    projects = command("from antiphon.cli.projects import projects; projects()")
    async with holder(tmp_path / "data"):
        _, project, _ = await projects("create", "app")
        wanted = [f"--permission={name}" for name in ("text_to_speech_realtime", "files")]
        for named in ("app", project.strip()):
            assert (await run("create", "--name", "narrow", "--project", named, *wanted))[0] == 0
        _, table, _ = await run("list")
        _, listed, _ = await run("list", "--json")
    assert len(re.findall(r" narrow +app +files,text_to_speech_realtime +20\S+Z ", table)) == 2
    for key in json.loads(listed):
        assert (key["project"], key["project_id"]) == ("app", project.strip())
        assert key["permissions"] == ["files", "text_to_speech_realtime"]


@pytest.mark.parametrize("holder", [server, nobody])
async def test_a_key_of_no_such_project_is_a_plain_error(run, tmp_path, holder):
    async with holder(tmp_path / "data"):
        status, out, err = await run("create", "--project", "nonsense")
    assert (status, out) == (1, "")
    assert err == "antiphon: The account has no such project. `antiphon projects list` shows those there are.\n"


async def test_a_key_made_with_permissions_has_these_alone(run, tmp_path):
    async with server(tmp_path / "data") as keys:
        _, made, _ = await run("create", "--permission", "usage_and_limits")
        key = await keys.authenticate(made.strip())
    assert key.permissions == {Permission.USAGE_AND_LIMITS}


async def test_a_key_made_through_a_server_opens_there_at_once_and_closes_at_once(run, tmp_path):
    async with server(tmp_path / "data") as keys:
        _, made, _ = await run("create")
        key = await keys.authenticate(made.strip())
        assert (await run("revoke", str(key.id)))[0] == 0
        assert keys.cached(made.strip()) is None


async def test_a_key_made_without_a_server_is_known_to_the_next(run, tmp_path):
    _, made, note = await run("create")
    assert "new data folder" in note
    async with server(tmp_path / "data") as keys:
        assert (await keys.authenticate(made.strip())).name == "cli"


@pytest.mark.parametrize("holder", [server, nobody])
async def test_an_unknown_key_is_a_plain_error(run, tmp_path, holder):
    async with holder(tmp_path / "data"):
        status, out, err = await run("revoke", "nonsense")
    assert (status, out) == (1, "")
    assert err == "antiphon: There is no such key. `antiphon keys list` shows those there are.\n"


@pytest.mark.parametrize("holder", [server, nobody])
async def test_an_eleventh_key_is_a_plain_error(run, tmp_path, holder):
    async with server(tmp_path / "data") as keys:
        account = await keys.first_account()
        for number in range(10):
            await keys.create(account.id, f"{number}")
    (tmp_path / "data").rename(tmp_path / "full")
    if holder is nobody:
        status, _, err = await run("create", "--data", str(tmp_path / "full"))
    else:
        async with server(tmp_path / "full"):
            status, _, err = await run("create", "--data", str(tmp_path / "full"))
    assert status == 1
    assert "Revoke one first" in err


async def test_a_process_that_holds_the_folder_without_answering_is_named(run, tmp_path):
    with DataFolder.claim(tmp_path / "data"):
        status, _, err = await run("list")
    assert status == 1
    assert f"process {os.getpid()}" in err
    assert "control socket" in err


@pytest.mark.parametrize("asked", [("list",), ("revoke", "x")])
async def test_a_mistyped_folder_is_not_made(run, tmp_path, asked):
    status, _, err = await run(*asked, "--data", str(tmp_path / "typo"))
    assert status == 1
    assert "typo" in err
    assert not (tmp_path / "typo").exists()


async def test_a_short_secret_is_a_plain_error_that_does_not_repeat_it(run, tmp_path):
    status, _, err = await run("create", ANTIPHON_SECRET="hunter2")
    assert status == 1
    assert "too short" in err
    assert "hunter2" not in err


async def test_another_secret_is_a_plain_error(run):
    assert (await run("create", ANTIPHON_SECRET="a" * 64))[0] == 0
    status, _, err = await run("create", ANTIPHON_SECRET="b" * 64)
    assert status == 1
    assert "ANTIPHON_SECRET" in err


@pytest.mark.parametrize(
    "asked", [("revoke",), ("dance",), ("list", "--nonsense"), ("create", "--permission", "everything")]
)
async def test_a_wrong_command_line_ends_with_status_2(run, asked):
    assert (await run(*asked))[0] == 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((), "create"),
        (("create",), "cannot be shown again"),
        (("create",), "text_to_speech_realtime"),
        (("list",), "--json"),
        (("revoke",), "first characters"),
    ],
)
async def test_help_helps(run, asked, told):
    status, out, _ = await run(*asked, "--help")
    assert status == 0
    assert told in out
