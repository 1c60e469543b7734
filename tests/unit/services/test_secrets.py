import base64
import os
from uuid import UUID

import pytest

from antiphon.services.secrets import SecretLost, Secrets

PLACE = "message:7:secret"


def secrets(root=bytes(32)):
    return Secrets(root, entropy=os.urandom)


@pytest.mark.parametrize("text", ["", "my-secret-123", "schlüssel", "\ud800", "x" * 10_000])
def test_what_was_sealed_is_opened(text):
    assert secrets().open(secrets().seal(text, PLACE), PLACE) == text


def test_a_secret_is_not_to_be_seen_and_never_sealed_alike():
    first, second = (secrets().seal("my-secret-123", PLACE) for _ in range(2))
    assert first != second
    assert b"secret" not in first


def test_a_secret_opens_in_its_own_place_only_and_with_the_servers_secret_only():
    sealed = secrets().seal("my-secret-123", PLACE)
    for opener, place in ((secrets(), "message:8:secret"), (secrets(b"another " * 4), PLACE)):
        with pytest.raises(SecretLost):
            opener.open(sealed, place)


def test_a_secret_that_was_changed_anywhere_is_lost():
    sealed = secrets().seal("my-secret-123", PLACE)
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for wrong in (*changed, *(sealed[:length] for length in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SecretLost):
            secrets().open(wrong, PLACE)


def test_an_account_signs_with_a_secret_of_its_own_that_stays():
    first, second = UUID(int=1), UUID(int=2)
    assert secrets().signing(first) == secrets().signing(first)
    assert len({secrets().signing(first), secrets().signing(second), secrets(b"another " * 4).signing(first)}) == 3
    assert len(base64.b64decode(secrets().signing(first).removeprefix("whsec_"), validate=True)) == 32
