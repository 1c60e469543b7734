from pathlib import Path

import pytest

from antiphon.settings import SettingsError, load

KEY = "a" * 24

WRONG = {
    "port": ("70000", "less than or equal to 65535"),
    "abort_on_error": ("perhaps", "valid boolean"),
    "log_format": ("xml", "'text' or 'json'"),
    "drain_seconds": ("-1", "greater than or equal to 0"),
    "key_prefix": ("a b", "match pattern"),
    "bootstrap_key": ("short", "24 to 200 characters"),
}


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    for name in WRONG:
        monkeypatch.delenv(f"ANTIPHON_{name.upper()}", raising=False)


@pytest.mark.parametrize(("name", "value", "reason"), [(name, *rest) for name, rest in WRONG.items()])
def test_a_wrong_value_is_named_with_its_reason_and_not_shown(monkeypatch, name, value, reason):
    monkeypatch.setenv(f"ANTIPHON_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"ANTIPHON_{name.upper()}") as raised:
        load()
    assert reason in str(raised.value)
    assert value not in str(raised.value).replace(reason, "")


FAULTS = [("x" * 23, "24 to 200"), ("x" * 201, "24 to 200"), ("x" * 30 + "é", "A-Z"), ("sona_sk_" + "x" * 49, "whole")]


@pytest.mark.parametrize(("key", "reason"), FAULTS)
def test_a_bootstrap_key_that_could_not_work_is_refused(key, reason):
    with pytest.raises(SettingsError, match=reason):
        load(bootstrap_key=key)


def test_a_bootstrap_key_is_judged_by_the_chosen_prefix():
    assert load(bootstrap_key="sona_sk_" + "x" * 49, key_prefix="other_").bootstrap_key is not None


def test_only_settings_that_have_an_option_name_it():
    with pytest.raises(SettingsError) as raised:
        load(port="x", drain_seconds="x")
    port, drain = str(raised.value).splitlines()
    assert port.startswith("ANTIPHON_PORT (--port): ")
    assert drain.startswith("ANTIPHON_DRAIN_SECONDS: ")


def test_an_empty_variable_is_none_at_all(monkeypatch):
    monkeypatch.setenv("ANTIPHON_PORT", "")
    monkeypatch.setenv("ANTIPHON_BOOTSTRAP_KEY", "")
    assert (load().port, load().bootstrap_key) == (8080, None)


def test_what_is_given_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("ANTIPHON_PORT", "1")
    monkeypatch.setenv("ANTIPHON_DATA", "/elsewhere")
    assert (load(port=2).port, load(port=2, data=None).data) == (2, Path("/elsewhere"))


def test_proxies_are_listed_with_commas(monkeypatch):
    monkeypatch.setenv("ANTIPHON_BEHIND_PROXY", "10.0.0.1, 10.1.0.0/16,")
    assert load().behind_proxy == ("10.0.0.1", "10.1.0.0/16")


def test_secrets_do_not_show_when_settings_are_printed():
    chosen = load(bootstrap_key=KEY, secret="s" * 40)
    assert KEY not in repr(chosen)
    assert "ssss" not in repr(chosen)
