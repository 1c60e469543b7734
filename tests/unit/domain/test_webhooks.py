from uuid import UUID

import pytest

from antiphon.domain.webhooks import (
    SCHEDULE,
    MessageState,
    Next,
    follows,
    headers,
    host_of,
    key_of,
    next_attempt,
    seconds_asked,
)

AT = 1_760_274_900.0
ID = UUID(int=7)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("your-secret-for-verification", b"your-secret-for-verification"),
        ("my-secret-123", b"my-secret-123"),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            b"1\xf2\x90\xf6\xbf\x06)\x8a\xabO\x08\xd4<?\x08,\xf6H\xa3b\xda-\xa4\xb0",
        ),
        ("whsec_no base64", b"whsec_no base64"),
        ("whsec_", b"whsec_"),
        ("schlüssel", "schlüssel".encode()),
    ],
)
def test_a_secret_is_base64_where_it_says_so_and_is(secret, key):
    assert key_of(secret) == key


def test_musicapis_signature_is_made_with_the_secret_as_it_is():
    """What a receiver that was written for MusicAPI computes, with the key it gave."""
    found = headers(b'{"a":1}', id_=ID, event="song.completed", secret="whsec_c2VjcmV0", at=int(AT))
    # printf '1760274900.{"a":1}' | openssl dgst -sha256 -hmac whsec_c2VjcmV0
    assert found["X-Webhook-Signature"] == "sha256=47e7b155216bbd61534b3690f70099ff606158c364b260a696b2bec13fb3d760"


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_pauses_are_those_of_the_schedule_give_or_take_a_fifth(chance):
    found = [next_attempt(attempts + 1, at=AT, chance=chance) - AT for attempts in range(len(SCHEDULE))]
    assert found == pytest.approx([pause * (0.8 + 0.4 * chance) for pause in SCHEDULE], rel=1e-6)
    assert next_attempt(len(SCHEDULE) + 1, at=AT, chance=chance) is None


@pytest.mark.parametrize(
    ("status", "asked", "failed", "then"),
    [
        (200, "", 0, Next(state=MessageState.DELIVERED)),
        (299, "", 9, Next(state=MessageState.DELIVERED)),
        (410, "60", 0, Next(state=MessageState.EXHAUSTED)),
        (302, "", 0, Next(state=MessageState.WAITING, due_at=AT + 5)),
        (None, "", 1, Next(state=MessageState.WAITING, due_at=AT + 300)),
        (500, "", 9, Next(state=MessageState.EXHAUSTED)),
        (429, "60", 0, Next(state=MessageState.WAITING, due_at=AT + 60)),
        (503, "1", 0, Next(state=MessageState.WAITING, due_at=AT + 5)),
        (503, "99999999999999", 0, Next(state=MessageState.WAITING, due_at=AT + 86_400)),
        (500, "60", 0, Next(state=MessageState.WAITING, due_at=AT + 5)),
        (503, "60", 9, Next(state=MessageState.EXHAUSTED)),
    ],
)
def test_what_follows_from_an_answer(status, asked, failed, then):
    assert follows(status, asked, failed=failed, at=AT, chance=0.5) == then


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sun, 12 Oct 2025 13:16:00 GMT", 60.0),
        ("Sun, 12 Oct 2025 13:14:00 GMT", 0.0),
        *((text, 0.0) for text in ("", "-5", "1.5", "soon", "nan", "١٢", "Sun, 12 Oct 99999 13:16:00 GMT", "\0")),
    ],
)
def test_a_retry_after_is_a_number_or_a_date(text, seconds):
    assert seconds_asked(text, at=AT) == seconds


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example:8443/x", "a.example"),
        ("https://user@a.example./", "a.example"),
        ("https://[::1]/", "::1"),
        ("https://[", ""),
        ("rubbish", ""),
    ],
)
def test_hosts_are_told_apart_by_their_names(url, host):
    assert host_of(url) == host
