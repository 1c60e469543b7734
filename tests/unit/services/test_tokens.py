"""Tokens of those who are signed in, and those of people who would like to be."""

import hashlib
from uuid import UUID

import jwt
import pytest

from antiphon.domain.errors import Unauthenticated
from antiphon.domain.users import User
from antiphon.services.tokens import LIFETIME, Tokens, like_a_token
from antiphon.testing import FakeClock
from unit.services.forged import forgeries

DAY = 86_400
NOW = 20_000 * DAY + 43_200
"""Noon."""
ANNA = User(id=UUID(int=1), account_id=UUID(int=101), email="anna@example.com", created_at=1.0)


def key_of(day):
    return hashlib.sha256(b"day %d" % day).digest()


@pytest.fixture
def clock():
    return FakeClock(NOW + 0.5)


@pytest.fixture
def tokens(clock):
    return Tokens(key_of, clock=clock, entropy=lambda size: b"e" * size)


FORGED = forgeries(Tokens(key_of, clock=FakeClock(NOW), entropy=bytes).issue(ANNA), key_of(20_000), now=NOW)


def refused(tokens, text):
    with pytest.raises(Unauthenticated) as refusal:
        tokens.read(text)
    return refusal.value.reason


def test_a_token_says_who_somebody_is(tokens):
    caller = tokens.read(tokens.issue(ANNA))
    assert (caller.user_id, caller.account_id, caller.project_id) == (ANNA.id, ANNA.account_id, ANNA.account_id)
    assert (caller.logged_id, caller.permissions) == (None, None)


def test_a_token_tells_no_more_than_it_must(tokens):
    text = tokens.issue(ANNA)
    assert jwt.decode(text, options={"verify_signature": False}) == {
        "sub": str(ANNA.id),
        "acc": str(ANNA.account_id),
        "jti": str(UUID(int=(int((NOW + 0.5) * 1000) << 80) | 0x7565 << 64 | 0xA565656565656565)),
        "iat": NOW,
        "exp": NOW + 900,
    }
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "kid": "20000", "typ": "JWT"}


def test_what_forgeries_are_made_from_is_right(tokens):
    right = Tokens(key_of, clock=FakeClock(NOW), entropy=bytes).issue(ANNA)
    assert tokens.read(right).user_id == ANNA.id
    assert right not in FORGED.values()


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_opens_nothing(tokens, forged):
    assert refused(tokens, forged) == "incorrect_token"


def test_a_token_is_good_for_its_time_and_not_a_second_longer(tokens, clock):
    text = tokens.issue(ANNA)
    clock.advance(LIFETIME - 1)
    assert tokens.read(text).user_id == ANNA.id
    clock.advance(1)
    assert refused(tokens, text) == "expired_token"


def test_a_token_of_before_midnight_opens_after_it(tokens, clock):
    clock.advance(43_200 - 10)
    text = tokens.issue(ANNA)
    clock.advance(20)
    assert tokens.read(text).user_id == ANNA.id
    assert jwt.get_unverified_header(tokens.issue(ANNA))["kid"] == "20001"


def test_a_token_of_a_server_whose_clock_is_a_little_ahead_opens(tokens, clock):
    clock.advance(43_200 - 1)
    ahead = Tokens(key_of, clock=FakeClock(NOW + 43_200 + 30), entropy=bytes)
    assert tokens.read(ahead.issue(ANNA)).user_id == ANNA.id


def test_a_key_of_two_days_ago_signs_nothing_any_more(tokens, clock):
    clock.advance(2 * DAY)
    fresh = {"sub": str(ANNA.id), "acc": str(ANNA.account_id), "jti": str(ANNA.id)}
    times = {"iat": NOW + 2 * DAY, "exp": NOW + 2 * DAY + 60}
    text = jwt.encode({**fresh, **times}, key_of(20_000), algorithm="HS256", headers={"kid": "20000"})
    assert refused(tokens, text) == "incorrect_token"


def test_no_key_looks_like_a_token():
    assert like_a_token("a.b.c")
    assert not any(map(like_a_token, ["sona_sk_abc", "temp_abc", "a.b", "a.b.c.d", ""]))
