"""Nuro: songs and background music as one file, described by lists of words. Source: contracts, MusicAPI §8."""

import functools
import secrets
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

import orjson

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.jobs import Job, JobState
from antiphon.domain.songs import SongWish
from antiphon.services.songs import Order, outcome_of
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.desk import Asked, Studio, Task, song

MANNER = "nuro"
MODEL = "nuro"

_LONGEST_LYRICS = 2000
_LONGEST_DESCRIPTION = 2000
_MOST_WORDS = 5
_MOST_SEGMENTS = 20
_VOCAL_SECONDS = (30, 240)
_BGM_SECONDS: Mapping[str, tuple[int, int, int]] = {"v1.0": (1, 60, 60), "v2.0": (1, 120, 90)}
"""By version: the fewest, the most, and what it is where nothing is said."""
_SEEDS = 2**31
_SHORTEST = 10.0
"""Seconds of the shortest song that is made: of one that shall be shorter, the end is this late."""
_SECTIONS: Mapping[str, str] = {
    "intro": "Intro",
    "verse": "Verse",
    "chorus": "Chorus",
    "bridge": "Bridge",
    "outro": "Outro",
}
_STATES: Mapping[JobState, str] = {
    JobState.PENDING: "pending",
    JobState.RUNNING: "running",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
    JobState.EXPIRED: "failed",
}
_ECHOED = ("genre", "mood", "gender", "timbre")
_REFUNDED = "Task failed. Credits were refunded."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What may be named, and what that means as tags.

    Args:
        vocal: For songs: the values of each field.
        bgm: For background music.
        genders: What stands for whom.
        means: Of those that are no tags themselves.
    """

    vocal: Mapping[str, Sequence[str]]
    bgm: Mapping[str, Sequence[str]]
    genders: Mapping[str, Literal["male", "female"]]
    means: Mapping[str, str]

    def tags(self, named: Sequence[str]) -> str:
        """Words as a style."""
        return ", ".join(dict.fromkeys(filter(None, (self.means.get(word, word) for word in named))))


@functools.cache
def words() -> Words:
    """The words of the file beside this."""
    found = tomllib.loads(resources.files(__package__).joinpath("nuro.toml").read_text("utf-8"))
    genders = found["vocal"].pop("gender")
    return Words(vocal=found["vocal"], bgm=found["bgm"], genders=genders, means=found["means"])


async def create(studio: Studio, asked: Asked) -> Task:
    """What a request asks for.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    body = asked.body
    kinds = {"vocal": _vocal, "bgm": _bgm}
    kind = fields.required(body, "type")
    if kind not in kinds:
        raise InvalidRequest("not_one_of", "type", allowed=", ".join(kinds))
    wish, echoed = kinds[kind](body, secrets.randbelow(_SEEDS))
    studio.moderator.check(wish)
    clip = studio.clips.new_id()
    order = Order(
        wish=wish,
        clips=(clip,),
        forms=("wav",),
        route=asked.route,
        model=MODEL,
        hook=studio.hook(fields.hook_of(body)),
    )
    return song("nuro/create", order, {"manner": MANNER, "clips": [str(clip)], "asked": echoed})


def _vocal(body: Mapping[str, Any], seed: int) -> tuple[SongWish, Mapping[str, Any]]:
    """A song."""
    lyrics = fields.required(body, "lyrics", most=_LONGEST_LYRICS)
    known = words()
    gender = _one_of(body, "gender", tuple(known.genders))
    named = {field: _one_of(body, field, known.vocal[field]) for field in ("genre", "mood", "timbre")}
    wish = SongWish(
        verb="create",
        seed=seed,
        lyrics=lyrics,
        style=known.tags([value for value in named.values() if value]),
        gender=known.genders.get(gender or ""),
        seconds=fields.whole(body, "duration", *_VOCAL_SECONDS),
    )
    return wish, {**named, "gender": gender}


def _bgm(body: Mapping[str, Any], seed: int) -> tuple[SongWish, Mapping[str, Any]]:
    """Background music."""
    description = fields.required(body, "description", most=_LONGEST_DESCRIPTION)
    known = words()
    named = {field: _several_of(body, field, values) for field, values in known.bgm.items()}
    version = fields.text(body, "version") or "v1.0"
    if version not in _BGM_SECONDS:
        raise InvalidRequest("not_one_of", "version", allowed=", ".join(_BGM_SECONDS))
    low, high, usual = _BGM_SECONDS[version]
    segments = _segments(body, high)
    seconds = fields.whole(body, "duration", low, high) or sum(length for _name, length in segments) or usual
    wish = SongWish(
        verb="create",
        seed=seed,
        description=description,
        style=known.tags([word for found in named.values() for word in found]),
        instrumental=True,
        lyrics="\n".join(f"[{_SECTIONS.get(name, 'Instrumental')}]" for name, _length in segments) or None,
        seconds=max(_SHORTEST, seconds),
    )
    return wish, {"genre": ", ".join(named["genre"]) or None, "mood": ", ".join(named["mood"]) or None}


def _segments(body: Mapping[str, Any], most: int) -> Sequence[tuple[str, int]]:
    """The sections that are asked for, with their seconds."""
    found = body.get("segments")
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > _MOST_SEGMENTS:
        raise InvalidRequest("at_most", "segments", limit=_MOST_SEGMENTS)
    return tuple(_segment(each, most) for each in found)


def _segment(found: object, most: int) -> tuple[str, int]:
    if not isinstance(found, dict):
        raise InvalidRequest("at_most", "segments", limit=_MOST_SEGMENTS)
    length = fields.whole(found, "duration", 1, most)
    if length is None:
        raise InvalidRequest("missing", "duration")
    return fields.required(found, "name").strip().lower(), length


def _one_of(body: Mapping[str, Any], field: str, values: Sequence[str]) -> str | None:
    value = fields.text(body, field)
    if value and value not in values:
        raise InvalidRequest("not_one_of", field, allowed=", ".join(values))
    return value or None


def _several_of(body: Mapping[str, Any], field: str, values: Sequence[str]) -> Sequence[str]:
    found = body.get(field)
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > _MOST_WORDS:
        raise InvalidRequest("at_most", field, limit=_MOST_WORDS)
    for value in found:
        if not isinstance(value, str) or value not in values:
            raise InvalidRequest("not_one_of", field, allowed=", ".join(values))
    return found


def standing(job: Job) -> Mapping[str, Any]:
    """How a task stands: one flat object."""
    return dict(_standing(job))


def _standing(job: Job) -> Iterator[tuple[str, Any]]:
    asked, clips = orjson.loads(job.shown)["asked"], outcome_of(job.made).clips
    clip = clips[0] if clips else None
    yield "task_id", str(job.id)
    yield "status", _STATES[job.state]
    yield "progress", 100 if job.state is JobState.SUCCEEDED else min(99, int(100 * job.progress))
    yield "audio_url", clip.files.get("wav") if clip else None
    yield "lyrics", clip.lyrics if clip else None
    yield "duration", round(clip.seconds, 2) if clip else None
    for field in _ECHOED:
        yield field, asked.get(field)
    if _STATES[job.state] == "failed":
        yield "type", "api_error"
        yield "message", _REFUNDED
