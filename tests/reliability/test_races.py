"""What is enough for fifty is spent by fifty, however many ask at once."""

from reliability.lanes import seed_of_run
from reliability.races import FITS, Race, ReadThenHold

ROUNDS = 200


async def test_of_a_thousand_at_once_exactly_those_are_admitted_whom_the_balance_fits(stores):
    report = await Race(stores, seed=seed_of_run()).run(ROUNDS)
    assert report.faults == [], f"seed {report.seed}"
    assert (report.rounds, report.admitted, report.overspent) == (ROUNDS, {FITS}, 0), f"seed {report.seed}"


async def test_the_harness_finds_a_ledger_that_reads_and_then_holds(stores):
    planted = [ReadThenHold(store.ledger) for store in stores]
    report = await Race(stores, seed=seed_of_run(), ledgers=planted).run(2)
    assert report.overspent > 0
