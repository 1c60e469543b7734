import json
import re

import pytest

from antiphon.domain.jobs import FOREVER, Fault, Job, JobState
from antiphon.services.work import Receipt
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from store.books import admission, new_id

PROGRAM = "from antiphon.cli.jobs import jobs; jobs(prog_name='antiphon jobs')"


@pytest.fixture
def run(command):
    return command(PROGRAM)


@pytest.fixture
def submitted(house):
    async def submit(*, fault=None):
        """A job that waits, or that failed of a fault; its id."""
        account = await house.keys.first_account()
        at = house.clock.now()
        asks = admission(1_500, account_id=account.id, dialect="musicapi", order=("payg",), at=at, until=FOREVER)
        fields = {"account_id": account.id, "dialect": "musicapi", "kind": "song", "asked": b"{}", "price": 1_500}
        job = Job(id=asks.id, created_at=at, priority=7, **fields)
        await house.store.jobs.submit(Submission(admission=asks, job=job, window=2))
        if fault is not None:
            told = Message(id=new_id(), url="https://a.example/", secret=b"", body=b"{}", event="e")
            end = JobEnd(id=job.id, fence=None, state=JobState.FAILED, charge=0, at=at, fault=fault, messages=[told])
            await house.store.jobs.end(end)
        return str(job.id)

    return submit


class Singer:
    """Whoever has songs to do; here nobody does them."""

    def receipt(self, _job, _outcome, *, at):  # noqa: ARG002 - as a Trade has it
        return Receipt()


async def test_jobs_are_listed_by_state(run, submitted):
    failed = await submitted(fault=Fault(code="deadline"))
    waits = await submitted()

    status, out, _ = await run("list")
    assert status == 0
    head, newest, oldest = out.splitlines()
    assert head.split() == ["ID", "CREATED", "KIND", "STATE", "DONE", "STAGE", "ACCOUNT"]
    assert re.fullmatch(rf"{waits}  20\S+Z  song  pending  0% +[0-9a-f-]{{36}}", newest)
    assert re.fullmatch(rf"{failed}  20\S+Z  song  failed   0% +deadline +[0-9a-f-]{{36}}", oldest)

    _, out, _ = await run("list", "--state", "failed", "--account", "default", "--json")
    (found,) = json.loads(out)
    assert (found["id"], found["fault"], found["price"], found["priority"]) == (failed, "deadline", 1_500, 7)
    assert json.loads((await run("list", "--most", 1, "--json"))[1])[0]["id"] == waits


async def test_more_jobs_than_fit_a_page_are_listed(run, submitted):
    ids = [await submitted() for _ in range(101)]
    _, out, _ = await run("list", "--most", 200, "--json")
    assert [found["id"] for found in json.loads(out)] == ids[::-1]


async def test_a_job_is_shown_with_its_webhooks_and_without_what_the_customer_wrote(run, submitted):
    id_ = await submitted(fault=Fault(code="poison"))
    status, out, _ = await run("show", id_)
    assert status == 0
    assert re.search(rf"^id +{id_}$", out, re.MULTILINE)
    assert re.search(r"^price +1.5 credits$", out, re.MULTILINE)
    assert re.search(r"^fault +poison$", out, re.MULTILINE)
    found = json.loads((await run("show", id_, "--json"))[1])
    assert len(found["webhooks"]) == 1
    assert not {"asked", "shown", "made"} & found.keys()


async def test_a_job_is_cancelled_once(run, submitted, house):
    house.ends.learn({"song": Singer()})
    id_ = await submitted()
    assert await run("cancel", id_) == (0, f"Cancelled {id_} (song); 1.5 credits are free again.\n", "")
    assert json.loads((await run("show", id_, "--json"))[1])["state"] == "cancelled"
    assert await run("cancel", id_) == (1, "", "antiphon: That job has ended already.\n")


async def test_who_does_not_know_such_jobs_cancels_none(run, submitted, house):
    id_ = await submitted()
    status, _, err = await run("cancel", id_)
    assert (status, err) == (1, "antiphon: Only a running server can cancel such a job. Start it, and try again.\n")
    assert await house.store.jobs.waiting() == {"pending": 1}


async def test_an_idle_folder_has_its_jobs_listed(run, holder):
    assert await run("list", "--json") == (0, "[]\n", "")


REFUSED = [
    (("show", "00000000-0000-0000-0000-000000000000"), 1, "antiphon: There is no such job."),
    (("show", "rubbish"), 1, "antiphon: There is no such job."),
    (("cancel", "rubbish"), 1, "antiphon: There is no such job."),
    (("list", "--account", "nobody"), 1, "antiphon: There is no such account."),
    (("list", "--state", "lost"), 2, "Usage: "),
]


@pytest.mark.parametrize(("arguments", "code", "told"), REFUSED)
async def test_what_cannot_be_done_is_a_plain_error(run, house, arguments, code, told):
    status, out, err = await run(*arguments)
    assert (status, out) == (code, "")
    assert err.startswith(told)
