"""The page on Sonna says what is so."""

import re
from pathlib import Path

from antiphon.catalog.prices import load_prices
from antiphon.catalog.sonna import load_sonna_models
from antiphon.domain.money import CREDIT, quote
from antiphon.surfaces.sonna import errors
from antiphon.surfaces.sonna.generate import answers
from antiphon.surfaces.sonna.generate.schemas import ImageRequest, MusicRequest, VideoRequest
from antiphon.surfaces.sonna.schemas import DialogueRequest, SynthesizeRequest
from antiphon.surfaces.sonna.translate import PROVIDERS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "sonna.md").read_text(encoding="utf-8")
ROWS = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in PAGE.splitlines()]


def test_every_model_is_there_with_its_limits_and_prices() -> None:
    prices = load_prices()
    for model in load_sonna_models():
        price = prices.price("sonna", model.id)
        costs = [quote(price, 1, discounted=discounted) / CREDIT for discounted in (False, True)]
        slowest, fastest = model.speech.speed
        speed = "always 1.0" if slowest == fastest else f"{slowest} to {fastest}"
        row = [model.id, PROVIDERS[model.speech.vendor], f"{model.characters:,}", *map(str, costs), speed]
        assert row in ROWS, row


def test_every_code_is_there() -> None:
    sources = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (errors, answers))
    used = set(re.findall(r'"([A-Z][A-Z_]+)"', sources))
    assert {row[1] for row in ROWS if len(row) == 3 and row[0].isdigit()} == used - {"GET", "POST"}


def test_every_field_is_there() -> None:
    told = {name for row in ROWS if len(row) == 3 for name in row[0].split(", ")}
    bodies = (SynthesizeRequest, DialogueRequest, ImageRequest, MusicRequest, VideoRequest)
    assert {field.alias or name for body in bodies for name, field in body.model_fields.items()} <= told
