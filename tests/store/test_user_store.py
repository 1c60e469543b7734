"""Those who sign in, their invites and sessions, on both databases."""

import asyncio
import itertools
from uuid import UUID

import pytest

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.users import Invite, User
from antiphon.store.ports import Grant
from antiphon.store.ports_users import (
    MOST_SESSIONS,
    MOST_TOKENS,
    Begun,
    Exchanged,
    RefreshToken,
    Registered,
    StoredUser,
)

NOW = 1_800_000_000.5
GRACE = 10.0


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        yield opened


def user(number=1, *, email="anna@example.com", account=None):
    return User(id=UUID(int=number), account_id=UUID(int=account or 100 + number), email=email, created_at=NOW)


def digest(text):
    return text.encode().ljust(32, b".")


def token(text, *, session=50, at=NOW):
    return RefreshToken(digest=digest(text), session_id=UUID(int=session), created_at=at)


def invite(number=70, *, account=None, expires_at=NOW + 100):
    account_id = None if account is None else UUID(int=account)
    return Invite(id=UUID(int=number), account_id=account_id, created_at=NOW, expires_at=expires_at)


async def begun(store, first, *, expires_at=NOW + 1000, password="hash", place=None):  # noqa: S107 - as below
    """Anna signs in; her session's first token is `first`."""
    place = None if place is None else UUID(int=place)
    return await store.users.open_session(
        Begun(user_id=UUID(int=1), password=password, expires_at=expires_at, place=place), first
    )


async def added(store, new=None, *, by=None, at=NOW, password="hash"):  # noqa: S107 - it opens nothing
    return await store.users.add_user(new or user(), password=password, invite=by, at=at)


async def test_a_user_comes_with_an_account_that_has_their_e_mail_for_its_name(store):
    assert await added(store) is Registered.DONE
    assert await store.users.user_named("anna@example.com") == StoredUser(user=user(), password="hash")
    assert await store.users.user(UUID(int=1)) == user()
    assert await store.users.user_of(UUID(int=101)) == user()
    assert (await store.accounts.account_named("anna@example.com")).account.id == UUID(int=101)


async def test_nobody_is_nobody(store):
    assert await store.users.user_named("nobody@example.com") is None
    assert await store.users.user(UUID(int=9)) is None
    assert await store.users.user_of(UUID(int=9)) is None
    assert await store.users.invite(digest("x"), at=NOW) is None
    assert await store.users.exchange(digest("x"), token=token("y"), at=NOW, grace=GRACE) == Exchanged(user=None)
    await store.users.close_session(digest("x"), at=NOW)


async def test_an_e_mail_is_taken_once_and_the_second_leaves_nothing(store):
    await added(store)
    assert await added(store, user(2)) is Registered.EMAIL_TAKEN
    assert await store.accounts.account(UUID(int=102)) is None


async def test_an_account_of_that_name_is_nobody_elses(store):
    await store.keys.ensure_account(Account(id=UUID(int=5), name="anna@example.com", created_at=NOW))
    assert await added(store) is Registered.EMAIL_TAKEN
    assert await store.users.user_named("anna@example.com") is None


async def test_of_registrations_at_the_same_time_one_wins(store):
    done = await asyncio.gather(*(added(store, user(number)) for number in range(1, 9)))
    assert sorted(done) == [Registered.DONE, *[Registered.EMAIL_TAKEN] * 7]


async def test_an_invite_is_good_for_one_registration(store):
    await store.users.add_invite(invite(), digest=digest("code"), replaces=False)
    assert await store.users.invite(digest("code"), at=NOW) == invite()
    emails = [f"{number}@example.com" for number in range(1, 5)]
    done = await asyncio.gather(
        *(added(store, user(number, email=email), by=digest("code")) for number, email in enumerate(emails, start=1))
    )
    assert sorted(done) == [Registered.DONE, *[Registered.NO_INVITE] * 3]
    assert await store.users.invite(digest("code"), at=NOW) is None


@pytest.mark.parametrize("account", [None, 5])
async def test_of_those_who_use_an_invite_at_once_one_is_let_in(store, account):
    await store.keys.ensure_account(Account(id=UUID(int=5), name="default", created_at=NOW))
    await store.users.add_invite(invite(account=account), digest=digest("code"), replaces=False)
    done = await asyncio.gather(
        *(added(store, user(number, email=f"{number}@x"), by=digest("code")) for number in range(1, 9))
    )
    assert sorted(done) == [Registered.DONE, *[Registered.NO_INVITE] * 7]


async def test_an_invite_is_not_used_up_by_an_e_mail_that_is_taken(store):
    await added(store)
    await store.users.add_invite(invite(), digest=digest("code"), replaces=False)
    assert await added(store, user(2), by=digest("code")) is Registered.EMAIL_TAKEN
    assert await store.users.invite(digest("code"), at=NOW) == invite()


