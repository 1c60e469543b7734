"""What `/metrics` says of jobs and webhooks."""

import httpx
import pytest
from starlette.applications import Starlette

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.kit.observe import Metrics
from antiphon.services.queue import Backlog
from antiphon.surfaces.ops import routes as ops


class Queue:
    """What there is to do; or a database that is away."""

    def __init__(self) -> None:
        self.found: Backlog | None = Backlog(jobs={"pending": 7, "running": 2}, oldest=12.5)

    async def backlog(self) -> Backlog:
        if self.found is None:
            raise Unavailable(UnavailableCause.STORE_FAILED)
        return self.found


async def reached() -> None:
    """The database answers."""


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
async def scraped(metrics, queue):
    app = Starlette(routes=list(ops.build(makers={}, store=reached, metrics=metrics, queue=queue, title="t")))

    async def scrape():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return (await http.get("/metrics")).text.splitlines()

    return scrape


async def test_the_backlog_is_counted_when_it_is_asked_for(scraped):
    lines = await scraped()
    assert 'antiphon_jobs{state="pending"} 7.0' in lines
    assert 'antiphon_jobs{state="running"} 2.0' in lines
    assert "antiphon_jobs_oldest_seconds 12.5" in lines


async def test_while_the_database_is_away_the_rest_is_told_and_no_old_number(scraped, queue, metrics):
    await scraped()
    queue.found = None
    metrics.job_ended("song", "failed")
    lines = await scraped()
    assert 'antiphon_jobs_ended_total{kind="song",state="failed"} 1.0' in lines
    assert 'antiphon_jobs{state="pending"} NaN' in lines
    assert "antiphon_jobs_oldest_seconds NaN" in lines


async def test_attempts_to_deliver_are_counted_by_their_outcome(scraped, metrics):
    for outcome in ("delivered", "failed", "failed"):
        metrics.webhook_tried(outcome)
    assert 'antiphon_webhook_attempts_total{outcome="failed"} 2.0' in await scraped()
