"""A score as JSON, and back; and a singer alone."""

from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.score import VERSION, Score, Singer

_FORM = TypeAdapter(Score)
_SINGER = TypeAdapter(Singer)
_SINGERS = 1
"""The version of the form of a singer."""


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


def dump_singer(singer: Singer) -> bytes:
    """A singer as JSON."""
    return orjson.dumps({"version": _SINGERS, "singer": singer})


def load_singer(data: bytes) -> Singer:
    """The singer that `dump_singer` wrote.

    Raises:
        InvalidRequest: "singer": it is none, or a later release's.
    """
    try:
        fields: Any = orjson.loads(data)
        if not isinstance(fields, dict) or fields.get("version") != _SINGERS:
            raise InvalidRequest("singer", "singer")
        return _SINGER.validate_python(fields.get("singer"))
    except (orjson.JSONDecodeError, ValidationError):
        raise InvalidRequest("singer", "singer") from None