async def test_an_invite_that_is_over_opens_nothing(store):
    await store.users.add_invite(invite(), digest=digest("code"), replaces=False)
    assert await store.users.invite(digest("code"), at=NOW + 100) is None
    assert await added(store, by=digest("code"), at=NOW + 100) is Registered.NO_INVITE


async def test_an_invite_to_an_account_makes_its_user(store):
    await store.keys.ensure_account(Account(id=UUID(int=5), name="default", created_at=NOW))
    await store.users.add_invite(invite(account=5), digest=digest("code"), replaces=False)
    assert await added(store, by=digest("code")) is Registered.DONE
    assert await store.users.user_of(UUID(int=5)) == user(account=5)
    assert await store.accounts.account(UUID(int=101)) is None


async def test_an_invite_to_an_account_that_has_a_user_gives_them_another_password_and_ends_their_sessions(store):
    await added(store)
    await begun(store, token("one"))
    await store.users.add_invite(invite(account=101), digest=digest("code"), replaces=False)
    new = user(2, email="anna@home.example")
    assert await added(store, new, by=digest("code"), password="another") is Registered.DONE
    kept = user(1, email="anna@home.example")
    assert await store.users.user_named("anna@home.example") == StoredUser(user=kept, password="another")
    assert await store.users.user_named("anna@example.com") is None
    assert (await store.users.exchange(digest("one"), token=token("two"), at=NOW, grace=GRACE)).user is None


async def test_another_users_e_mail_cannot_be_taken_by_an_invite(store):
    await added(store)
    await added(store, user(2, email="ben@example.com"))
    await store.users.add_invite(invite(account=101), digest=digest("code"), replaces=False)
    assert await added(store, user(3, email="ben@example.com"), by=digest("code")) is Registered.EMAIL_TAKEN
    assert (await store.users.user_of(UUID(int=101))).email == "anna@example.com"


async def test_an_invite_that_replaces_ends_the_former_ones_of_that_account_only(store):
    for number in (5, 6):
        await store.keys.ensure_account(Account(id=UUID(int=number), name=f"{number}", created_at=NOW))
    for number, (account, code) in enumerate([(5, "first"), (6, "other"), (None, "anybody's")]):
        await store.users.add_invite(invite(number, account=account), digest=digest(code), replaces=False)
    await store.users.add_invite(invite(9, account=5), digest=digest("second"), replaces=True)
    codes = ("first", "second", "other", "anybody's")
    found = [await store.users.invite(digest(code), at=NOW) is not None for code in codes]
    assert found == [False, True, True, True]


async def test_a_hash_is_made_anew_unless_the_password_changed_meanwhile(store):
    await added(store)
    await store.users.rehash(UUID(int=1), former="hash", password="fresh")
    await store.users.rehash(UUID(int=1), former="hash", password="late")
    assert (await store.users.user_named("anna@example.com")).password == "fresh"


@pytest.fixture
async def session(store):
    """Somebody has signed in; their first token is "one"."""
    await added(store)
    await begun(store, token("one"))


def exchange(store, former, new, *, at=NOW):
    return store.users.exchange(digest(former), token=token(new, session=0, at=at), at=at, grace=GRACE)


async def test_a_session_goes_on_from_token_to_token(store, session):
    for former, new in (("one", "two"), ("two", "three"), ("three", "four")):
        assert await exchange(store, former, new) == Exchanged(user=user())


async def test_of_two_who_present_a_token_at_once_one_wins_and_stays(store, session):
    former = "one"
    for turn in range(10):
        done = await asyncio.gather(*(exchange(store, former, f"{turn} {number}") for number in range(8)))
        won = [number for number, one in enumerate(done) if one.user is not None]
        assert len(won) == 1
        assert not any(one.reused for one in done)
        former = f"{turn} {won[0]}"


async def test_a_token_that_comes_again_at_once_goes_on_to_the_same_next_one(store, session):
    for _ in range(3):
        assert await exchange(store, "one", "two", at=NOW + GRACE - 1) == Exchanged(user=user())
    assert await exchange(store, "two", "three", at=NOW + GRACE - 1) == Exchanged(user=user())


async def test_a_token_that_comes_again_at_once_is_refused_where_the_next_one_was_used(store, session):
    await exchange(store, "one", "two")
    await exchange(store, "two", "three")
    assert await exchange(store, "one", "two") == Exchanged(user=None)
    assert await exchange(store, "three", "four") == Exchanged(user=user())


async def test_of_a_sessions_used_tokens_the_last_ones_are_kept(store, session):
    names = ["one", *map(str, range(MOST_TOKENS + 2))]
    for number, (former, new) in enumerate(itertools.pairwise(names)):
        await exchange(store, former, new, at=NOW + number / 100)
    late = NOW + 100
    assert await exchange(store, "one", "x", at=late) == Exchanged(user=None)  # It is forgotten.
    assert await exchange(store, names[-1], "last", at=late) == Exchanged(user=user())
    assert await exchange(store, "5", "x", at=late) == Exchanged(user=None, reused=True)


