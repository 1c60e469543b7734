"""Limits of projects, where there may be none."""

import asyncio
import os
from uuid import UUID

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Admission, Concurrency, Grant

ACCOUNT = UUID(int=1)


async def test_a_request_in_no_project_counts_for_none(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(Account(id=ACCOUNT, name="a", created_at=1.0))
        lot = UUID(bytes=os.urandom(16))
        amount = MilliCredits(1000)
        await store.ledger.grant(
            Grant(transfer_id="topup:1", lot_id=lot, account_id=ACCOUNT, bucket=Bucket.PAYG, amount=amount, at=1.0)
        )
        limits = (Concurrency(tier="organization", most=20), Concurrency(tier="project", most=3))
        wanted = [
            Admission(
                id=UUID(int=100 + number),
                account_id=ACCOUNT,
                dialect="soniox",
                hold=MilliCredits(1),
                order=(Bucket.PAYG,),
                at=1.0,
                until=100.0,
                concurrency=limits,
            )
            for number in range(10)
        ]
        assert len(await asyncio.gather(*map(store.ledger.admit, wanted))) == 10
