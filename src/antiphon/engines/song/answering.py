"""The process that answers one question about songs, and ends.

It reads the question, a line of JSON, from its standard input, and writes the answer, another, to its standard output.

Run as `python -m antiphon.engines.song.answering`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongWords
from antiphon.engines.making import Refused
from antiphon.engines.song.brief import brief
from antiphon.engines.song.chance import chance
from antiphon.engines.song.fuller import fuller
from antiphon.engines.song.lyrics import text_of, write
from antiphon.engines.song.question import (
    Answer,
    Answered,
    Question,
    WhatWords,
    WhichStyle,
    WhoSings,
    packed,
    question_of,
)
from antiphon.engines.song.request import Request
from antiphon.engines.song.words import Lyrics
from antiphon.engines.song.written import dump_singer, load
from antiphon.kit import runner

_MEMORY, _SECONDS = 1024**3, 60
_SEEDS = 2**31
_TRIES = 8
"""How many lyrics are written for one that is like no other."""


def answer(question: Question) -> Answered:
    """What is known.

    Raises:
        InvalidRequest: As `Request` and `load`; "no_voice": nobody sings in the song.
    """
    match question:
        case WhatWords():
            return Answered(words=tuple(_words(question)))
        case WhichStyle():
            return Answered(text=fuller(question.tags))
        case WhoSings():
            vocal = load(question.song.encode()).vocal
            if vocal is None:
                raise InvalidRequest("no_voice", "vocals")
            return Answered(text=dump_singer(vocal.singer).decode())
    assert_never(question)


def _words(question: WhatWords) -> Iterator[SongWords]:
    """Lyrics, each with words and, where there are enough titles, a title that no other has."""
    titles: set[str] = set()
    texts: set[str] = set()
    number = 0
    for _ in range(question.count):
        found = SongWords(title="", lyrics="")
        for _try in range(_TRIES):
            number += 1
            found = _written(question.description, chance(question.seed, "words", str(number)).randrange(_SEEDS))
            if found.title not in titles and found.lyrics not in texts:
                break
        titles.add(found.title)
        texts.add(found.lyrics)
        yield found


def _written(description: str, seed: int) -> SongWords:
    wanted = replace(brief(Request(seed=seed, description=description)), instrumental=False)
    lyrics = write(wanted)
    sung = Lyrics(stanzas=tuple(stanza for stanza in lyrics.stanzas if stanza.lines), title=lyrics.title)
    return SongWords(title=lyrics.title, lyrics=text_of(sung))


def answered(order: bytes, tell: runner.Tell) -> None:
    """Answer the question of an order."""
    runner.limit(memory=_MEMORY, seconds=_SECONDS)
    found: Answer
    try:
        found = answer(question_of(order))
    except InvalidRequest as wrong:
        found = Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts)
    tell(packed(found))


if __name__ == "__main__":
    runner.run(answered)
