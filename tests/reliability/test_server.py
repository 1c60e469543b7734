"""The real server, killed under load, from outside: a whole answer is paid for once, no other too much."""

from reliability.lanes import reports, seed_of_run, start

KILLS = 20
TIME_BOX = 300.0
"""Seconds; it takes about 40 on two idle cores."""


def test_twenty_kills_of_the_server_charge_every_whole_answer_once_and_no_other_too_much():
    (report,) = reports([start("server", "--count", KILLS, "--seed", seed_of_run())], within=TIME_BOX)
    assert report["faults"] == [], report["complaint"]
    assert report["kills"] == KILLS
    assert min(report["whole"], report["broken"], report["charged"]) > 0


def test_the_harness_finds_a_server_that_forgets_what_it_has_not_copied_back():
    (report,) = reports([start("server", "--count", 2, "--planted", "forgetful")], within=TIME_BOX)
    assert any("charged was []" in fault for fault in report["faults"])
