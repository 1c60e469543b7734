"""Every event is delivered, or known to be given up, whoever is killed and however broken receivers are."""

import pytest

from reliability.lanes import reports, seed_of_run, start

KILLS = 20
TIME_BOX = 200.0
"""Seconds; it takes about 8 on two idle cores."""


def of(*arguments):
    (report,) = reports([start("webhooks", *arguments)], within=TIME_BOX)
    return report


def test_every_event_is_delivered_or_given_up_on_record_whoever_is_killed():
    report = of("--count", KILLS, "--seed", seed_of_run())
    assert report["faults"] == [], report["complaint"]
    assert report["kills"] == KILLS
    assert report["at_work"] > 0  # Otherwise it would have been too easy.
    assert report["exhausted"] > report["delivered"]
    assert report["delivered"] + report["exhausted"] == report["events"]


@pytest.mark.parametrize(("bug", "found_as"), [("premature", "W1"), ("another-id", "W3")], ids=str)
def test_the_harness_finds(bug, found_as):
    report = of("--count", KILLS // 2, "--planted", bug)
    assert found_as in {fault.partition(":")[0] for fault in report["faults"]}
    assert "replay: " in report["complaint"]
