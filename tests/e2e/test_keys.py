"""`antiphon keys` beside a running server: it takes effect at once."""

import json

import pytest


@pytest.fixture
def keys(antiphon, server):
    def run(*arguments: str):
        return antiphon("keys", *arguments, "--data", str(server.data))

    return run


def status(server, key: str) -> int:
    with server.wire(key=key) as wire:
        return wire.head()[0]


def test_a_created_key_opens_at_once_and_a_revoked_one_no_more(server, keys):
    key = keys("create", "--name", "short-lived").stdout.strip()
    assert status(server, key) == 200
    (listed,) = [entry for entry in json.loads(keys("list", "--json").stdout) if entry["name"] == "short-lived"]
    assert listed["revoked_at"] is None
    assert key.startswith(listed["prefix"])
    revoked = keys("revoke", listed["id"])
    assert revoked.returncode == 0
    assert status(server, key) == 401


def test_lists_never_show_a_whole_key(server, keys):
    key = keys("create").stdout.strip()
    assert key not in keys("list").stdout
    assert key not in keys("list", "--json").stdout


def test_an_unknown_key_cannot_be_revoked(keys):
    refused = keys("revoke", "nonsense")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no such key" in refused.stderr


def test_a_key_in_the_address_is_refused_and_marked(server, keys):
    key = keys("create", "--name", "leaky").stdout.strip()
    with server.client() as http:
        answer = http.post(f"/tts?api_key={key}", json={})
    assert answer.status_code == 401
    (listed,) = [entry for entry in json.loads(keys("list", "--json").stdout) if entry["name"] == "leaky"]
    assert listed["leaked_at"]
