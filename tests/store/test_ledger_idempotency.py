"""The contract of `Ledger`, over every implementation: a client asks twice and is served once."""

import asyncio
from dataclasses import replace

import pytest

from antiphon.domain.errors import Conflict, LimitExceeded, PaymentRequired
from antiphon.store.ports import Admitted, Concurrency, IdempotencyKey, StoredAnswer
from store.books import ACCOUNT, OTHER, PAYG, account, admission, ending, grant, usage

ANSWER = StoredAnswer(status=200, headers={"content-type": "audio/mpeg", "x-count": "3"}, body=b"\x00\xffsound")


@pytest.fixture
async def ledger(open_store):
    async with open_store() as store:
        for account_id in (ACCOUNT, OTHER):
            await store.keys.ensure_account(account(account_id))
            await store.ledger.grant(grant(1000, account_id=account_id))
        yield store.ledger
        assert (await store.ledger.verify()).fault == ""


def key(text="theirs", *, route="sonna.synthesize", body=1, expires_at=86_500.0):
    return IdempotencyKey(route=route, key=text, fingerprint=body.to_bytes(32, "big"), expires_at=expires_at)


def keyed(hold=100, *, idempotency=None, **changes):
    return admission(hold, idempotency=idempotency or key(), **changes)


async def served(ledger, asked, answer=ANSWER):
    assert isinstance(await ledger.admit(asked), Admitted)
    await ledger.end(ending(asked, asked.hold, answer=answer))


async def refusal(ledger, asked):
    with pytest.raises(Conflict) as refused:
        await ledger.admit(asked)
    return refused.value.reason


async def charged(ledger, of=ACCOUNT):
    balance = await ledger.balance(of, at=100.0)
    assert balance.held == 0
    return 1000 - balance.available[PAYG]


async def test_a_repeated_request_gets_the_same_answer_and_costs_nothing(ledger):
    await served(ledger, keyed())
    assert await ledger.admit(keyed()) == ANSWER
    assert await ledger.admit(keyed()) == ANSWER
    assert await charged(ledger) == 100


async def test_another_body_under_the_same_key_is_refused(ledger):
    await served(ledger, keyed())
    assert await refusal(ledger, keyed(idempotency=key(body=2))) == "idempotency_mismatch"
    assert await charged(ledger) == 100


async def test_a_request_in_flight_is_not_begun_again(ledger):
    first = keyed()
    await ledger.admit(first)
    assert await refusal(ledger, keyed()) == "idempotency_in_flight"
    assert await refusal(ledger, keyed(idempotency=key(body=2))) == "idempotency_mismatch"
    await ledger.end(ending(first, 100, answer=ANSWER))
    assert await ledger.admit(keyed()) == ANSWER
    assert await charged(ledger) == 100


async def test_of_many_that_ask_at_once_one_is_served(ledger):
    results = await asyncio.gather(*(ledger.admit(keyed()) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(result, Admitted) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 49
    assert (await ledger.balance(ACCOUNT, at=100.0)).held == 100


async def test_keys_of_two_accounts_or_two_routes_never_meet(ledger):
    await served(ledger, keyed())
    await served(ledger, keyed(account_id=OTHER))
    await served(ledger, keyed(idempotency=key(route="soniox.tts")))
    assert (await charged(ledger), await charged(ledger, OTHER)) == (200, 100)


async def test_an_end_without_an_answer_frees_the_key(ledger):
    await served(ledger, keyed(), answer=None)
    await served(ledger, keyed(idempotency=key(body=2)))
    assert await charged(ledger) == 200


async def test_a_dead_request_frees_its_key(ledger):
    dead = keyed(until=160.0)
    await ledger.admit(dead)
    assert await refusal(ledger, keyed(at=500.0, until=560.0)) == "idempotency_in_flight"
    await ledger.end_overdue(now=500.0, most=10)
    await served(ledger, keyed(at=500.0, until=560.0))
    assert await charged(ledger) == 100


async def test_a_refused_request_leaves_its_key_free(ledger):
    with pytest.raises(PaymentRequired):
        await ledger.admit(keyed(1001))
    busy = admission()
    await ledger.admit(busy)
    limit = (Concurrency(tier="organization", most=1),)
    with pytest.raises(LimitExceeded):
        await ledger.admit(keyed(concurrency=limit))
    await ledger.end(ending(busy))
    await served(ledger, keyed(concurrency=limit))
    assert await charged(ledger) == 100


async def test_a_stored_answer_needs_no_lease_and_no_credits(ledger):
    await served(ledger, keyed(1000))
    await ledger.admit(admission())
    assert await ledger.admit(keyed(1000, concurrency=(Concurrency(tier="organization", most=1),))) == ANSWER


async def test_a_key_is_forgotten_when_its_time_is_over(ledger):
    await served(ledger, keyed(idempotency=key(expires_at=300.0)))
    again = keyed(idempotency=key(body=2, expires_at=900.0), at=300.0, until=360.0)
    await served(ledger, again)
    assert await ledger.admit(keyed(idempotency=key(body=2), at=310.0)) == ANSWER
    assert await charged(ledger) == 200


async def test_sweeping_forgets_what_is_over_and_nothing_else(ledger):
    await served(ledger, keyed(idempotency=key("old", expires_at=300.0)))
    await served(ledger, keyed(idempotency=key("new", expires_at=900.0)))
    await ledger.end_overdue(now=500.0, most=10)
    assert await ledger.admit(keyed(idempotency=key("new"), at=500.0)) == ANSWER
    assert isinstance(await ledger.admit(keyed(idempotency=key("old"), at=500.0)), Admitted)


async def test_one_that_outlived_its_key_does_not_answer_for_its_successor(ledger):
    first = keyed(idempotency=key(expires_at=300.0), until=1000.0)
    second = keyed(idempotency=key(body=2, expires_at=900.0), at=400.0, until=1000.0)
    await ledger.admit(first)
    await ledger.admit(second)
    await ledger.end(ending(first, 100, answer=replace(ANSWER, body=b"of the first")))
    assert await refusal(ledger, replace(keyed(), idempotency=key(body=2), at=410.0)) == "idempotency_in_flight"
    await ledger.end(ending(second, 100, answer=ANSWER))
    assert await ledger.admit(keyed(idempotency=key(body=2), at=420.0)) == ANSWER


async def test_the_longest_answer_is_kept_and_a_longer_one_is_a_fault_that_ends_nothing(ledger):
    longest = replace(ANSWER, body=bytes(65_536))
    await served(ledger, keyed(idempotency=key("a")), answer=longest)
    assert await ledger.admit(keyed(idempotency=key("a"))) == longest
    asked = keyed(idempotency=key("b"))
    await ledger.admit(asked)
    with pytest.raises(ValueError, match="artifact"):
        await ledger.end(ending(asked, 100, answer=replace(ANSWER, body=bytes(65_537))))
    elsewhere = StoredAnswer(status=200, headers={}, body=b"", artifact="replays/0192")
    await ledger.end(ending(asked, 100, answer=elsewhere, usage=usage(id=asked.id)))
    assert await ledger.admit(keyed(idempotency=key("b"))) == elsewhere


async def test_answers_are_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account())
        await store.ledger.grant(grant(1000))
        await served(store.ledger, keyed())
    async with open_store() as store:
        assert await store.ledger.admit(keyed()) == ANSWER
