"""Producer: songs described by how they sound, one clip a task. Source: contracts, MusicAPI §7."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.jobs import Job, JobState
from antiphon.domain.songs import Clip, SongForm, SongWish
from antiphon.domain.units import Seconds
from antiphon.services.songs import Order, outcome_of
from antiphon.services.uploads import UPLOAD, Errand, packed
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.desk import Asked, Studio, Task, song
from antiphon.surfaces.musicapi.errors import Retired
from antiphon.surfaces.musicapi.uploads import source_of

MANNER = "producer"
MODELS = (
    "FUZZ-2.0",
    "FUZZ-2.0 Pro",
    "FUZZ-2.0 Raw",
    "FUZZ-1.1 Pro",
    "FUZZ-1.0 Pro",
    "FUZZ-1.1",
    "FUZZ-1.0",
    "FUZZ-0.8",
    "FUZZ-3-Demo",
    "Lyria 3 preview",
    "Lyria 3 Pro",
)
RETIRED = ("music_variation", "swap_music_vocals", "swap_music_sound")
"""Types of tasks that there were."""

_LONGEST_SOUND, _LONGEST_LYRICS, _LONGEST_TITLE, _LONGEST_INSTRUCTION = 2000, 5000, 80, 2000
_LONGEST, _SHORTEST = 360.0, 10.0
_SEEDS = 2**31
_SEED = re.compile(r"0{0,20}[0-9]{1,10}", re.ASCII)
_FORMS: tuple[SongForm, ...] = ("m4a", "wav")
_DOWNLOADS: Mapping[str, SongForm] = {"mp3": "mp3", "wav": "wav", "m4a": "m4a"}
_AUDIO = ("m4a", "mp3", "wav")
"""Which of a clip's files is "audio_url", the first that there is."""
_STATES: Mapping[JobState, str] = {
    JobState.PENDING: "PENDING",
    JobState.RUNNING: "RUNNING",
    JobState.SUCCEEDED: "SUCCESS",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "FAILED",
    JobState.EXPIRED: "FAILED",
}
_MESSAGES = {"SUCCESS": "success", "PENDING": "pending", "RUNNING": "running"}
_REFUNDED = "Task failed. Credits were refunded."
_TIMEOUT = "Task failed due to timeout. Credits were previously refunded."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commission:
    """A task: what is wanted, of which clip, as which files, and what answers say again."""

    price: str = "producer/create"
    wish: SongWish
    source: UUID | None = None
    forms: tuple[SongForm, ...] = _FORMS
    sound: str = ""
    model: str = ""


async def create(studio: Studio, asked: Asked) -> Task:
    """What a request asks for.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
        Retired: There is no such task any more.
    """
    task = fields.text(asked.body, "task_type") or "create_music"
    if task in RETIRED:
        raise Retired("'create_music'")
    if task not in _TASKS:
        raise InvalidRequest("not_one_of", "task_type", allowed=", ".join(_TASKS))
    return await _task(studio, asked, _TASKS[task](asked.body))


async def download(studio: Studio, asked: Asked) -> Task:
    """A clip in another form."""
    form = fields.one_of(asked.body, "format", _DOWNLOADS) or "mp3"
    wish = SongWish(verb="perform", seed=0)
    source = fields.id_(asked.body, "clip_id")
    return await _task(
        studio,
        asked,
        _Commission(price="producer/download", wish=wish, source=source, forms=(_DOWNLOADS[form],)),
    )


async def upload(studio: Studio, asked: Asked) -> Task:
    """A recording as a clip.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
    """
    recording = source_of(studio, asked.body)
    errand = Errand(recording=recording, route=asked.route, hook=studio.hook(fields.hook_of(asked.body)))
    shown = {"manner": MANNER, "clips": [str(recording.id)], "asked": dict.fromkeys(("title", "sound", "mv", "seed"))}
    return Task(price="producer/upload", asked=packed(errand), shown=shown, kind=UPLOAD)


async def _task(studio: Studio, asked: Asked, wanted: _Commission) -> Task:
    studio.moderator.check(wanted.wish)
    sources: tuple[UUID, ...] = ()
    wish = wanted.wish
    if wanted.source is not None:
        try:
            source = await studio.clips.find(asked.key.account_id, wanted.source)
        except NotFound:
            raise InvalidRequest("unknown_clip", "clip_id") from None
        sources = (wanted.source,)
        if wish.verb == "perform":
            wish = replace(wish, stem=source.stem)  # What is known of a stem is its song.
    clip = studio.clips.new_id()
    order = Order(
        wish=wish,
        clips=(clip,),
        sources=sources,
        forms=wanted.forms,
        route=asked.route,
        model=wanted.model,
        hook=studio.hook(fields.hook_of(asked.body)),
    )
    shown = {
        "manner": MANNER,
        "clips": [str(clip)],
        "asked": {
            "title": wanted.wish.title,
            "sound": wanted.sound or None,
            "mv": wanted.model or None,
            "seed": str(wanted.wish.seed),
        },
    }
    return song(wanted.price, order, shown)


