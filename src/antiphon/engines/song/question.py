"""Questions about songs that need no song to be made, and their answers, as values and as lines of JSON.

Whoever has one packs it, and `answering` answers it in a process of its own: see `crew`.
"""

import functools
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongWords
from antiphon.engines.making import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatWords:
    """Which lyrics there could be on something: so many, each another."""

    description: str
    count: int
    seed: int
    about: Literal["words"] = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichStyle:
    """What tags stand for."""

    tags: str
    about: Literal["style"] = "style"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoSings:
    """Who sings a song.

    Args:
        song: Its score, as `written.dump` wrote it.
    """

    song: str
    about: Literal["singer"] = "singer"


Question: TypeAlias = WhatWords | WhichStyle | WhoSings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What is known.

    Args:
        words: The lyrics.
        text: The style, or the singer, as `written.dump_singer` writes it.
    """

    words: tuple[SongWords, ...] = ()
    text: str = ""
    report: Literal["answered"] = "answered"


Answer: TypeAlias = Answered | Refused


def packed(told: Question | Answer) -> bytes:
    """A line of JSON."""
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def question_of(line: bytes) -> Question:
    """The question that was packed.

    Raises:
        InvalidRequest: "question": it is none.
    """
    try:
        return _questions().validate_json(line)
    except ValidationError:
        raise InvalidRequest("question", "question") from None


def answer_of(line: bytes) -> Answer:
    """The answer that was packed.

    Raises:
        InvalidRequest: "answer": it is none.
    """
    try:
        return _answers().validate_json(line)
    except ValidationError:
        raise InvalidRequest("answer", "answer") from None


@functools.cache
def _questions() -> TypeAdapter[Question]:
    return TypeAdapter(Annotated[Question, Field(discriminator="about")])


@functools.cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Annotated[Answer, Field(discriminator="report")])
