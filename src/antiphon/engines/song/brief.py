"""The brief: what was asked for, as numbers and names that the stages understand."""

from collections.abc import Mapping
from dataclasses import replace

from antiphon.domain.units import Seconds
from antiphon.engines.song.chance import chance
from antiphon.engines.song.lyrics import is_played, parse, spoken_of, title_of, titled
from antiphon.engines.song.request import Gender, Request
from antiphon.engines.song.score import Credits, Pitch, Singer
from antiphon.engines.song.style import Brief
from antiphon.engines.song.styling import Asked, asked, styled
from antiphon.engines.song.subject import outside_topic
from antiphon.engines.song.tags import Kind, Reading, Tag, overheard, read, read_negative, settled
from antiphon.engines.song.tongues import language_of, plain, spoken
from antiphon.engines.song.vocabulary import vocabulary

_USUAL_WEIRDNESS, _USUAL_WEIGHT = 0.3, 0.7
_RANGES: Mapping[Gender, tuple[int, int]] = {"male": (45, 67), "female": (54, 76)}
_TRACTS: Mapping[Gender, float] = {"male": 1.0, "female": 1.17}
_DUET, _NOBODY, _ANYBODY = "duet", "none", "any"
_OTHER: Mapping[Gender, Gender] = {"male": "female", "female": "male"}


def brief(request: Request) -> Brief:
    """What a request means. A description counts less than tags, and those count less than what shall not be."""
    request = _plain(request)
    style, negative = read(request.style), read_negative(request.negative)
    tags = settled((*overheard(outside_topic(request.description)), *style.tags, *negative.tags))
    wish = asked(tags, main=style.tags)
    style_weight = _USUAL_WEIGHT if request.style_weight is None else request.style_weight
    lyrics = request.lyrics if request.lyrics and request.lyrics.strip() else None
    made = styled(wish, seed=request.seed, style_weight=style_weight)
    voices = [tag for tag in wish.tags if tag.kind is Kind.VOICE]
    moods = (*wish.moods, _DUET) if any(tag.name == _DUET and tag.wanted for tag in voices) else wish.moods
    draft = Brief(
        style=made,
        title=" ".join(request.title.split()),
        seed=request.seed,
        credits=_credits(request, wish, tags, (style, negative)),
        singer=request.singer or _singer(request, voices, made.manner),
        language=_language(request, wish),
        lyrics=lyrics,
        instrumental=request.instrumental or (lyrics is not None and is_played(lyrics)) or _silent(lyrics, voices),
        seconds=None if request.seconds is None else Seconds(request.seconds),
        weirdness=_USUAL_WEIRDNESS if request.weirdness is None else request.weirdness,
        style_weight=style_weight,
        moods=moods,
    )
    return draft if draft.title else replace(draft, title=_title(draft))


def _plain(request: Request) -> Request:
    """The request with texts that can be shown and written down: without what is no character."""
    return replace(
        request,
        title=plain(request.title),
        style=plain(request.style),
        negative=plain(request.negative),
        description=plain(request.description),
        lyrics=None if request.lyrics is None else plain(request.lyrics),
    )


def _title(draft: Brief) -> str:
    """Of given words, what they say most; else one that suits what the song is about."""
    return (title_of(parse(draft.lyrics)) if draft.lyrics is not None else "") or titled(draft)


def _silent(lyrics: str | None, voices: list[Tag]) -> bool:
    """Whether the tags say that nobody sings. Words that are given are sung nevertheless."""
    return lyrics is None and any((tag.name == _NOBODY) is tag.wanted and _is_about_all(tag) for tag in voices)


def _is_about_all(tag: Tag) -> bool:
    return tag.name in {_NOBODY, _ANYBODY}


def _language(request: Request, wish: Asked) -> str:
    if request.language and (known := spoken(request.language)):
        return known
    if request.lyrics:
        return language_of(request.lyrics)
    said = f"{request.description} {request.title}"
    return language_of(said, otherwise=spoken_of(said) or vocabulary().genres[wish.genres[0]].language)


def _credits(request: Request, wish: Asked, tags: tuple[Tag, ...], readings: tuple[Reading, ...]) -> Credits:
    return Credits(
        style=wish.genres[0],
        moods=wish.moods,
        understood=tuple(dict.fromkeys((tag.text, tag.meaning) for tag in tags)),
        unknown=tuple(dict.fromkeys(text for reading in readings for text in reading.unknown)),
        description=request.description,
        tags=request.style,
        negative=request.negative,
        weirdness=request.weirdness,
        style_weight=request.style_weight,
    )


def _singer(request: Request, voices: list[Tag], manner: str) -> Singer:
    """Somebody of the gender that is asked for, a little different for each seed."""
    draw = chance(request.seed, "singer")
    gender: Gender = draw.choice(("female", "male"))
    for tag in voices:
        named: Gender | None = "male" if tag.name == "male" else "female" if tag.name == "female" else None
        if named is not None:
            gender = named if tag.wanted else _OTHER[named]
    gender = request.gender or gender
    lowest, highest = _RANGES[gender]
    found = vocabulary().manners[manner]
    shift = draw.choice((-1, 0, 0, 1)) + found.height
    return Singer(
        gender=gender,
        lowest=Pitch(lowest + shift),
        highest=Pitch(highest + shift),
        tract=round(_TRACTS[gender] * draw.uniform(0.97, 1.03), 3),
        breath=round(found.breath * draw.uniform(0.8, 1.2), 3),
        tilt=round(found.tilt + draw.uniform(-0.5, 0.5), 2),
        vibrato=round(found.vibrato * draw.uniform(0.85, 1.15), 1),
        vibrato_rate=round(found.vibrato_rate + draw.uniform(-0.3, 0.3), 2),
        portamento=found.portamento,
    )
