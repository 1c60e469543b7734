"""Every acknowledged job ends, is paid once or not at all, and its files are whole, whoever is killed or stopped.

The harnesses run two at a time, from the first test on. See docs/reference/reliability.md.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from reliability.jobs_server import RECOVERED_WITHIN
from reliability.lanes import CORES, reports, seed_of_run, start
from store.postgres import find_programs

KILLS, SERVER_KILLS, ZOMBIES = {"sqlite": 600, "postgres": 400}, 20, 4
TIME_BOX = 400.0
"""Seconds; all of this takes about 50 on two idle cores."""
BUGS = {
    "two-transactions": ("jobs", "sqlite", 40, {"J3", "L4"}),
    "early-file": ("jobs", "sqlite", 10, {"J5"}),
    "boastful": ("jobs", "sqlite", 20, {"J1"}),
    "forgetful": ("jobs", "sqlite", 10, {"J1", "L4"}),
    "leaseless": ("jobs", "sqlite", 5, {"J2"}),
    "unlocked": ("jobs", "postgres", 50, {"J2"}),
    "unfenced": ("jobs_zombies", "postgres", 1, {"J2"}),
    "lost-wal": ("jobs_server", "sqlite", 2, {"J1"}),
}
"""Harness, database, kills, and as what it is found."""


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Future[Any]]]:
    """What comes of each harness; of those on PostgreSQL, where there is one."""
    seed = ("--seed", seed_of_run())
    wanted = {
        "sqlite": ("jobs", "--count", KILLS["sqlite"], *seed),
        "postgres": ("jobs", "--count", KILLS["postgres"], "--database", "postgres", *seed),
        "server": ("jobs_server", "--count", SERVER_KILLS, *seed),
        "zombies": ("jobs_zombies", "--count", ZOMBIES, *seed),
    }
    for bug, (harness, _database, count, _found) in BUGS.items():
        wanted[bug] = (harness, "--count", count, "--planted", bug)
        if harness == "jobs":
            wanted[bug] += ("--database", BUGS[bug][1], "--patience", 2)
    there = False
    with contextlib.suppress(pytest.skip.Exception):
        there = bool(find_programs())
    with ThreadPoolExecutor(CORES) as lanes:
        yield {name: lanes.submit(of, *given) for name, given in wanted.items() if there or not needs_postgres(name)}
        lanes.shutdown(cancel_futures=True)


def needs_postgres(name: str) -> bool:
    return name in {"postgres", "zombies"} or BUGS.get(name, ("", ""))[1] == "postgres"


def of(harness: str, *given: object) -> Any:
    (report,) = reports([start(harness, *given)], within=TIME_BOX)
    return report


def report_of(running: dict[str, Future[Any]], name: str) -> Any:
    if name not in running:
        find_programs()  # It skips.
    return running[name].result()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_thousand_killed_workers_lose_no_job_and_charge_each_once_or_not_at_all(running, database):
    report = report_of(running, database)
    assert report["faults"] == [], report["complaint"]
    assert report["kills"] == KILLS[database]
    assert report["at_work"] > KILLS[database] / 10  # Otherwise it would have been too easy.
    assert min(report["stops"], report["submitted"], report["succeeded"], report["poisoned"]) > 0
    assert report["left"] < 10 * RECOVERED_WITHIN


def test_twenty_kills_of_the_server_lose_no_task_and_leave_every_file_whole(running):
    report = report_of(running, "server")
    assert report["faults"] == [], report["complaint"]
    assert report["kills"] == SERVER_KILLS
    assert min(report["at_work"], report["stops"], report["succeeded"], report["failed"], report["fetched"]) > 0
    assert min(report["delivered"], report["waiting"]) > 0


def test_whatever_a_worker_says_that_was_taken_for_dead_changes_nothing(running):
    report = report_of(running, "zombies")
    assert report["faults"] == [], report["complaint"]
    assert (report["refused"], report["killed"]) == (ZOMBIES, ZOMBIES // 2)


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_finds(running, bug):
    report = report_of(running, bug)
    assert BUGS[bug][-1] & {fault.partition(":")[0] for fault in report["faults"]}
    assert "replay: " in report["complaint"]
