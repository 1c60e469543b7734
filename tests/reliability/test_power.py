"""What was acknowledged is there after the power comes back. See docs/reference/reliability.md."""

import pytest

from reliability.lanes import on_all_cores, reports, seed_of_run, start

CUTS = 50_000
TIME_BOX = 300.0
"""Seconds; it takes about 60 on two idle cores."""


def test_fifty_thousand_power_cuts_lose_no_commit_that_was_acknowledged():
    report = on_all_cores("power", count=CUTS, seed=seed_of_run(), within=TIME_BOX)
    assert report["faults"] == [], report["complaint"]
    assert (report["cuts"], report["lost"], report["corrupt"], report["unbalanced"]) == (CUTS, 0, 0, 0)
    assert report["unsynced"] > CUTS / 2  # Otherwise there was nothing to lose.
    assert report["acknowledged"] > CUTS


@pytest.mark.parametrize(("synchronous", "found_as"), [("NORMAL", "lost"), ("OFF", "corrupt")])
def test_the_harness_finds_a_store_that_does_not_sync_enough(synchronous, found_as):
    (report,) = reports([start("power", "--count", 300, "--planted", synchronous)], within=120)
    assert report[found_as] > 0
    assert "replay: " in report["complaint"]