def _create(body: fields.Body) -> _Commission:
    sound = fields.text(body, "sound", most=_LONGEST_SOUND)
    lyrics = fields.text(body, "lyrics", most=_LONGEST_LYRICS)
    if not sound.strip() and not lyrics.strip():
        raise fields.missing("sound")
    for ignored in ("lyrics_strength", "sound_strength", "weirdness"):
        fields.number(body, ignored, 0, 1)
    wish = SongWish(
        verb="create",
        seed=_seed(body),
        title=fields.text(body, "title", most=_LONGEST_TITLE),
        style=sound,
        lyrics=lyrics if lyrics.strip() else None,
        description="" if lyrics.strip() else sound,
        instrumental=fields.flag(body, "make_instrumental") or False,
        weirdness=fields.number(body, "weirdness", 0, 1),
        style_weight=fields.number(body, "sound_strength", 0, 1),
    )
    return _Commission(wish=wish, sound=sound, model=_model(body))


def _extend(body: fields.Body) -> _Commission:
    instruction = fields.text(body, "instruction", most=_LONGEST_INSTRUCTION)
    lyrics = fields.text(_either(body, "lyrics", "lyrics_text"), "lyrics", most=_LONGEST_LYRICS)
    at = fields.seconds(_either(body, "starts_at", "starts"), "starts_at")
    wish = SongWish(
        verb="extend",
        seed=_seed(body),
        style=instruction,
        lyrics=lyrics if lyrics.strip() else None,
        at=at,
        seconds=fields.number(body, "length", _SHORTEST, _LONGEST),
    )
    return _Commission(wish=wish, source=fields.id_(body, "clip_id"), sound=instruction, model=_model(body))


def _replace(body: fields.Body) -> _Commission:
    instruction = fields.text(body, "instruction", most=_LONGEST_INSTRUCTION)
    start = _needed_moment(_either(body, "starts_at", "starts"), "starts_at")
    end = _needed_moment(_either(body, "ends_at", "ends"), "ends_at")
    if end <= start:
        raise InvalidRequest("not_after", "ends_at", other="starts_at")
    lyrics = fields.text(body, "lyrics", most=_LONGEST_LYRICS)
    wish = SongWish(
        verb="replace",
        seed=_seed(body),
        style=instruction,
        lyrics=lyrics if lyrics.strip() else None,
        start=start,
        end=end,
    )
    return _Commission(wish=wish, source=fields.id_(body, "clip_id"), sound=instruction, model=_model(body))


def _cover(body: fields.Body) -> _Commission:
    instruction = fields.text(body, "instruction", most=_LONGEST_INSTRUCTION)
    strength = fields.number(_either(body, "strength", "cover_strength"), "strength", 0, 1)
    wish = SongWish(
        verb="cover",
        seed=_seed(body),
        title=fields.text(body, "title", most=_LONGEST_TITLE),
        style=instruction,
        # The more of a cover it is, the less of its source is left.
        audio_weight=1.0 - (0.5 if strength is None else strength),
    )
    return _Commission(wish=wish, source=fields.id_(body, "clip_id"), sound=instruction, model=_model(body))


_TASKS: Mapping[str, Callable[[fields.Body], _Commission]] = {
    "create_music": _create,
    "extend_music": _extend,
    "replace_music": _replace,
    "cover_music": _cover,
    "cover_upload_music": _cover,
}


def _either(body: fields.Body, field: str, legacy: str) -> fields.Body:
    """The body with a field under its name of now."""
    return {**body, field: body[legacy]} if body.get(field) is None and body.get(legacy) is not None else body


def _needed_moment(body: fields.Body, field: str) -> Seconds:
    found = fields.seconds(body, field)
    if found is None:
        raise fields.missing(field)
    return found


def _model(body: fields.Body) -> str:
    return fields.one_of(body, "mv", dict.fromkeys(MODELS)) or MODELS[0]


def _seed(body: fields.Body) -> int:
    """What chance is drawn from: a number in a text, as it is published, or a number."""
    value = body.get("seed")
    if value is None or value == "":
        return secrets.randbelow(_SEEDS)
    digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(digits, str) or not _SEED.fullmatch(digits) or int(digits) >= _SEEDS:
        raise InvalidRequest("seed", "seed", limit=_SEEDS - 1)
    return int(digits)


def standing(job: Job) -> Mapping[str, Any]:
    """How a task stands."""
    status = _STATES[job.state]
    asked, found = orjson.loads(job.shown)["asked"], outcome_of(job.made)
    answer: dict[str, Any] = {"code": 200, "status": status, "message": _MESSAGES.get(status, _REFUNDED)}
    if status == "FAILED" and job.fault is not None and job.fault.code == "deadline":
        answer |= {"message": _TIMEOUT, "type": "timeout"}
    if status == "FAILED" and job.fault is not None and job.fault.text:
        answer |= {"message": job.fault.text}
    clips = found.clips if status == "SUCCESS" else ()
    return {**answer, "data": [dict(_entry(asked, clip)) for clip in clips]}


def _entry(asked: Mapping[str, Any], clip: Clip) -> Iterator[tuple[str, Any]]:
    yield "clip_id", str(clip.id)
    yield "title", asked["title"] or clip.title
    yield "sound", asked["sound"]
    yield "lyrics", clip.lyrics
    yield "audio_url", next((clip.files[suffix] for suffix in _AUDIO if suffix in clip.files), None)
    yield "wav_url", clip.files.get("wav")
    yield "image_url", clip.files.get("jpg")
    yield "video_url", clip.files.get("mp4")
    yield "duration", round(clip.seconds, 2)
    yield "mv", asked["mv"]
    yield "seed", asked["seed"]
    yield "tags", clip.style
