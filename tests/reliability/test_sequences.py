"""Mutated conversations on the websocket: every one ends without an internal error, and leaves nothing behind."""

from pathlib import Path

from reliability.lanes import reports, seed_of_run, start
from reliability.sequences import besiege

SEQUENCES = 3000
TIME_BOX = 400.0
"""Seconds; it takes about 40 on two idle cores."""


def test_three_thousand_mutated_conversations_leave_a_server_as_it_was() -> None:
    (report,) = reports([start("sequences", "--count", SEQUENCES, "--seed", seed_of_run())], within=TIME_BOX)
    assert report["faults"] == [], report["complaint"]
    assert report["sequences"] == SEQUENCES
    assert min(report["errors"], report["streams"], report["closes"]["1002"], report["closes"]["1009"]) > 0


def test_the_harness_finds_a_server_that_does_not_notice_when_clients_leave(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("reliability.sequences._SETTLED_WITHIN", 3.0)
    report = besiege(tmp_path, count=60, seed=1, module="reliability.leaky")
    assert any("left behind" in fault for fault in report.faults), report
