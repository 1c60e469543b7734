"""Submitting a job to a database that is not always there."""

import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.jobs import JobState
from antiphon.services.submit import Submit, Work, usage
from antiphon.services.till import Wanted
from antiphon.store.ports import StoredAnswer
from antiphon.store.ports_jobs import JobEnd
from surfaces.musicapi.studio import open_studio

WANTED = Wanted(
    dialect="musicapi",
    klass="create",
    route="musicapi.create",
    price="sonic/create_music",
    modality="music",
    model="sonic-v5",
    engine="song",
    request_id="r",
)
ANSWER = StoredAnswer(status=200, headers={}, body=b"{}", artifact="")


class Forgetful:
    """Jobs that are submitted, and nobody hears of it: the connection breaks after the commit."""

    def __init__(self, jobs):
        self._jobs = jobs

    async def submit(self, submission):
        await self._jobs.submit(submission)
        raise Unavailable(UnavailableCause.STORE_FAILED)


async def test_a_job_whose_submission_was_never_confirmed_is_in_the_log_with_what_it_cost(tmp_path):
    async with open_studio(tmp_path) as studio:
        house, jobs = studio.house, studio.house.store.jobs
        account = await house.keys.first_account()
        (key,) = await house.keys.list(account.id)
        submit = Submit(Forgetful(jobs), house.till, clock=studio.clock)
        work = Work(kind="bread", asked=b"{}", shown=b"{}", patience=60.0)

        with pytest.raises(Unavailable):
            await submit.submit(key, WANTED, work, answer=lambda _job: ANSWER, status_of=lambda _error: 503)
        await house.till.pay.tick()
        now = studio.clock.now()
        (claim,) = await jobs.claim(worker="w", kinds=("bread",), most=1, now=now, until=now + 6)
        row = usage(claim.job, route="musicapi.create", model="m", engine="song", status=200, code="", at=now)
        done = {"state": JobState.SUCCEEDED, "charge": claim.job.price, "at": now, "usage": row}
        await jobs.end(JobEnd(id=claim.job.id, fence=claim.job.fence, **done))

        logged = await house.store.ledger.usage(account.id)
        assert {(each.status, each.charged) for each in logged} == {(503, 0), (200, claim.job.price)}
