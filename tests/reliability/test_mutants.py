"""Tampered requests to Sonna's routes: none of them breaks anything, and what is refused costs nothing."""

from pathlib import Path

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.generate.openapi import paths as generate_paths
from antiphon.surfaces.sonna.openapi import paths
from antiphon.surfaces.sonna.synthesis import Synthesis
from reliability.lanes import on_all_cores, seed_of_run
from reliability.mutants import besiege
from surfaces.sonna.making import open_making
from surfaces.sonna.mutations import BODIES, QUERIES, WITH_BODY
from surfaces.sonna.served import routes_of

COUNT = 20_000
TIME_BOX = 400.0
"""Seconds; it takes about 15 on two idle cores."""


def test_twenty_thousand_tampered_bodies_break_nothing_and_cost_nothing() -> None:
    report = on_all_cores("mutants", count=COUNT, seed=seed_of_run(), within=TIME_BOX)
    assert report["faults"] == []
    assert report["requests"] == COUNT + COUNT // 4
    assert min(report["accepted"], report["refused"], report["charged"]) > COUNT // 20


async def test_every_route_is_tampered_with(tmp_path: Path) -> None:
    async with open_making(tmp_path / "data") as making:
        found = routes_of(making.app)
    assert {route for route in found if route[0] in WITH_BODY} == set(BODIES)
    documented = {**paths()["paths"], **generate_paths()["paths"]}
    for method, path in found:
        operation = documented.get(path, {}).get(method.lower(), {})
        asked = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert asked <= set(QUERIES.get(path, {})), path


def _blind(body, place):
    """It takes pydantic's places for those of the body."""
    for step in place:
        body = body[step]
    return place, body


_read, _make = translate.read, Synthesis.make


def _talkative(shape, body):
    """It says what was wrong."""
    try:
        return _read(shape, body)
    except InvalidRequest as wrong:
        raise InvalidRequest(wrong.reason, f"{wrong.field} {body}", **wrong.facts) from None


async def _late(synthesis, job, receive):
    """It looks at the body after it was paid for."""
    await _make(synthesis, job, receive)
    raise InvalidRequest("out_of_range", "title")


@pytest.mark.parametrize(
    ("planted", "bug", "found"),
    [
        ("antiphon.surfaces.sonna.translate._found", _blind, "500"),
        ("antiphon.surfaces.sonna.translate.read", _talkative, "gives back what was sent"),
        ("antiphon.surfaces.sonna.synthesis.Synthesis.make", _late, "were charged where"),
    ],
    ids=["blind", "talkative", "late"],
)
async def test_the_harness_finds_what_was_planted(tmp_path: Path, monkeypatch, planted, bug, found) -> None:
    monkeypatch.setattr(planted, bug)
    report = await besiege(tmp_path, count=600, seed=1)
    assert any(found in fault for fault in report.faults), report.faults
