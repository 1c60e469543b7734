"""Fields of a body, read strictly: a wrong type is refused, what is left out is None or "". Pure.

All of them raise `InvalidRequest` with a reason that `errors` has words for. Where `task` is given, a field that is
left out is said to be required by that task. Characters are code points; a limit is the most that may be (contracts,
MusicAPI §3.4).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.kit.http import Refused, target

Body = Mapping[str, Any]

SEEDS = 2**31
"""Below it is what chance is drawn from."""

_LONGEST_URL, _LONGEST_SECRET = 1024, 512
_TWO, _FOUR, _EIGHT = Seconds(120.0), Seconds(240.0), Seconds(480.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, by its limits: songs do not sound otherwise for it.

    Args:
        name: As a client names it; "" where it names none.
        prompt: Characters of lyrics.
        tags: Characters of a style.
        longest: Of a song whose length is asked for.
        gendered: Whether it heeds whose voice is wanted.
    """

    name: str
    prompt: int = 5000
    tags: int = 1000
    longest: Seconds = _EIGHT
    gendered: bool = True


MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        *(Model(name=name, prompt=3000, tags=200, longest=_TWO, gendered=False) for name in ("sonic-v3-5", "sonic-v4")),
        *(Model(name=name, longest=_FOUR) for name in ("sonic-v4-5", "sonic-v4-5-plus")),
        *(Model(name=name) for name in ("sonic-v5", "sonic-v5-5", "sonic-v6", "sonic-v6-wild", "sonic-v6-mini")),
    )
}
"""Those that are taken. The error about any other names but the first five, as the published page does."""

NO_MODEL = Model(name="")


def model_of(body: Body, *, needed: bool = True) -> Model:
    """Which model "mv" names."""
    name = body.get("mv")
    if name is None and not needed:
        return NO_MODEL
    if not isinstance(name, str) or name not in MODELS:
        raise InvalidRequest("model", "mv")
    return MODELS[name]


def text(body: Body, field: str, *, most: int | None = None, quoted: bool = False) -> str:
    """A text; "" where there is none.

    Args:
        body: What was sent.
        field: Its name.
        most: Characters that it may have.
        quoted: Whether the error about too many puts the name in quotes, as the published ones do here and there.
    """
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest("string", field)
    if most is not None and len(value or "") > most:
        raise InvalidRequest("too_long", field, limit=most, name=f"'{field}'" if quoted else field)
    return value or ""


def required(body: Body, field: str, *, task: str = "", most: int | None = None) -> str:
    """A text that has to be there, and not of spaces alone."""
    found = text(body, field, most=most)
    if not found.strip():
        raise missing(field, task)
    return found


def flag(body: Body, field: str) -> bool | None:
    """True, false, or left out."""
    value = body.get(field)
    if value is not None and not isinstance(value, bool):
        raise InvalidRequest("boolean", field)
    return value


def needed_flag(body: Body, field: str) -> bool:
    """True or false."""
    value = flag(body, field)
    if value is None:
        raise InvalidRequest("boolean", field)
    return value


def number(body: Body, field: str, low: float, high: float) -> float | None:
    """A number in a range, its ends included."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest("number", field)
    if not low <= value <= high:
        raise InvalidRequest("out_of_range", field, low=low, high=high)
    return float(value)


def seconds(body: Body, field: str, *, longest: float = math.inf) -> Seconds | None:
    """A moment of a clip.

    Args:
        body: What was sent.
        field: Its name.
        longest: How long the clip is, where that is known.
    """
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest("number", field)
    if value < 0:
        raise InvalidRequest("negative", field)
    if value > longest:
        raise InvalidRequest("out_of_range", field, low=0, high=longest)
    return Seconds(float(value))


def whole(body: Body, field: str, low: int, high: int) -> int | None:
    """A whole number in a range, its ends included."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest("integer", field)
    if not low <= value <= high:
        raise InvalidRequest("out_of_range", field, low=low, high=high)
    return value


def one_of(body: Body, field: str, allowed: Mapping[str, Any]) -> str:
    """One of several words; "" where there is none."""
    value = text(body, field)
    if value and value not in allowed:
        raise InvalidRequest("not_one_of", field, allowed=", ".join(allowed))
    return value


def id_(body: Body, field: str, *, task: str = "", unknown: str = "unknown_clip") -> UUID:
    """The id of a clip, or of what else the error `unknown` is about. What is no id at all is not known either."""
    value = body.get(field)
    if value is None or value == "":
        raise missing(field, task)
    return _uuid(value, field, unknown)


def ids(body: Body, field: str, *, count: int) -> tuple[UUID, ...]:
    """The ids of so many clips."""
    value = body.get(field)
    if value is None:
        raise missing(field)
    if not isinstance(value, list) or len(value) != count:
        raise InvalidRequest("count", field, count=count)
    return tuple(_uuid(each, field, "unknown_clip") for each in value)


def hook_of(body: Body, field: str = "webhook_url") -> tuple[str, str] | None:
    """Where the end is told, and what that is signed with, for `Studio.hook`; None for nowhere.

    Whether somebody may be told there is known when it is: names lead elsewhere tomorrow.

    Raises:
        InvalidRequest: "webhook": it is no URL, too long, or neither HTTPS nor an address of an operator's choice.
    """
    url, secret = text(body, field), text(body, "webhook_secret", most=_LONGEST_SECRET)
    if not url:
        return None
    try:
        parts = target(url)
    except Refused:
        raise InvalidRequest("webhook", field) from None
    host = parts.raw_host.decode()  # As it is asked for: what it stands for in letters may be nothing at all.
    by_number = host == "localhost" or host.replace(".", "").isdecimal() or ":" in host
    if len(url) > _LONGEST_URL or (parts.scheme != "https" and not by_number):
        raise InvalidRequest("webhook", field)
    return url, secret


def missing(field: str, task: str = "") -> InvalidRequest:
    """The error that a field is left out.

    Args:
        field: Its name.
        task: The type of task that needs it; "" where all do.
    """
    return InvalidRequest("needed_by", field, task=task) if task else InvalidRequest("missing", field)


def _uuid(value: object, field: str, unknown: str) -> UUID:
    try:
        if not isinstance(value, str):
            raise InvalidRequest(unknown, field)
        return UUID(value)
    except ValueError:
        raise InvalidRequest(unknown, field) from None
