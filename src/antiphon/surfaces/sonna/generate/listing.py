"""`GET /api/v1/models`: every model of every modality, what it costs, how much it takes, and who serves it."""

from collections.abc import Iterator, Mapping
from typing import Any

from antiphon.catalog.sonna_media import MediaModel
from antiphon.domain.money import Price, quote
from antiphon.surfaces.sonna.generate.desk import DIALECT, Desk
from antiphon.surfaces.sonna.generate.schemas import MOST_INPUTS, MOST_LYRICS, MOST_PROMPT
from antiphon.surfaces.sonna.numbers import credits_exactly, moment

_VERSION = "1.0"
_ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9")
_GENERATE, _SYNTHESIZE = "/api/generate", "/api/v1/tts/synthesize"
_FREE_VENDOR = "google"
"""Whose voices need no paid plan."""


def models(desk: Desk, *, at: float) -> dict[str, Any]:
    """The body of the answer.

    Args:
        desk: Knows them.
        at: Unix seconds now.
    """
    listed = [*_speech(desk), *(_media(desk, model) for model in desk.models.values())]
    return {
        "success": True,
        "version": _VERSION,
        "timestamp": moment(at),
        "models": listed,
        "metadata": {"total": len(listed), "types": list(dict.fromkeys(one["type"] for one in listed))},
    }


def _speech(desk: Desk) -> Iterator[dict[str, Any]]:
    served = {plan.model.id: plan for plan in desk.speech.served(DIALECT)}
    for model in desk.catalogue.models.values():
        plan = served.get(model.id)
        yield {
            "id": model.id,
            "name": model.speech.name,
            "type": "SPEECH",
            "provider": model.provider,
            "description": model.description,
            "planRequired": None if model.speech.vendor == _FREE_VENDOR else "pro",
            "endpoint": _SYNTHESIZE,
            "pricing": _pricing(desk, model.id, [""]),
            "limits": {"characters": model.characters},
            **_state(
                None if plan is None else plan.maker.name,
                vendor=None if plan is None else plan.stands_in_for,
                ready=plan is not None and plan.maker.ready(),
            ),
        }


def _media(desk: Desk, model: MediaModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "type": model.type,
        "provider": model.provider,
        "description": model.description,
        "planRequired": "pro",
        "endpoint": _GENERATE,
        "pricing": {**_pricing(desk, model.price, model.options()), "by": model.priced_by or None},
        "limits": _limits(model),
        **_served(desk, model),
    }


def _limits(model: MediaModel) -> Mapping[str, Any]:
    match model.type:
        case "IMAGE":
            qualities = {"qualities": model.qualities} if model.qualities else {}
            shapes = {"aspectRatios": _ASPECTS, "resolutions": model.resolutions, **qualities}
            return {"promptCharacters": MOST_PROMPT, "n": 4, "inputImages": MOST_INPUTS, **shapes}
        case "MUSIC":
            return {"promptCharacters": MOST_LYRICS, "lyricsCharacters": MOST_LYRICS, "durationSeconds": [10, 360]}
        case "VIDEO":
            shapes = {"aspectRatios": _ASPECTS, "resolutions": model.resolutions}
            return {"promptCharacters": MOST_PROMPT, "durationSeconds": [1, 10], "inputImages": 1, **shapes}


def _pricing(desk: Desk, name: str, options: Any) -> dict[str, Any]:
    """The price of each option: listed, and for calls with an API key."""
    prices = {option: desk.prices.price(DIALECT, name, option) for option in options}
    return {
        "unit": next(iter(prices.values())).unit,
        "options": [{"option": option or None, **_credits(price)} for option, price in prices.items()],
    }


def _credits(price: Price) -> dict[str, Any]:
    # Of a unit to three decimals: prices are exact in thousandths.
    return {
        "credits": credits_exactly(quote(price, 1)),
        "apiCredits": credits_exactly(quote(price, 1, discounted=True)),
    }


def _served(desk: Desk, model: MediaModel) -> dict[str, Any]:
    """Who serves a model, and whether for another."""
    maker = desk.engines.of(model)
    return _state(None if maker is None else maker.name, vendor=model.vendor, ready=maker is not None)


def _state(engine: str | None, *, vendor: str | None, ready: bool) -> dict[str, Any]:
    return {"available": ready, "engine": engine, "standIn": bool(vendor) and engine is not None}
