"""Songs of other clips: a sample, a mashup, a section replaced. Source: contracts, MusicAPI §5.14 to §5.16."""

import math
from dataclasses import replace
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.songs import Clip, SongWish
from antiphon.domain.units import Seconds
from antiphon.services.songs import Order, Recording
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.clips import promised
from antiphon.surfaces.musicapi.desk import Asked, Studio, Task, song
from antiphon.surfaces.musicapi.fields import Body
from antiphon.surfaces.musicapi.uploads import source_of
from antiphon.surfaces.musicapi.wish import echoed, plainly, wished

_CLIPS = 2


async def sample(studio: Studio, asked: Asked) -> Task:
    """A song that grows out of a few bars of a clip, or of a recording that is fetched first.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    body = asked.body
    wanted = wished(body, "sample")
    recording = _recording(studio, body)
    source_id = None if recording else fields.id_(body, "sample_clip_id")
    hook = fields.hook_of(body)
    studio.moderator.check(wanted.wish)
    source = None if source_id is None else await clip_of(studio, asked, "sample_clip_id", source_id)
    start, end = stretch(
        body, ("chop_sample_start_s", "chop_sample_end_s"), longest=math.inf if source is None else source.seconds
    )
    made_of = recording.id if recording else source_id
    order = Order(
        wish=replace(wanted.wish, start=start, end=end),
        clips=_new(studio),
        sources=() if made_of is None else (made_of,),
        recording=recording,
        route=asked.route,
        model=wanted.model.name,
        hook=studio.hook(hook),
    )
    return song("sonic/sample", order, promised(order, wanted.asked))


async def mashup(studio: Studio, asked: Asked) -> Task:
    """A song of two clips.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    body = asked.body
    wanted = wished(body, "mashup")
    sources = fields.ids(body, "mashup_clip_ids", count=2)
    if len(set(sources)) != len(sources):
        raise InvalidRequest("same_clip", "mashup_clip_ids")
    hook = fields.hook_of(body)
    studio.moderator.check(wanted.wish)
    for id_ in sources:
        await clip_of(studio, asked, "mashup_clip_ids", id_)
    order = Order(
        wish=wanted.wish,
        clips=_new(studio),
        sources=sources,
        route=asked.route,
        model=wanted.model.name,
        hook=studio.hook(hook),
    )
    return song("sonic/mashup", order, promised(order, wanted.asked))


async def replace_section(studio: Studio, asked: Asked) -> Task:
    """A clip with other music from one moment to another, and the whole of it besides where that is wanted.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    body = asked.body
    model = fields.model_of(body)
    source_id = fields.id_(body, "clip_id")
    wish = _worded(body, plainly(body, "replace", model=model), most=model.prompt)
    for name in ("infill_start_s", "infill_end_s"):
        if body.get(name) is None:
            raise fields.missing(name)
    stretch(body, ("infill_start_s", "infill_end_s"))
    whole = fields.flag(body, "auto_concat") or False
    hook = fields.hook_of(body)
    studio.moderator.check(wish)
    source = await clip_of(studio, asked, "clip_id", source_id)
    start, end = stretch(body, ("infill_start_s", "infill_end_s"), longest=source.seconds)
    order = Order(
        wish=replace(wish, start=start, end=end),
        clips=_new(studio),
        joined=_new(studio) if whole else (),
        sources=(source_id,),
        route=asked.route,
        model=model.name,
        hook=studio.hook(hook),
    )
    return song("sonic/replace-section", order, promised(order, echoed(wish, model), pair="replaced"))


async def clip_of(studio: Studio, asked: Asked, field: str, id_: UUID) -> Clip:
    """A clip of the account's, of which something is made.

    Raises:
        InvalidRequest: "unknown_clip".
    """
    try:
        return await studio.clips.find(asked.key.account_id, id_)
    except NotFound:
        raise InvalidRequest("unknown_clip", field) from None


def stretch(body: Body, names: tuple[str, str], *, longest: float = math.inf) -> tuple[Seconds | None, Seconds | None]:
    """From which moment of a clip to which; an end beyond the clip's is the clip's.

    Args:
        body: What was sent.
        names: The names of both fields.
        longest: How long the clip is, where that is known.

    Raises:
        InvalidRequest: "number", "negative", "out_of_range"; "not_after": the end is not after the start.
    """
    start, end = fields.seconds(body, names[0], longest=longest), fields.seconds(body, names[1])
    if end is None:
        return start, None
    end = Seconds(min(end, longest))
    if end <= (start or 0.0):
        raise InvalidRequest("not_after", names[1], other=names[0])
    return start, end


def _new(studio: Studio) -> tuple[UUID, ...]:
    return tuple(studio.clips.new_id() for _ in range(_CLIPS))


def _recording(studio: Studio, body: Body) -> Recording | None:
    """What is fetched to be sampled; None where a clip is named, which comes first, or nothing is."""
    named = body.get("sample_clip_id") is not None or body.get("url") is None
    return None if named else source_of(studio, body)


def _worded(body: Body, wish: SongWish, *, most: int) -> SongWish:
    """A wish with the words of the new section: its lyrics, else what they are like.

    The two published pages have it both ways with "prompt": beside new lyrics it is the whole song's, which is known
    here; alone it says how the section shall be, unless it has lines, as lyrics do.
    """
    lyrics = fields.text(body, "infill_lyrics", most=most)
    prompt = fields.text(body, "prompt", most=most)
    if lyrics.strip():
        return replace(wish, lyrics=lyrics)
    return replace(wish, description="" if "\n" in prompt.strip() else prompt)
