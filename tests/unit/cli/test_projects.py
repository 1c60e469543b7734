import json
import re
from uuid import UUID

import pytest

PROGRAM = "from antiphon.cli.projects import projects; projects(prog_name='antiphon projects')"


@pytest.fixture
def run(command):
    return command(PROGRAM)


async def test_a_project_is_made_and_listed_after_the_first(run, holder):
    status, made, note = await run("create", "app")
    assert status == 0
    assert str(UUID(made.strip())) == made.strip()
    assert note == f"Made app. A key for it: antiphon keys create --project {made}"

    status, table, _ = await run("list")
    assert status == 0
    head, first, second = table.splitlines()
    assert head.split() == ["ID", "NAME", "CREATED"]
    assert re.fullmatch(r"\S{36}  default  20\S+Z", first)
    assert re.fullmatch(rf"{made.strip()}  app      20\S+Z", second)

    _, listed, _ = await run("list", "--json")
    default, app = json.loads(listed)
    assert (default["name"], app["name"], app["id"]) == ("default", "app", made.strip())
    assert app["created_at"].endswith("Z")


async def test_a_project_of_another_account_is_that_accounts(run, command, house):
    await command("from antiphon.cli.accounts import accounts; accounts()")("create", "anna")
    _, made, note = await run("create", "app", "--account", "anna")
    assert f"antiphon keys create --account anna --project {made.strip()}" in note
    assert made.strip() not in (await run("list"))[1]
    assert made.strip() in (await run("list", "--account", "anna"))[1]


REFUSED = [
    (("create", "default"), "There is one of that name already."),
    (("create", ""), "A name has 1 to 100 printable characters."),
    (("create", "app", "--account", "nobody"), "There is no such account."),
    (("list", "--account", "nobody"), "There is no such account."),
]


@pytest.mark.parametrize(("arguments", "told"), REFUSED)
async def test_what_cannot_be_done_is_a_plain_error(run, house, arguments, told):
    status, out, err = await run(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"antiphon: {told}")


@pytest.mark.parametrize(
    ("arguments", "told"), [((), "create"), (("create",), "credits are the account's"), (("list",), "--json")]
)
async def test_help_helps(run, arguments, told):
    status, out, _ = await run(*arguments, "--help")
    assert status == 0
    assert told in out
