"""The limits in the box, and an operator's over them."""

import pytest

from antiphon.catalog.limits import Limit, TierRate, load_limits
from antiphon.catalog.overrides import CatalogueError
from antiphon.domain.limits import Rate
from antiphon.store.ports import Concurrency


def by(tier, limit, seconds, burst=None):
    return TierRate(tier=tier, rate=Rate(limit=limit, period=seconds, burst=burst))


@pytest.fixture
def override(tmp_path):
    def loaded(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return load_limits(path)

    return loaded


def test_the_box_holds_what_the_published_apis_say():
    assert load_limits() == {
        ("soniox", "tts"): Limit(
            rates=(by("organization", 100, 60.0), by("project", 100, 60.0)),
            concurrency=(Concurrency(tier="organization", most=3), Concurrency(tier="project", most=3)),
        ),
        **{
            ("soniox", name): Limit(rates=(by("organization", 100, 60.0), by("project", 100, 60.0)), concurrency=())
            for name in ("management", "usage-logs", "temporary-keys")
        },
        ("sonna", "speech"): Limit(
            rates=(by("organization", 30, 60.0),), concurrency=(Concurrency(tier="organization", most=1),)
        ),
        ("sonna", "generate"): Limit(
            rates=(by("organization", 20, 60.0),), concurrency=(Concurrency(tier="organization", most=2),)
        ),
        ("sonna", "enhance"): Limit(rates=(by("organization", 60, 60.0),), concurrency=()),
        ("sonna", "billing"): Limit(rates=(by("organization", 10, 60.0),), concurrency=()),
        ("sonna", "check-renewal"): Limit(rates=(by("organization", 4, 60.0),), concurrency=()),
        ("sonna", "authentication"): Limit(rates=(by("key", 30, 300.0), by("ip", 10, 300.0)), concurrency=()),
        ("sonna", "usage"): Limit(rates=(by("organization", 60, 60.0),), concurrency=()),
        ("sonna", "library"): Limit(rates=(by("organization", 120, 60.0),), concurrency=()),
        ("sonna", "registration"): Limit(rates=(by("ip", 10, 86_400.0),), concurrency=()),
        ("sonna", "api-keys"): Limit(rates=(by("organization", 100, 3600.0),), concurrency=()),
        ("sonna", "refresh"): Limit(rates=(by("ip", 100, 60.0),), concurrency=()),
        ("musicapi", "create"): Limit(
            rates=(by("key", 1, 3.0),), concurrency=(Concurrency(tier="organization", most=20),)
        ),
        ("musicapi", "call"): Limit(rates=(), concurrency=()),
        ("musicapi", "files"): Limit(rates=(), concurrency=(Concurrency(tier="organization", most=3),)),
    }


def test_an_operator_changes_one_number_and_nothing_else(override):
    changed = override("[soniox.tts.rates.organization]\nlimit = 1000\n")
    assert changed[("soniox", "tts")].rates == (by("organization", 1000, 60.0), by("project", 100, 60.0))
    assert {key: limit for key, limit in changed.items() if key != ("soniox", "tts")} == {
        key: limit for key, limit in load_limits().items() if key != ("soniox", "tts")
    }


def test_an_operator_adds_a_tier_and_it_takes_its_place_in_the_order(override):
    changed = override("[sonna.speech.rates]\nip = { limit = 5, seconds = 1, burst = 2 }\n")
    assert changed[("sonna", "speech")].rates == (by("organization", 30, 60.0), by("ip", 5, 1.0, 2))


def test_an_operator_lifts_limits(override):
    changed = override(
        '[sonna.speech.rates.organization]\nlimit = "unlimited"\n'
        '[sonna.speech.concurrency]\norganization = "unlimited"\n'
    )
    assert changed[("sonna", "speech")] == Limit(rates=(), concurrency=())


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[sonix.tts.concurrency]\norganization = 5\n", 1, "sonix.tts: there is no such class"),
        ("[soniox.stt.concurrency]\norganization = 5\n", 1, "soniox.stt: there is no such class"),
        ("[soniox.tts]\nconcurency = {}\n", 2, "soniox.tts.concurency: Extra inputs"),
        ("[soniox.tts.rates.account]\nlimit = 5\nseconds = 1\n", 1, "soniox.tts.rates.account: Extra inputs"),
        ("[soniox.tts.rates.key]\nlimit = 5\n", 1, "soniox.tts.rates.key.seconds: Field required"),
        ("[soniox.tts.rates.key]\nseconds = 5\n", 1, "soniox.tts.rates.key.limit: Field required"),
        ("[soniox.tts.rates.project]\n\nlimit = 0\n", 3, "soniox.tts.rates.project.limit: "),
        ("[soniox.tts.rates.project]\nlimit = -1\n", 2, "soniox.tts.rates.project.limit: "),
        ("[soniox.tts.rates.project]\nlimit = 1.5\n", 2, "soniox.tts.rates.project.limit: has to be a whole number"),
        ("[soniox.tts.rates.project]\nlimit = true\n", 2, "soniox.tts.rates.project.limit: has to be a whole number"),
        ("[soniox.tts.rates.project]\nlimit = 'many'\n", 2, "soniox.tts.rates.project.limit: has to be a whole number"),
        ("[soniox.tts.rates.project]\nseconds = 0\n", 2, "soniox.tts.rates.project.seconds: "),
        ("[soniox.tts.rates.project]\nseconds = nan\n", 2, "soniox.tts.rates.project.seconds: "),
        ("[soniox.tts.rates.project]\nseconds = inf\n", 2, "soniox.tts.rates.project.seconds: "),
        ("[soniox.tts.rates.project]\nseconds = '60'\n", 2, "soniox.tts.rates.project.seconds: "),
        ("[soniox.tts.rates.project]\nburst = 0\n", 1, "soniox.tts.rates.project: a burst is at least 1"),
        ("[soniox.tts.rates.project]\nlimit = 60000001\n", 1, "soniox.tts.rates.project: a limit is at least 1, and"),
        ("[soniox.tts.rates]\nproject = 5\n", 2, "soniox.tts.rates.project: has to be a table"),
        ("[soniox.tts.concurrency]\nproject = 0\n", 2, "soniox.tts.concurrency.project: "),
        ("[soniox.tts.concurrency]\nkey = 1\n", 2, "soniox.tts.concurrency.key: Extra inputs"),
        ("soniox = 5\n", 1, "soniox: has to be a table"),
        ("new = 5\n", 1, "new: Input should be"),
        ("[soniox.tts\n", 1, "is not TOML: "),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_reason(override, text, line, reason):
    with pytest.raises(CatalogueError) as refused:
        override(text)
    assert refused.value.path.name == "mine.toml"
    assert (refused.value.line, refused.value.reason[: len(reason)]) == (line, reason)
