import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.keys import (
    ApiKey,
    Permission,
    TemporaryKey,
    bootstrap_fault,
    mint,
    plausible,
    shown_prefix,
    well_formed,
)

PREFIX = "sona_sk_"
BASE62 = string.digits + string.ascii_letters
entropies = st.binary(min_size=32, max_size=32)


@given(entropies)
def test_a_minted_key_is_prefix_43_and_6_base62_characters_and_well_formed(entropy):
    key = mint(PREFIX, entropy)
    assert key.startswith(PREFIX)
    assert len(key) == len(PREFIX) + 43 + 6
    assert set(key.removeprefix(PREFIX)) <= set(BASE62)
    assert well_formed(key, PREFIX)


@given(entropies, entropies)
def test_different_entropy_gives_different_keys(one, other):
    assert (mint(PREFIX, one) == mint(PREFIX, other)) == (one == other)


@given(entropies, st.data())
def test_any_single_wrong_character_is_noticed(entropy, data):
    key = mint(PREFIX, entropy)
    at = data.draw(st.integers(0, len(key) - 1))
    wrong = data.draw(st.sampled_from(sorted(set(BASE62 + "_-") - {key[at]})))
    assert not well_formed(key[:at] + wrong + key[at + 1 :], PREFIX)


@given(entropies, st.data())
def test_two_neighbours_swapped_are_noticed(entropy, data):
    key = mint(PREFIX, entropy)
    at = data.draw(st.integers(len(PREFIX), len(key) - 2))
    swapped = key[:at] + key[at + 1] + key[at] + key[at + 2 :]
    assert well_formed(swapped, PREFIX) == (swapped == key)


@given(st.text())
def test_no_text_makes_the_form_check_fail_otherwise(text):
    assert not well_formed(text, PREFIX)
    assert not well_formed(PREFIX + text, PREFIX)


def test_the_form_of_a_key_is_for_ever():
    assert mint(PREFIX, bytes(range(32))) == "sona_sk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf4UI5lZ"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_is_not_minted_from_less_or_more_than_256_bits(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        mint(PREFIX, bytes(size))


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("a" * 24, None),
        ("A-z_0" * 40, None),
        (mint(PREFIX, bytes(32)), None),
        ("a" * 23, "length"),
        ("", "length"),
        ("a" * 201, "length"),
        ("a" * 23 + " ", "characters"),
        ("a" * 24 + "\n", "characters"),
        ("é" * 24, "characters"),
        ("a" * 23 + "\u0661", "characters"),
        (PREFIX + "a" * 49, "checksum"),
        (PREFIX + "a" * 24, "checksum"),
    ],
)
def test_what_a_bootstrap_key_may_be(key, fault):
    assert bootstrap_fault(key, PREFIX) == fault


@pytest.mark.parametrize(
    ("presented", "expected"),
    [
        (mint(PREFIX, bytes(32)), True),
        (mint("other_", bytes(32)), True),
        ("anything", True),
        (PREFIX + "wrong", False),
        ("a" * 250, True),
        ("a" * 251, False),
        ("é", False),
    ],
)
def test_only_keys_of_our_prefix_are_told_by_their_checksum(presented, expected):
    assert plausible(presented, PREFIX) is expected


def test_a_list_shows_thirteen_characters():
    key = mint(PREFIX, bytes(32))
    assert shown_prefix(key) == key[:13]


def api_key(**changes):
    fields = {"id": UUID(int=1), "account_id": UUID(int=2), "project_id": UUID(int=2), "name": "n", "shown_prefix": "s"}
    return ApiKey(**{**fields, "created_at": 0.0, **changes})


def test_a_key_without_permissions_allows_everything_and_one_with_them_only_these():
    full = api_key()
    narrow = api_key(permissions=frozenset({Permission.FILES}))
    assert all(full.allows(permission) for permission in Permission)
    assert [permission for permission in Permission if narrow.allows(permission)] == [Permission.FILES]


@pytest.mark.parametrize("of_parent", [None, frozenset({Permission.TEXT_TO_SPEECH_REALTIME}), frozenset()])
def test_a_temporary_key_allows_its_one_thing_and_that_only_if_its_parent_still_does(of_parent):
    terms = TemporaryKey(
        id=UUID(int=3),
        parent_id=UUID(int=1),
        permission=Permission.TEXT_TO_SPEECH_REALTIME,
        created_at=0.0,
        expires_at=60.0,
    )
    temporary = api_key(permissions=of_parent, temporary=terms)
    allowed = [permission for permission in Permission if temporary.allows(permission)]
    assert allowed == ([] if of_parent == frozenset() else [Permission.TEXT_TO_SPEECH_REALTIME])