async def test_of_somebodys_sessions_the_last_ones_go_on(store):
    await added(store)
    for number in range(MOST_SESSIONS + 2):
        await begun(store, token(f"{number}", session=50 + number, at=NOW + number))
    gone_on = [
        (await exchange(store, f"{number}", f"next {number}", at=NOW + 100)).user is not None
        for number in range(MOST_SESSIONS + 2)
    ]
    assert gone_on == [False] * 2 + [True] * MOST_SESSIONS


async def test_nobody_goes_on_by_a_password_that_was_changed_while_they_signed_in(store):
    await added(store)
    assert not await begun(store, token("late"), password="former")
    assert (await exchange(store, "late", "two")).user is None


async def test_a_password_that_is_changed_while_somebody_signs_in_leaves_them_out(store):
    await added(store, password="0")
    for number in range(8):
        code = digest(f"code {number}")
        await store.users.add_invite(invite(70 + number, account=101), digest=code, replaces=False)
        await asyncio.gather(
            *(
                begun(store, token(f"{number} {turn}", session=1000 + number * 10 + turn), password=f"{number}")
                for turn in range(5)
            ),
            added(store, user(9), by=code, password=f"{number + 1}"),
        )
        for turn in range(5):
            assert (await exchange(store, f"{number} {turn}", f"next {number} {turn}")).user is None


async def test_a_place_is_known_for_as_long_as_a_session_lasts_though_it_was_ended(store):
    await added(store)
    assert not await store.users.signed_in_at(UUID(int=3), at=NOW)
    await begun(store, token("one"), place=3)
    await store.users.close_session(digest("one"), at=NOW)
    known = [await store.users.signed_in_at(UUID(int=place), at=at) for place, at in PLACES]
    assert known == [True, False, False]


PLACES = [(3, NOW + 999), (3, NOW + 1000), (4, NOW)]


async def test_a_token_that_comes_again_later_ends_its_session_with_all_that_came_of_it(store, session):
    await exchange(store, "one", "two")
    assert await exchange(store, "one", "thief's", at=NOW + GRACE) == Exchanged(user=None, reused=True)
    assert await exchange(store, "two", "three", at=NOW + GRACE) == Exchanged(user=None)
    assert await exchange(store, "thief's", "more", at=NOW + GRACE) == Exchanged(user=None)


async def test_other_sessions_of_that_user_go_on(store, session):
    await begun(store, token("elsewhere", session=51))
    await exchange(store, "one", "two")
    await exchange(store, "one", "thief's", at=NOW + GRACE)
    assert (await exchange(store, "elsewhere", "two elsewhere", at=NOW + GRACE)).user == user()


@pytest.mark.parametrize("presented", ["one", "two"])
async def test_a_session_ends_by_any_of_its_tokens(store, session, presented):
    await exchange(store, "one", "two")
    for _ in range(2):
        await store.users.close_session(digest(presented), at=NOW)
    assert (await exchange(store, "two", "three")).user is None


async def test_a_session_is_over_at_its_time_however_it_went_on(store, session):
    await exchange(store, "one", "two", at=NOW + 999)
    assert (await exchange(store, "two", "three", at=NOW + 1000)).user is None


async def test_sessions_that_are_over_are_forgotten_by_the_next_one(store, session):
    await exchange(store, "one", "two")
    late = token("new", session=52, at=NOW + 1000)
    await begun(store, late, expires_at=NOW + 2000)
    assert await exchange(store, "one", "x", at=NOW + 1001) == Exchanged(user=None, reused=False)
    assert (await exchange(store, "new", "newer", at=NOW + 1001)).user == user()


def top_up(number, amount):
    return Grant(
        transfer_id=f"topup:{number}",
        lot_id=UUID(int=number),
        account_id=UUID(int=101),
        bucket=Bucket.PAYG,
        amount=MilliCredits(amount),
        at=NOW,
    )


async def test_what_is_left_of_a_grant_is_taken_back_once_and_of_no_other(store):
    await added(store)
    for number, amount in ((1, 5_000), (2, 700)):
        await store.ledger.grant(top_up(number, amount))
    taken = [await store.ledger.end_grant("topup:1", at=NOW + 1) for _ in range(2)]
    assert taken == [5_000, 0]
    assert await store.ledger.end_grant("topup:3", at=NOW + 1) is None
    assert (await store.ledger.balance(UUID(int=101), at=NOW + 1)).available == {Bucket.PAYG: 700}
    assert not await store.ledger.grant(top_up(1, 5_000))
    assert (await store.ledger.verify()).fault == ""
