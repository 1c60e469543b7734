"""`POST /api/v1/sonic/create`: from its body to an order. Pure. Source: contracts, MusicAPI §3."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongVerb, SongWish
from antiphon.domain.units import Seconds
from antiphon.kit.http import Refused, target
from antiphon.surfaces.musicapi.errors import MODELS

TASKS: Mapping[str, tuple[SongVerb, int]] = {
    "create_music": ("create", 2),
    "extend_music": ("extend", 2),
    "cover_music": ("cover", 2),
    "concat_music": ("concat", 1),
    "remaster": ("remaster", 2),
}
"""What each type of task does, and how many clips come of it."""

_OLD_MODELS = frozenset({"sonic-v3-5", "sonic-v4"})
_DESCRIPTION, _TITLE = 400, 80
_GENDERS: Mapping[str, Literal["male", "female"]] = {"f": "female", "m": "male"}
_LEVELS = ("subtle", "normal", "high")
_LONGEST_URL, _LONGEST_SECRET = 1024, 512
_FROM_SOURCE = frozenset({"extend", "cover", "concat", "remaster"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What a body asks for.

    Args:
        task: Its type.
        model: As it names it; "" where it need not.
        wish: What is wanted, without sources.
        clips: How many.
        source: The clip that it is made of.
        hook: Where its end is told, and what that is signed with ("" for what the account has); None for nowhere.
        shown: What is said again in answers about its clips.
    """

    task: str
    model: str
    wish: SongWish
    clips: int
    source: UUID | None
    hook: tuple[str, str] | None
    shown: Mapping[str, Any]


def creation(body: Mapping[str, Any], *, seed: int) -> Creation:
    """What a body asks for.

    Raises:
        InvalidRequest: The first of its fields that is wrong, in the contract's order.
    """
    task = _text(body, "task_type") or "create_music"
    if task not in TASKS:
        raise InvalidRequest("not_one_of", "task_type", allowed=", ".join(TASKS))
    verb, clips = TASKS[task]
    custom, instrumental = _flag(body, "custom_mode"), _flag(body, "make_instrumental") or False
    model = _model(body, needed=verb != "concat")
    if verb == "create" and custom is None:
        raise InvalidRequest("boolean", "custom_mode")
    texts = _texts(body, model)
    _flag(body, "use_suno_cdn")  # It chooses nothing here, but what is no boolean is refused as ever.
    wish = _wish(body, verb, texts, custom=custom or False, instrumental=instrumental, seed=seed)
    shown = {
        "mv": model or None,
        "title": texts["title"],
        "tags": texts["tags"],
        "lyrics": texts["prompt"] if custom and not instrumental and not _flag(body, "auto_lyrics") else "",
        "gpt_description_prompt": None if custom else texts["gpt_description_prompt"] or None,
        "negative_tags": texts["negative_tags"] or None,
        "style_weight": wish.style_weight,
        "weirdness_constraint": wish.weirdness,
    }
    source = _source(body) if verb in _FROM_SOURCE else None
    return Creation(task=task, model=model, wish=wish, clips=clips, source=source, hook=_hook(body), shown=shown)


def _wish(
    body: Mapping[str, Any], verb: SongVerb, texts: Mapping[str, str], *, custom: bool, instrumental: bool, seed: int
) -> SongWish:
    auto = custom and (_flag(body, "auto_lyrics") or False)
    lyrics = texts["prompt"] if custom and not auto and not instrumental else ""
    description = texts["prompt"] if auto else "" if custom else texts["gpt_description_prompt"]
    if verb == "create" and not instrumental and not lyrics.strip() and not description.strip():
        raise InvalidRequest("missing", "prompt" if custom else "gpt_description_prompt")
    gender = _text(body, "vocal_gender")
    if gender and gender not in _GENDERS:
        raise InvalidRequest("not_one_of", "vocal_gender", allowed="f, m")
    level = _text(body, "variation_category") or "normal"
    if level not in _LEVELS:
        raise InvalidRequest("not_one_of", "variation_category", allowed=", ".join(_LEVELS))
    at = _number(body, "continue_at", 0.0, 10_000.0) if verb == "extend" else None
    return SongWish(
        verb=verb,
        seed=seed,
        title=texts["title"],
        style=texts["tags"],
        negative=texts["negative_tags"],
        description=description,
        lyrics=lyrics if lyrics.strip() else None,
        instrumental=instrumental,
        gender=_GENDERS.get(gender),
        seconds=_number(body, "duration", 10, 360),
        style_weight=_number(body, "style_weight", 0, 1),
        weirdness=_number(body, "weirdness_constraint", 0, 1),
        audio_weight=_number(body, "audio_weight", 0, 1),
        at=None if at is None else Seconds(at),
        level=level,  # type: ignore[arg-type]  # It is one of them.
    )


def _texts(body: Mapping[str, Any], model: str) -> Mapping[str, str]:
    """The texts, none of them too long for the model."""
    old = model in _OLD_MODELS
    limits = {
        "prompt": 3000 if old else 5000,
        "gpt_description_prompt": _DESCRIPTION,
        "tags": 200 if old else 1000,
        "title": _TITLE,
        "negative_tags": 1000,
    }
    names = {"gpt_description_prompt": "'gpt_description_prompt'"}
    found = {field: _text(body, field) for field in limits}
    for field, limit in limits.items():
        if len(found[field]) > limit:
            raise InvalidRequest("too_long", field, limit=limit, name=names.get(field, field))
    return found


def _model(body: Mapping[str, Any], *, needed: bool) -> str:
    model = body.get("mv")
    if model is None and not needed:
        return ""
    if not isinstance(model, str) or model not in MODELS:
        raise InvalidRequest("model", "mv")
    return model


def _hook(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where the end is told. Whether somebody may be told there is known when it is: names lead elsewhere tomorrow.

    Raises:
        InvalidRequest: "webhook": it is no URL, too long, or neither HTTPS nor an address of an operator's choice.
    """
    url, secret = _text(body, "webhook_url"), _text(body, "webhook_secret")
    if not url:
        return None
    try:
        parts = target(url)
    except Refused:
        raise InvalidRequest("webhook", "webhook_url") from None
    by_number = parts.host == "localhost" or parts.host.replace(".", "").isdecimal() or ":" in parts.host
    if len(url) > _LONGEST_URL or (parts.scheme != "https" and not by_number):
        raise InvalidRequest("webhook", "webhook_url")
    if len(secret) > _LONGEST_SECRET:
        raise InvalidRequest("too_long", "webhook_secret", limit=_LONGEST_SECRET, name="webhook_secret")
    return url, secret


def _source(body: Mapping[str, Any]) -> UUID:
    text = body.get("continue_clip_id")
    if text is None:
        raise InvalidRequest("missing", "continue_clip_id")
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError):
        raise InvalidRequest("unknown_clip", "continue_clip_id") from None


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest("string", field)
    return value or ""


def _flag(body: Mapping[str, Any], field: str) -> bool | None:
    value = body.get(field)
    if value is not None and not isinstance(value, bool):
        raise InvalidRequest("boolean", field)
    return value


def _number(body: Mapping[str, Any], field: str, low: float, high: float) -> float | None:
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest("number", field)
    if not low <= value <= high:
        raise InvalidRequest("out_of_range", field, low=low, high=high)
    return float(value)
