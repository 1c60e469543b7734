"""What was charged is in the library with its files, and what is there was charged, whenever the server is killed.

The harnesses run two at a time. See docs/reference/reliability.md.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from reliability.lanes import CORES, reports, seed_of_run, start

KILLS, KINDS = 6, "sssssssp"
"""Songs and films take long: `make reliability` has them too."""
TIME_BOX = 400.0
"""Seconds; all of this takes about 25 on two idle cores."""
BUGS = {
    "late-file": (2, "s", "M3"),
    "two-tries": (1, "p", "M3"),
    "hasty-sweep": (1, "s", "M2"),
}
"""Kills, what is asked for, and as what it is found."""


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Future[Any]]]:
    """What comes of each harness."""
    wanted = {"": ("--count", KILLS, "--kinds", KINDS, "--seed", seed_of_run())}
    for bug, (count, kinds, _found) in BUGS.items():
        wanted[bug] = ("--count", count, "--kinds", kinds, "--planted", bug)
    with ThreadPoolExecutor(CORES) as lanes:
        yield {name: lanes.submit(report_of, *given) for name, given in wanted.items()}
        lanes.shutdown(cancel_futures=True)


def report_of(*given: object) -> Any:
    (report,) = reports([start("library_server", *given)], within=TIME_BOX)
    return report


def test_kills_of_the_server_leave_no_charge_without_its_items_and_no_item_or_file_without_a_charge(running):
    report = running[""].result()
    assert report["faults"] == [], report["complaint"]
    assert report["kills"] == KILLS
    assert min(report["at_work"], report["made"], report["items"], report["fetched"]) > 0


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_finds(running, bug):
    report = running[bug].result()
    assert BUGS[bug][-1] in {fault.partition(":")[0] for fault in report["faults"]}
    assert "replay: " in report["complaint"]
