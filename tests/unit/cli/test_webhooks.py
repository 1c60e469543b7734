import json
import re

import pytest

from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.domain.webhooks import MessageState
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.ports_messages import Attempt, Lane
from store.books import admission, new_id

PROGRAM = "from antiphon.cli.webhooks import webhooks; webhooks(prog_name='antiphon webhooks')"


@pytest.fixture
def run(command):
    return command(PROGRAM)


@pytest.fixture
def posted(house):
    async def post(host="a.example", *, then=None):
        """A webhook that waits, or that was tried once, and what became of it; its id."""
        account = await house.keys.first_account()
        at = house.clock.now()
        told = Message(id=new_id(), url=f"https://{host}/hook", secret=b"", body=b"{}", event="song.completed")
        asks = admission(0, account_id=account.id, dialect="musicapi", at=at, until=FOREVER)
        fields = {"account_id": account.id, "dialect": "musicapi", "kind": "song", "asked": b"", "price": 0}
        await house.store.jobs.submit(
            Submission(admission=asks, job=Job(id=asks.id, created_at=at, **fields), window=99)
        )
        await house.store.jobs.end(
            JobEnd(id=asks.id, fence=None, state=JobState.CANCELLED, charge=0, at=at, messages=[told])
        )
        if then is not None:
            lane = Lane(account_id=account.id, host=host)
            (errand,) = await house.store.messages.claim({lane: 1}, now=at, until=at + 9)
            attempt = Attempt(at=at, status=None, fault="ConnectError", milliseconds=12)
            await house.store.messages.record(errand, attempt, then=then, at=at)
        return str(told.id)

    return post


async def test_webhooks_are_listed_by_state(run, posted):
    lost = await posted(then=MessageState.EXHAUSTED)
    waits = await posted("b.example")

    status, out, _ = await run("list")
    assert status == 0
    head, newest, oldest = out.splitlines()
    assert head.split() == ["ID", "CREATED", "EVENT", "STATE", "ATTEMPTS", "NEXT", "URL"]
    assert re.fullmatch(rf"{waits}  20\S+Z  song.completed  waiting +0 +20\S+Z  https://b.example/hook", newest)
    assert re.fullmatch(rf"{lost}  20\S+Z  song.completed  exhausted +1 +https://a.example/hook", oldest)

    _, out, _ = await run("list", "--state", "exhausted", "--json")
    (found,) = json.loads(out)
    assert (found["id"], found["state"], found["due_at"]) == (lost, "exhausted", None)
    assert json.loads((await run("list", "--most", 1, "--json"))[1])[0]["id"] == waits


async def test_more_webhooks_than_fit_a_page_are_listed(run, posted):
    ids = [await posted(f"h{number}.example") for number in range(101)]
    _, out, _ = await run("list", "--most", 200, "--json")
    assert [found["id"] for found in json.loads(out)] == ids[::-1]


async def test_a_webhook_is_shown_with_its_attempts(run, posted):
    id_ = await posted(then=MessageState.EXHAUSTED)
    status, out, _ = await run("show", id_)
    assert status == 0
    assert re.search(rf"^id +{id_}$", out, re.MULTILINE)
    assert re.search(r"^20\S+Z +ConnectError  12 ms$", out, re.MULTILINE)
    (attempt,) = json.loads((await run("show", id_, "--json"))[1])["history"]
    assert (attempt["status"], attempt["fault"], attempt["milliseconds"]) == (None, "ConnectError", 12)


async def test_one_webhook_is_replayed_or_all_that_were_given_up(run, posted):
    first, second = [await posted(then=MessageState.EXHAUSTED) for _ in range(2)]
    assert (await run("replay", first))[1] == f"Replayed {first} (song.completed to https://a.example/hook).\n"
    assert (await run("replay", "--exhausted", "--account", "default"))[1] == "Replayed 1.\n"
    assert (await run("replay", "--exhausted"))[1] == "Replayed 0.\n"
    _, out, _ = await run("list", "--state", "waiting", "--json")
    assert [found["id"] for found in json.loads(out)] == [second, first]


async def test_the_secret_of_an_account_stays_the_same(run, command, holder):
    await command("from antiphon.cli.accounts import accounts; accounts()")("create", "anna")
    status, first, _ = await run("secret")
    assert status == 0
    assert first.startswith("whsec_")
    assert (await run("secret"))[1] == first
    assert (await run("secret", "--account", "anna"))[1] != first


REFUSED = [
    (("show", "00000000-0000-0000-0000-000000000000"), 1, "antiphon: There is no such webhook."),
    (("show", "rubbish"), 1, "antiphon: There is no such webhook."),
    (("replay", "rubbish"), 1, "antiphon: There is no such webhook."),
    (("list", "--account", "nobody"), 1, "antiphon: There is no such account."),
    (("secret", "--account", "nobody"), 1, "antiphon: There is no such account."),
    (("replay",), 2, "Usage: "),
    (("replay", "rubbish", "--exhausted"), 2, "Usage: "),
    (("list", "--state", "lost"), 2, "Usage: "),
]


@pytest.mark.parametrize(("arguments", "code", "told"), REFUSED)
async def test_what_cannot_be_done_is_a_plain_error(run, house, arguments, code, told):
    status, out, err = await run(*arguments)
    assert (status, out) == (code, "")
    assert err.startswith(told)
