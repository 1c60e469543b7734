"""What is enough for fifty is spent by fifty, however many ask at once."""

import pytest

from reliability.lanes import seed_of_run
from reliability.races import FITS, PLANTED, Race

ROUNDS = 200


async def test_of_a_thousand_at_once_exactly_those_are_admitted_whom_balance_and_budgets_fit(stores):
    report = await Race(stores, seed=seed_of_run()).run(ROUNDS)
    assert report.faults == [], f"seed {report.seed}"
    assert (report.rounds, report.admitted, report.overspent) == (ROUNDS, {FITS}, 0), f"seed {report.seed}"


@pytest.mark.parametrize("planted", ["read-then-hold", "spent-alone"])
async def test_the_harness_finds_a_ledger_that_forgets_what_is_held(stores, planted):
    scarce, ledger = PLANTED[planted]
    report = await Race(stores, seed=seed_of_run(), planted=ledger, scarce=scarce).run(2)
    assert report.overspent > 0
