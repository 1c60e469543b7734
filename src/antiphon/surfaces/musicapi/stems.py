"""Stems: a clip taken apart into clips. Source: contracts, MusicAPI §5.9."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.jobs import Job, JobState
from antiphon.domain.songs import Clip, StemSet
from antiphon.services.songs import outcome_of
from antiphon.services.stems import KIND, Order, packed
from antiphon.surfaces.musicapi import clips, fields
from antiphon.surfaces.musicapi.desk import Asked, Studio, Task
from antiphon.surfaces.musicapi.exports import own


def apart(stems: StemSet) -> Callable[[Studio, Asked], Awaitable[Task]]:
    """What asks for the stems of a clip.

    Args:
        stems: Which.
    """

    async def plan(studio: Studio, asked: Asked) -> Task:
        clip, hook = await own(studio, asked), fields.hook_of(asked.body)
        if clip.stem:
            raise InvalidRequest("stem_of_stem", "clip_id")
        if clip.origin == "uploaded":
            studio.recordings.check()
        order = Order(clip=clip.id, stems=stems, first=studio.clips.new_id(), route=asked.route, hook=studio.hook(hook))
        shown = {"manner": clips.MANNER, "clips": [str(order.first)], "asked": _asked(clip)}
        return Task(price=f"sonic/stems/{stems}", asked=packed(order), shown=shown, kind=KIND)

    return plan


def answer(job: Job) -> Mapping[str, Any]:
    """What a task is answered with: one clip that is awaited, then all that came of it, each with its stem's name."""
    if job.state is not JobState.SUCCEEDED:
        return clips.answer(job)
    shown, made = orjson.loads(job.shown), outcome_of(job.made).clips
    known = {**shown, "clips": [str(clip.id) for clip in made], "asked": {**shown["asked"], "title": ""}}
    body = clips.answer(replace(job, shown=orjson.dumps(known)))
    return {**body, "data": [{**entry, "stem": clip.stem} for entry, clip in zip(body["data"], made, strict=True)]}


def letter(job: Job) -> tuple[str, bytes]:
    """What a webhook says of such a task; see `clips.letter`."""
    event, body = clips.letter(job)
    return event, orjson.dumps({**orjson.loads(body), **answer(job)})


def _asked(clip: Clip) -> Mapping[str, Any]:
    """What is said of a clip's stems before they are there."""
    return {
        "mv": clip.model or None,
        "title": clip.title,
        "tags": "",
        "lyrics": "",
        "gpt_description_prompt": None,
        "negative_tags": None,
        "style_weight": None,
        "weirdness_constraint": None,
    }
