import pytest

from antiphon.catalog.overrides import CatalogueError
from antiphon.catalog.plans import JobShare, UnknownPlan, load_plans
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits

BOOK = load_plans()
NOTHING, SOMETHING = MilliCredits(0), MilliCredits(1)


@pytest.mark.parametrize(
    ("plan", "paid", "credits_", "order"),
    [
        ("free", False, 10_000_000, (Bucket.FREE, Bucket.PAYG)),
        ("pro", True, 102_000_000, (Bucket.SUBSCRIPTION, Bucket.PAYG)),
        ("max", True, 187_000_000, (Bucket.SUBSCRIPTION, Bucket.PAYG)),
    ],
)
def test_a_plan_grants_and_spends_what_was_published(plan, paid, credits_, order):
    found = BOOK.plan(plan)
    assert (found.paid, found.credits, found.order, found.bucket) == (paid, credits_, order, order[0])


def test_packages_are_what_was_published():
    assert {id_: (package.credits, package.rupiah) for id_, package in BOOK.packages.items()} == {
        "starter": (62_500_000, 94_000),
        "plus": (125_000_000, 174_000),
        "creator": (250_000_000, 317_000),
    }


@pytest.mark.parametrize(
    ("plan", "payg", "elevenlabs", "longest"),
    [
        ("free", NOTHING, False, 1_000),
        ("free", SOMETHING, True, None),
        ("pro", NOTHING, True, None),
        ("max", SOMETHING, True, None),
    ],
)
def test_what_was_bought_lifts_the_limits_of_the_free_plan(plan, payg, elevenlabs, longest):
    found = BOOK.plan(plan)
    assert found.allows("google", payg=payg)
    assert found.allows("elevenlabs", payg=payg) is elevenlabs
    assert found.longest(payg=payg) == longest


def test_an_unknown_plan_names_those_there_are():
    with pytest.raises(UnknownPlan) as refused:
        BOOK.plan("gold")
    assert refused.value.known == ("free", "pro", "max")


def test_an_account_on_a_plan_that_was_taken_out_is_on_free():
    assert BOOK.plan_or_free("gold") is BOOK.plan("free")


def test_an_operator_changes_and_adds_plans_entry_by_entry(tmp_path):
    path = tmp_path / "plans.toml"
    path.write_text("""
[plan.free]
credits = 500.5
[plan.team]
name = "Team"
paid = true
credits = 1_000_000
bucket = "subscription"
order = ["payg", "subscription"]
""")
    book = load_plans(path)
    assert list(book.plans) == ["free", "pro", "max", "team"]
    assert book.plan("free").credits == 500_500
    assert book.plan("free").characters == 1_000
    assert book.plan("team").order == (Bucket.PAYG, Bucket.SUBSCRIPTION)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[plan.free]\npaid = true\n", 1, "fall back"),
        ("[plan.free]\npaid = 'no'\n", 2, "boolean"),
        ("[plan.pro]\norder = ['payg']\n", 1, "has to have 'subscription'"),
        ("[plan.pro]\norder = ['subscription', 'payg', 'payg']\n", 1, "twice"),
        ("[plan.pro]\norder = []\n", 2, "at least 1"),
        ("[plan.pro]\nbucket = 'payg'\n", 2, "'free' or 'subscription'"),
        ("[plan.pro]\ncredit = 1\n", 2, "not permitted"),
        ("[plan.new]\nname = 'New'\n", 1, "required"),
        ("[package.starter]\ncredits = 0\n", 2, "greater than 0"),
        ("plan = 1\n", 1, "a table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(tmp_path, text, line, told):
    path = tmp_path / "plans.toml"
    path.write_text(text)
    with pytest.raises(CatalogueError, match=told) as refused:
        load_plans(path)
    assert (refused.value.path, refused.value.line) == (path, line)


@pytest.mark.parametrize(("plan", "window", "priority"), [("free", 2, 0), ("pro", 3, 10), ("max", 4, 20)])
def test_a_plan_says_what_its_jobs_get_of_the_workers(plan, window, priority):
    assert BOOK.plan(plan).jobs == JobShare(window=window, priority=priority)


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("", JobShare(window=2, priority=0)),
        ("jobs = { window = 8 }", JobShare(window=8, priority=0)),
        ("jobs = { window = 8, priority = 30 }", JobShare(window=8, priority=30)),
    ],
)
def test_an_operators_plan_has_its_own_share_or_the_least(tmp_path, written, share):
    path = tmp_path / "plans.toml"
    terms = 'name = "Studio"\npaid = true\ncredits = 1\nbucket = "free"\norder = ["free"]\n'
    path.write_text(f"[plan.studio]\n{terms}{written}\n")
    assert load_plans(path).plan("studio").jobs == share


@pytest.mark.parametrize(("plan", "gib"), [("free", 1), ("pro", 10), ("max", 50)])
def test_a_plan_says_how_large_a_library_may_be(plan, gib):
    assert BOOK.plan(plan).library_bytes == gib << 30


@pytest.mark.parametrize(("written", "size"), [("", 1 << 30), ("library_bytes = 0", 0)])
def test_an_operators_plan_has_a_library_unless_it_says_otherwise(tmp_path, written, size):
    path = tmp_path / "plans.toml"
    studio = 'name = "Studio"\npaid = true\ncredits = 1\nbucket = "free"\norder = ["free"]'
    path.write_text(f"[plan.studio]\n{studio}\n{written}\n")
    assert load_plans(path).plan("studio").library_bytes == size


@pytest.mark.parametrize("written", ["-1", "1.5", '"1 GiB"'])
def test_a_library_that_has_no_such_size_is_refused(tmp_path, written):
    path = tmp_path / "plans.toml"
    path.write_text(f"[plan.free]\nlibrary_bytes = {written}\n")
    with pytest.raises(CatalogueError, match="library_bytes"):
        load_plans(path)


@pytest.mark.parametrize("written", ["{ window = 0 }", "{ window = 2.5 }", "{ window = 2, x = 1 }"])
def test_a_share_that_is_none_is_refused(tmp_path, written):
    path = tmp_path / "plans.toml"
    path.write_text(f"[plan.free]\njobs = {written}\n")
    with pytest.raises(CatalogueError, match="jobs"):
        load_plans(path)
