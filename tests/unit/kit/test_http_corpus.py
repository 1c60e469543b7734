"""No URL leads to what is not for everybody: see `forbidden`, which asks for all of them in a process of its own."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

PROGRAM = Path(__file__).with_name("forbidden.py")
SIGNPOST, PUBLIC = "127.0.0.9", "93.184.216.34"


def asked(planted="", *, every=1):
    command = [sys.executable, str(PROGRAM), "--planted", planted, "--every", str(every)]
    ran = subprocess.run(command, capture_output=True, timeout=120, check=True)
    report = orjson.loads(ran.stdout)
    assert "error" not in report, report["error"]
    return report


def test_no_url_leads_to_what_is_not_for_everybody():
    report = asked()
    assert report["urls"] >= 1_000
    assert report["forbidden"] == {}
    # Otherwise it would have been too easy: redirects were followed, names asked for, and the rest was refused.
    assert report["allowed"].keys() == {SIGNPOST, PUBLIC}
    assert report["ends"].keys() == {"answered", "address", "url", "unreachable"}
    assert report["ends"]["address"] > report["urls"]


@pytest.mark.parametrize("bug", ["first-answer", "asks-twice", "python-knows"])
def test_the_corpus_finds_a_guard_that(bug):
    assert asked(bug, every=13)["forbidden"] != {}
