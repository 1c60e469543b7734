"""A song's request once more: what a verb changes of it, and what stays as the score has it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from antiphon.engines.song.brief import brief
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.score import Score, Singer
from antiphon.engines.song.style import Brief, Seat
from antiphon.engines.song.subject import topic
from antiphon.engines.song.tags import Kind, read

_Value = TypeVar("_Value")

WRITTEN = frozenset({"en", "id"})
"""Languages that lyrics are written in where none are given; elsewhere they are English."""

_ENGLISH = "en"
_GENDERS = frozenset({"male", "female"})


def request_again(score: Score, change: Change) -> Request:
    """What was asked for, with the change. Lyrics are those of the change alone: a verb knows whose it sings.

    Whoever sang goes on singing, in the same language, unless another singer, gender or language is named; what was
    played is played, unless there are lyrics now.
    """
    credit = score.credits
    return Request(
        seed=_either(change.seed, score.seed),
        title=_either(change.title, score.title),
        style=_either(change.style, credit.tags or credit.style.replace("_", " ")),
        negative=_either(change.negative, credit.negative),
        description=_either(change.description, _description(score, change)),
        lyrics=change.words,
        instrumental=_either(change.instrumental, score.vocal is None and change.words is None),
        gender=change.gender,
        seconds=change.seconds,
        language=change.language or (None if score.vocal is None else score.vocal.language),
        style_weight=_either(change.style_weight, credit.style_weight),
        weirdness=_either(change.weirdness, credit.weirdness),
        audio_weight=change.audio_weight,
        singer=change.singer or _singer(score, change),
    )


def brief_again(score: Score, change: Change) -> Brief:
    """What the changed request means, not yet pinned. Its language is the one in which the words are to be read.

    Raises:
        InvalidRequest: As `Request`.
    """
    wanted = brief(request_again(score, change))
    goes_on = score.vocal is not None and score.vocal.language == wanted.language
    if change.words is None and not goes_on and wanted.language not in WRITTEN:
        wanted = replace(wanted, language=_ENGLISH)
    return replace(wanted, instrumental=False) if change.instrumental is False and change.words is None else wanted


def pinned(brief: Brief, score: Score, bar: int = 0) -> Brief:
    """The brief with the score's key, meter and swing, its tempo at a bar, and its band: in each seat who sits there.

    Seats that the score leaves empty are taken by those alone whom the brief surely wants.
    """
    start = bar * score.meter.bar
    bpm = [tempo.bpm for tempo in score.tempos if tempo.start <= start][-1]
    style = replace(
        brief.style,
        tempo=(bpm, bpm),
        bpm=bpm,
        meter=score.meter,
        swing=score.swing,
        modes=((score.key.mode, 1.0),),
        tonic=score.key.tonic,
        palette=tuple(_seats(brief, score)),
    )
    return replace(brief, style=style)


def _either(new: _Value | None, old: _Value) -> _Value:
    return old if new is None else new


def _description(score: Score, change: Change) -> str:
    """Of a description what still holds: with another style only what it is about."""
    old = score.credits.description
    if change.style is None or not old:
        return old
    about = topic(old)
    return f"about {about}" if about else ""


def _singer(score: Score, change: Change) -> Singer | None:
    """Who sang, where nobody else is asked for."""
    voices = read(change.style or "").tags
    named = any(tag.kind is Kind.VOICE and tag.name in _GENDERS for tag in voices)
    return None if score.vocal is None or change.gender is not None or named else score.vocal.singer


def _seats(brief: Brief, score: Score) -> Iterator[Seat]:
    for part in score.parts:
        yield Seat(role=part.role, instruments=((part.instrument, 1.0),))
    taken = {part.role for part in score.parts}
    for seat in brief.style.palette:
        if seat.role not in taken and (seat.probability >= 1.0 or not taken):
            yield seat
