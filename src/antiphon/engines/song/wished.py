"""What a wish is for the engine: its sources and its singer read, and one of the verbs with what it needs.

For a worker: to read a long score takes a fiftieth of a second, for which a server has no time.
"""

from dataclasses import replace

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.heard import Heard
from antiphon.domain.songs import SongWish
from antiphon.domain.units import Seconds
from antiphon.engines.song.making import (
    AddInstrumental,
    AddVocals,
    Concat,
    Cover,
    Create,
    Extend,
    Mashup,
    Perform,
    Remaster,
    Replace,
    Sample,
    Transcribe,
    Verb,
)
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.written import load, load_singer


def verb_of(wish: SongWish) -> Verb:
    """What is to be done.

    Raises:
        InvalidRequest: "score", "singer": a source or the singer cannot be read; "missing": there is not all that the
            verb is made of; or as `Request` and `Change`.
    """
    sources = [load(source) for source in wish.sources]
    match wish.verb, sources, wish.heard:
        case "create", [], None:
            return Create(request=_request(wish))
        case "transcribe", [], Heard() as heard:
            return _transcribe(wish, heard)
        case "mashup", [first, second], None:
            return Mashup(first=first, second=second, change=_change(wish))
        case "concat", [first, second], None:
            return Concat(source=first, extension=second)
        case _, [source], None:
            return _reworked(wish, source)
    raise InvalidRequest("missing", "sources")


def _reworked(wish: SongWish, source: Score) -> Verb:
    """What is made of one song. Of a stretch what is left out is the song's beginning or its end."""
    start = Seconds(0.0) if wish.start is None else wish.start
    end = source.seconds if wish.end is None else wish.end
    match wish.verb:
        case "extend":
            at = source.seconds if wish.at is None else wish.at
            return Extend(source=source, at=at, change=_change(wish))
        case "cover":
            return Cover(source=source, change=_change(wish))
        case "remaster":
            return Remaster(source=source, level=wish.level)
        case "replace":
            return Replace(source=source, start=start, end=end, change=_change(wish))
        case "sample":
            change = replace(_change(wish), instrumental=wish.instrumental)  # A new song: its source decides nothing.
            return Sample(source=source, start=start, end=end, change=change)
        case "add_vocals":
            return AddVocals(source=source, change=_sung(_change(wish), source))
        case "add_instrumental":
            return AddInstrumental(source=source, start=wish.start, end=wish.end, change=_change(wish))
        case "perform":
            return Perform(source=source)
    raise InvalidRequest("missing", "sources")


def _sung(change: Change, source: Score) -> Change:
    """The change; where nothing says what is sung about, the title does."""
    said = change.words or change.description or source.credits.description.strip()
    return change if said else replace(change, description=change.title or source.title)


def _transcribe(wish: SongWish, heard: Heard) -> Transcribe:
    return Transcribe(
        heard=heard,
        seed=wish.seed,
        title=wish.title,
        style=wish.style,
        gender=wish.gender,
        language=wish.language,
        instrumental=wish.instrumental,
    )


def _request(wish: SongWish) -> Request:
    return Request(
        seed=wish.seed,
        title=wish.title,
        style=wish.style,
        negative=wish.negative,
        description=wish.description,
        lyrics=wish.lyrics,
        instrumental=wish.instrumental,
        gender=wish.gender,
        seconds=wish.seconds,
        language=wish.language or None,
        style_weight=wish.style_weight,
        weirdness=wish.weirdness,
        singer=None if wish.singer is None else load_singer(wish.singer),
    )


def _change(wish: SongWish) -> Change:
    """What shall be otherwise than in a source: what the wish says, and nothing else."""
    return Change(
        seed=wish.seed,
        title=wish.title or None,
        style=wish.style or None,
        negative=wish.negative or None,
        description=wish.description or None,
        lyrics=wish.lyrics,
        instrumental=wish.instrumental or None,
        gender=wish.gender,
        seconds=wish.seconds,
        style_weight=wish.style_weight,
        weirdness=wish.weirdness,
        audio_weight=wish.audio_weight,
        language=wish.language or None,
        singer=None if wish.singer is None else load_singer(wish.singer),
    )
