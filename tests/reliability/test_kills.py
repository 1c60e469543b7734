"""Whoever was told something still has it, whenever the process is killed. See docs/reference/reliability.md."""

import pytest

from antiphon.store.sqlite import SqliteStore
from reliability.books import Books, Told, faults
from reliability.kills import recover
from reliability.lanes import on_all_cores, reports, seed_of_run, start
from reliability.load import Shop, furnish
from reliability.planted import LEDGERS

KILLS = 5_000
TIME_BOX = 400.0
"""Seconds; it takes about 90 on two idle cores."""


def planted(name, kills):
    (report,) = reports([start("kills", "--count", kills, "--planted", name)], within=120)
    return report


def test_five_thousand_kills_lose_nothing_that_was_acknowledged_and_charge_nobody_wrongly():
    report = on_all_cores("kills", count=KILLS, seed=seed_of_run(), within=TIME_BOX)
    assert report["faults"] == [], report["complaint"]
    assert (report["kills"], report["wrong"]) == (KILLS, 0)
    assert report["at_work"] > KILLS / 10  # Otherwise it would have been too easy.
    assert report["charged"] > 0


@pytest.mark.parametrize(
    ("bug", "found_as"),
    [("two-transactions", {"L4", "L5", "B1"}), ("boastful", {"lost"})],
    ids=["two-transactions", "boastful"],
)
def test_the_harness_finds(bug, found_as):
    report = planted(bug, 80)
    assert found_as <= {fault.partition(":")[0] for fault in report["faults"]}
    assert "replay: " in report["complaint"]


def test_charging_first_and_refunding_later_charges_wrongly_when_killed():
    report = planted("charge-then-refund", 80)
    assert report["wrong"] > report["charged"] / 100


@pytest.mark.parametrize("bug", ["", "two-transactions"])
async def test_without_a_kill_nobody_would_notice(bug, tmp_path):
    path, told = tmp_path / "antiphon.db", Told()
    store = SqliteStore.open(path)
    await furnish(store)
    shop = Shop(store, ledger=LEDGERS[bug](store), say=told.hear, seed=1, worker=1)
    await shop.prepare()
    await shop.serve(clients=8, requests=20)
    now = shop.clock.now()
    await store.close()
    await recover(path, now)
    assert faults(Books.read(path), told) == []
    assert len(told.ended) > 40
