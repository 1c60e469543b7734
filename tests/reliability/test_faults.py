"""Disks fail and fill up, clocks step back: a clear error, nothing lost, and it goes on by itself."""

import asyncio
import contextlib
import os
import resource
import subprocess
import sys

import pytest

from antiphon.domain.errors import Unavailable
from antiphon.domain.ledger import Bucket
from antiphon.services.pay import LEASE, Claim, Outcome, Pay
from antiphon.store.sqlite import SqliteStore
from reliability.books import Books, Told, faults
from reliability.faults import KINDS, LABELS, LATER, Day
from reliability.lanes import path, reports, seed_of_run, start
from reliability.load import ACCOUNTS, SLICE, SPEECH, furnish

EVERY = 13
"""CI fails one operation in so many; `make reliability` all of them."""


@pytest.mark.parametrize("kind", KINDS)
def test_whichever_operation_of_the_disk_fails_nothing_is_lost_and_it_goes_on_by_itself(kind):
    first = 1 + seed_of_run() % EVERY
    (report,) = reports([start("faults", "--kind", kind, "--first", first, "--every", EVERY)], within=200)
    assert report["faults"] == [], report["complaint"]
    assert report["failed"] > 30
    assert report["refused"] > 0


def test_the_harness_finds_a_ledger_that_does_not_wait_for_the_disk():
    planted = start("faults", "--kind", "full", "--first", 50, "--every", 60, "--planted", "boastful")
    (report,) = reports([planted], within=200)
    assert any(": lost: the end of" in fault for fault in report["faults"])


def test_a_disk_that_is_too_full_even_for_the_log_stops_nothing_for_good():
    command = [sys.executable, "-m", "reliability.faults", "--kind", "full", "--first", "50", "--every", "300"]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*command, "--json", "--log"],
            stdout=subprocess.PIPE,
            stderr=full,
            env={**os.environ, "PYTHONPATH": path()},
            text=True,
            timeout=200,
            check=False,
        )
    assert '"faults":[]' in done.stdout


@contextlib.contextmanager
def full_disk(path):
    """No file may grow beyond what the largest of the database's has now: for the kernel that is a full disk."""
    largest = max(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_file_that_the_kernel_does_not_let_grow_is_a_clear_error_and_later_none(tmp_path):
    path, told = tmp_path / "antiphon.db", Told()
    store = SqliteStore.open(path)
    await furnish(store)
    day = Day(store, told)
    await day.prepare()
    with full_disk(path):
        await day.pass_by(LABELS)
    refused, ended = day.refused, len(told.ended)
    await day.pass_by(LATER)
    await day.end()
    await store.close()
    assert refused > 0
    assert day.refused == refused
    assert len(told.ended) > ended
    assert faults(Books.read(path), told) == []


class SteppingClock:
    """A wall clock that can be set, over one that only goes on."""

    def __init__(self):
        self.wall = 1_790_000_000.0
        self.passed = 0.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.passed

    def go_on(self, seconds):
        self.wall += seconds
        self.passed += seconds


def claim(account):
    return Claim(
        account_id=account,
        project_id=account,
        key_id=account,
        order=(Bucket.PAYG,),
        request_id="a label",
        dialect="soniox",
        route="reliability",
        modality="speech",
        model="tone",
        engine="tone",
        price=SPEECH,
    )


@pytest.fixture
async def shop(tmp_path):
    """A ledger with one account that has something, a clock, and paying on both."""
    store = SqliteStore.open(tmp_path / "antiphon.db")
    await furnish(store)
    clock = SteppingClock()
    yield Pay(store.ledger, clock=clock, entropy=os.urandom), clock, ACCOUNTS[3]
    assert (await store.ledger.verify()).fault == ""
    await store.close()


async def had(pay, account):
    balance = await pay.ledger.balance(account, at=pay.clock.now())
    return balance.available[Bucket.PAYG], balance.held


@pytest.mark.parametrize("step", [-1.0, -3600.0, -40 * 86400.0])
async def test_a_clock_that_steps_back_while_a_request_is_at_work_changes_nothing_about_its_charge(shop, step):
    pay, clock, account = shop
    before, _ = await had(pay, account)
    async with pay.request(claim(account), units=SLICE, status_of=lambda _failure: 500) as paid:
        clock.wall += step
        await pay.tick()
        await paid.cover(15_000, slice_=SLICE)
        clock.go_on(LEASE * 2 / 3)
        await pay.tick()
        await paid.end(Outcome(units=15_000, status=200))
    assert await had(pay, account) == (before - 29_167, 0)


async def test_a_request_left_open_before_a_clock_stepped_back_is_released_when_the_time_comes_again(shop):
    pay, clock, account = shop
    before, _ = await had(pay, account)
    async with pay.request(claim(account), units=SLICE, status_of=lambda _failure: 500) as paid:
        pay._open.clear()  # As if its process had died: nobody renews it.
        clock.wall -= 3600.0
        await pay.tick()
        assert (await had(pay, account))[1] > 0
        clock.go_on(3600.0 + LEASE)
        await pay.tick()
        assert await had(pay, account) == (before, 0)
        pay._open[paid.id] = paid
    assert await had(pay, account) == (before, 0)


async def test_a_store_that_was_closed_is_a_clear_error_too(tmp_path):
    store = SqliteStore.open(tmp_path / "antiphon.db")
    await store.close()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(store.ledger.end_all(now=1.0), 10)
