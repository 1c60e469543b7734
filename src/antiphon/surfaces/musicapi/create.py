"""`POST /api/v1/sonic/create`: from its body to an order. Source: contracts, MusicAPI §3."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.songs import Clip, SongVerb, SongWish
from antiphon.services.songs import Order
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.clips import promised
from antiphon.surfaces.musicapi.desk import Asked, Studio, Task, song
from antiphon.surfaces.musicapi.fields import Body
from antiphon.surfaces.musicapi.made_of import clip_of, stretch
from antiphon.surfaces.musicapi.wish import Wished, wished


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of task.

    Args:
        verb: What it does.
        needs: The fields that it has to have; "words" are lyrics, or what they shall be about.
        clips: How many come of it.
        timed: Whether it may be said how long they shall be.
    """

    verb: SongVerb
    needs: frozenset[str]
    clips: int = 2
    timed: bool = False


_FREE = frozenset({"mv", "custom_mode", "words"})
_OF_CLIP = frozenset({"mv", "continue_clip_id"})

TASKS: Mapping[str, Kind] = {
    "create_music": Kind(verb="create", needs=_FREE, timed=True),
    "extend_music": Kind(verb="extend", needs=_OF_CLIP, timed=True),
    "cover_music": Kind(verb="cover", needs=_OF_CLIP, timed=True),
    "concat_music": Kind(verb="concat", needs=frozenset({"continue_clip_id"}), clips=1),
    "persona_music": Kind(verb="create", needs=_FREE | {"persona_id"}, timed=True),
    "extend_upload_music": Kind(verb="extend", needs=_OF_CLIP, timed=True),
    "cover_upload_music": Kind(verb="cover", needs=_OF_CLIP, timed=True),
    "remaster": Kind(verb="remaster", needs=_OF_CLIP),
    "add_instrumental": Kind(verb="add_instrumental", needs=_OF_CLIP),
    "add_vocals": Kind(verb="add_vocals", needs=_OF_CLIP | {"prompt"}),
}
"""What each type does. Those for uploads and those for songs from here are taken for both (MusicAPI §15.5)."""

_LEVELS: Mapping[str, Literal["subtle", "normal", "high"]] = {"subtle": "subtle", "normal": "normal", "high": "high"}
_USUAL_TASK = "create_music"


async def create(studio: Studio, asked: Asked) -> Task:
    """What a request asks for; its clips are the account's own.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    body = asked.body
    task = fields.one_of(body, "task_type", TASKS) or _USUAL_TASK
    kind = TASKS[task]
    wanted = _wished(body, task)
    persona = _id(body, "persona_id", kind, task, unknown="unknown_persona")
    source_id = _id(body, "continue_clip_id", kind, task)
    hook = fields.hook_of(body)
    studio.moderator.check(wanted.wish)
    if persona is not None:
        await _known_persona(studio, asked, persona)
    source = None if source_id is None else await clip_of(studio, asked, "continue_clip_id", source_id)
    order = Order(
        wish=_placed(body, wanted.wish, source),
        clips=tuple(studio.clips.new_id() for _ in range(kind.clips)),
        sources=_sources(kind, source),
        persona=persona,
        route=asked.route,
        model=wanted.model.name,
        hook=studio.hook(hook),
    )
    return song(f"sonic/{task}", order, promised(order, wanted.asked))


def _wished(body: Body, task: str) -> Wished:
    """What is wanted, without what it is made of.

    Raises:
        InvalidRequest: The first of the fields that is wrong.
    """
    kind = TASKS[task]
    wanted = wished(body, kind.verb, needs=kind.needs)
    if wanted.wish.seconds is not None and not kind.timed:
        raise InvalidRequest("not_for", "duration", task=task)
    match kind.verb:
        case "add_vocals":
            lyrics = fields.required(body, "prompt", task=task)
            wish = replace(wanted.wish, lyrics=lyrics, description="", instrumental=False)
            return replace(wanted, wish=wish, asked={**wanted.asked, "lyrics": lyrics})
        case "remaster":
            level = _LEVELS[fields.one_of(body, "variation_category", _LEVELS) or "normal"]
            wish = replace(wanted.wish, level=level)
            return replace(wanted, wish=wish, asked={**wanted.asked, "lyrics": ""})
        case "concat" | "add_instrumental":
            return replace(wanted, asked={**wanted.asked, "lyrics": ""})
        case _:
            return wanted


def _id(body: Body, field: str, kind: Kind, task: str, *, unknown: str = "unknown_clip") -> UUID | None:
    return fields.id_(body, field, task=task, unknown=unknown) if field in kind.needs else None


async def _known_persona(studio: Studio, asked: Asked, persona_id: UUID) -> None:
    try:
        await studio.clips.singer(asked.key.account_id, persona_id)
    except NotFound:
        raise InvalidRequest("unknown_persona", "persona_id") from None


def _placed(body: Body, wish: SongWish, source: Clip | None) -> SongWish:
    """The wish, with the moments of its source that it is about.

    Raises:
        InvalidRequest: There are no such moments.
    """
    if source is None:
        return wish
    if wish.verb == "extend":
        return replace(wish, at=fields.seconds(body, "continue_at", longest=source.seconds))
    if wish.verb in {"add_vocals", "add_instrumental"}:
        start, end = stretch(body, ("overpainting_start_s", "overpainting_end_s"), longest=source.seconds)
        return replace(wish, start=start, end=end)
    return wish


def _sources(kind: Kind, source: Clip | None) -> tuple[UUID, ...]:
    """The clips that it is made of. Whoever wants the whole names the part that goes on; what it goes on from is known.

    Raises:
        InvalidRequest: "no_extension".
    """
    if source is None:
        return ()
    if kind.verb != "concat":
        return (source.id,)
    if source.verb != "extend" or len(source.parents) != 1:
        raise InvalidRequest("no_extension", "continue_clip_id")
    return (*source.parents, source.id)
