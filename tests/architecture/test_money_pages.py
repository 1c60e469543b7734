"""What the pages say about money, limits and operating is so: figures are those of the catalogue, commands work."""

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from antiphon.catalog.limits import Limit, LimitBook, load_limits
from antiphon.catalog.plans import Plan, load_plans
from antiphon.catalog.prices import load_prices
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.catalog.sonna_media import MediaModel, load_media_models
from antiphon.catalog.voices import load_voices
from antiphon.domain.errors import UnavailableCause
from antiphon.domain.money import CREDIT, quote
from antiphon.domain.units import Seconds
from antiphon.kit.observe import Metrics
from antiphon.services.credits import FIRST_PLAN
from antiphon.settings import Settings
from antiphon.surfaces.soniox import errors as soniox_errors
from antiphon.surfaces.soniox.translate import SLICE
from antiphon.surfaces.sonna.translate import PROVIDERS
from architecture.pages import ROOT, blocks, read, rows, section, table

MONEY = read("explain", "money.md")
OPERATE = read("how-to", "operate.md")
SONIOX = read("reference", "soniox.md")
SONNA = read("reference", "sonna.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MINUTE = Seconds(60.0)


def credits_of(amount: int) -> str:
    """An amount of millicredits as pages write it."""
    exact = Decimal(amount) / CREDIT
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"


def test_every_plan_is_documented() -> None:
    def binding(plan: Plan) -> str:
        if plan.providers is None and plan.characters is None:
            return "no limits"
        providers = " and ".join(sorted(name.capitalize() for name in plan.providers or ()))
        return f"voices of {providers} only, at most {plan.characters:,} characters"

    assert table(MONEY, "plan") == [
        (plan.id, credits_of(plan.credits), plan.bucket, ", ".join(plan.order), binding(plan))
        for plan in load_plans().plans.values()
    ]


def test_every_package_is_documented() -> None:
    assert table(MONEY, "package") == [
        (package.id, credits_of(package.credits), f"{package.rupiah:,}") for package in load_plans().packages.values()
    ]


def test_every_price_of_speech_that_can_be_asked_for_is_documented() -> None:
    prices = load_prices()
    asked = [*(("sonna", name) for name in SonnaSpeech.load(()).models), ("soniox", "speech")]
    found = [(*names, prices.price(*names)) for names in asked]
    assert table(MONEY, "dialect") == [
        (
            dialect,
            name,
            f"{price.per:,} {price.unit}{'s' if price.per > 1 else ''}",
            *(credits_of(quote(price, price.per, discounted=discounted)) for discounted in (False, True)),
        )
        for dialect, name, price in found
    ]


def test_the_page_on_money_has_the_discounts_and_what_foreign_credits_are_worth() -> None:
    prices = load_prices()
    text = " ".join(section(MONEY, "## Prices").split())
    discounts = {
        prices.modality("sonna", name): price.discount
        for name, _, price in prices.entries("sonna")
        if price.millicredits
    }
    assert discounts == {"speech": 10, "image": 10, "music": 10, "video": 0}
    assert {price.discount for dialect in ("soniox", "musicapi") for *_, price in prices.entries(dialect)} == {0}
    assert "charged 10 % less in Sonna's dialect for speech, images and music, and 0 % less for films" in text
    assert f"One US dollar is {credits_of(prices.us_dollar)} credits" in text
    assert f"one credit of MusicAPI's is {credits_of(prices.credit('musicapi'))} of ours" in text


def test_the_page_on_soniox_has_its_price_and_what_is_held_at_a_time() -> None:
    price = load_prices().price("soniox", "speech")
    text = " ".join(section(SONIOX, "## Price and limits").split())
    assert f"costs {credits_of(quote(price, 3_600_000))} credits an hour" in text
    assert f"held before a request begins, {credits_of(quote(price, SLICE))} credits" in text


def told(limit: Limit, tier: str) -> list[str]:
    """What a page says about the limits of a tier: in a minute, and at once."""
    (rate,) = (entry.rate for entry in limit.rates if entry.tier == tier)
    assert (rate.period, rate.burst) == (MINUTE, None)
    return [str(rate.limit), *(str(entry.most) for entry in limit.concurrency if entry.tier == tier)]


@pytest.mark.parametrize(
    ("page", "names"),
    [(SONIOX, [("soniox", "tts")]), (SONNA, [("sonna", "speech"), ("sonna", "generate"), ("sonna", "library")])],
    ids=["soniox", "sonna"],
)
def test_every_limit_is_documented(page: str, names: list[tuple[str, str]]) -> None:
    limits = load_limits()
    assert [row[1] for row in table(page, "limit")] == [
        number for name in names for number in told(limits[name], "organization")
    ]


def test_every_price_of_pictures_music_and_films_is_documented() -> None:
    prices = load_prices()

    def amounts(model: MediaModel, *, discounted: bool) -> list[str]:
        """Each once, the least first."""
        found = {quote(prices.price("sonna", model.price, of), 1, discounted=discounted) for of in model.options()}
        return [credits_of(amount) for amount in sorted(found)]

    page = section(SONNA, "### Models of pictures, music and films")
    documented = {
        name: (listed.split(", "), with_key.split(", "))
        for names, _, listed, with_key in table(page, "`model`")
        for name in names.removesuffix(" (**ours**)").split(", ")
    }
    assert documented == {
        model.id: (amounts(model, discounted=False), amounts(model, discounted=True))
        for model in load_media_models().values()
    }


def test_every_cause_of_a_503_is_documented() -> None:
    assert [int(code) for code, _ in table(section(SONIOX, "## Errors before sound"), "code")] == sorted(
        UnavailableCause
    )


def test_every_type_of_error_that_is_documented_is_one() -> None:
    words = set(re.findall(r'"([a-z_]+)"', Path(soniox_errors.__file__).read_text(encoding="utf-8")))
    documented = {row[1] for row in rows(section(SONIOX, "## Errors before sound")) if row[0].isdigit() and row[2:]}
    assert documented - words == set()
    assert {"organization_balance_exhausted", "limit_exceeded"} <= documented


def test_the_page_on_sonna_counts_the_voices() -> None:
    voices = load_voices().all
    by_vendor = Counter(voice.vendor for voice in voices)
    by_family = Counter(voice.models[0] for voice in voices if voice.vendor == "google")
    text = " ".join(section(SONNA, "## Voices").split())
    assert f"lists the {len(voices)} voices" in text
    assert all(f"{PROVIDERS[vendor]} ({by_vendor[vendor]})" in text for vendor in ("elevenlabs", "gemini"))
    assert f"({by_family['google-neural2']} Neural2, {by_family['google-wavenet']} Wavenet)" in text


def test_the_readme_says_what_the_first_account_has() -> None:
    plan = load_plans().plan(FIRST_PLAN)
    given: int = Settings.model_fields["bootstrap_credits"].default
    assert f"has {credits_of(plan.credits + given * CREDIT)} of them" in " ".join(README.split())
    assert f"begin with {credits_of(load_plans().plan('free').credits)} a month" in " ".join(README.split())


LOADERS: dict[str, Callable[[Path], object]] = {
    "plans.toml": load_plans,
    "prices.toml": load_prices,
    "limits.toml": load_limits,
}
EXAMPLES = {re.match(r"# (\S+):", block)[1]: block for block in blocks(MONEY, "toml")}  # type: ignore[index]


@pytest.fixture(params=LOADERS)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The name of a file of the catalogue, and the page's example for putting one's own over it."""
    path = tmp_path / request.param
    path.write_text(EXAMPLES[request.param], encoding="utf-8")
    return request.param, path


def test_every_example_of_a_file_of_ones_own_is_taken(example: tuple[str, Path]) -> None:
    name, path = example
    LOADERS[name](path)


def test_the_examples_change_what_they_say(tmp_path: Path) -> None:
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    wanted = {name: tomllib.loads(text) for name, text in EXAMPLES.items()}

    plans, prices = load_plans(tmp_path / "plans.toml"), load_prices(tmp_path / "prices.toml")
    assert plans.plan("studio").credits == wanted["plans.toml"]["plan"]["studio"]["credits"] * CREDIT
    assert plans.plan("pro") == load_plans().plan("pro")
    v3 = prices.price("sonna", "eleven-v3")
    assert (v3.millicredits, v3.discount) == (
        3 * CREDIT,
        wanted["prices.toml"]["dialect"]["sonna"]["discount"]["speech"],
    )

    book: LimitBook = load_limits(tmp_path / "limits.toml")
    limit = book["soniox", "tts"]
    assert [(entry.tier, entry.rate.limit, entry.rate.burst) for entry in limit.rates] == [("organization", 1000, 50)]
    assert [(entry.tier, entry.most) for entry in limit.concurrency] == [("organization", 20)]


def test_the_statement_of_the_page_adds_up() -> None:
    (text,) = (block for block in blocks(MONEY, "text") if block.startswith("TIME"))
    _, *lines, foot = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    before = Decimal(0)
    for line in lines:
        change, *buckets = [Decimal(cell.replace(",", "")) for cell in line[2:6]]
        assert sum(buckets) == before + change, line
        before = sum(buckets, Decimal(0))
    assert foot[:2] == ["balance", f"{before:,}"]
    assert foot[2:] == lines[-1][3:7]
    explained = re.findall(r"^\d+\. ", section(MONEY, "## A statement, line by line"), re.MULTILINE)
    assert len(explained) == len(lines)


def test_every_metric_is_documented() -> None:
    names = {family.name + ("_total" if family.type == "counter" else "") for family in Metrics().registry.collect()}
    assert {row[0] for row in table(OPERATE, "metric")} == names


def test_every_line_of_the_log_that_is_documented_is_one() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert [line for line, _ in table(OPERATE, "line in the log") if f'"{line}"' not in source] == []


def test_the_commands_of_the_page_on_operating_work(tmp_path: Path) -> None:
    """Those that need no other program: accounts, backup, restore."""
    program = tmp_path / ".venv" / "bin" / "antiphon"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m antiphon "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    pasted = [
        block for name in ("Accounts", "Back up", "Restore") for block in blocks(section(OPERATE, f"## {name}"), "sh")
    ]
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", "\n".join(pasted)],  # noqa: S607 - whichever bash there is
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("ANTIPHON_")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("The ledger is sound") == done.stderr.count("ledger verify") == 2
    assert "topup:invoice-7 (Starter)" in done.stdout
