"""A score as JSON, and back."""

from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.score import VERSION, Score

_FORM = TypeAdapter(Score)


def dump(score: Score) -> bytes:
    """A score as JSON."""
    return orjson.dumps(score)


def load(data: bytes) -> Score:
    """The score that `dump` wrote.

    Raises:
        InvalidRequest: "score": it is none, or a later release's.
    """
    try:
        fields: Any = orjson.loads(data)
        if not isinstance(fields, dict) or fields.get("version") != VERSION:
            raise InvalidRequest("score", "score")
        return _FORM.validate_python(fields, strict=False)
    except (orjson.JSONDecodeError, ValidationError):
        raise InvalidRequest("score", "score") from None
