"""Recordings that were not made here: taken in, gone on with, covered, and heard for a voice.

Source: contracts, MusicAPI §5.2, §5.3 and §5.5; that a file can be sent instead of a URL is ours.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest, TooLarge
from antiphon.domain.heard import LARGEST_RECORDING, LONGEST_RECORDING
from antiphon.domain.jobs import Job, JobState
from antiphon.domain.songs import Clip, SongVerb, SongWish
from antiphon.domain.units import Seconds
from antiphon.kit.http import Refused, target
from antiphon.services.recordings import Told
from antiphon.services.songs import Order, Recording
from antiphon.services.uploads import AUDITION, UPLOAD, Errand, auditioned, packed
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.clips import MANNER, STATES, answer, failure, promised
from antiphon.surfaces.musicapi.desk import Asked, Call, File, Plan, Reading, Sent, Studio, Task, json_body, song
from antiphon.surfaces.musicapi.fields import Body
from antiphon.surfaces.musicapi.wish import echoed, wished
from antiphon.web.body import header
from antiphon.web.uploads import body_of, chunks, kept, read_form

KINDS = frozenset({UPLOAD, AUDITION})
"""Of jobs that are worded here."""

_AROUND = 64 * 1024
"""Bytes of a form beside its file."""
_FILE = "file"
_NAME = 80
_NAMELESS = "Voice"
_CLIPS = 2
_NOTHING = SongWish(verb="transcribe", seed=0)


async def upload(studio: Studio, asked: Asked) -> Plan:
    """A recording as a clip: while the client waits, or with `callback_url` as a task.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
    """
    callback = fields.hook_of(asked.body, "callback_url")
    if asked.file is not None:
        if callback is not None:
            raise InvalidRequest("callback_file", "callback_url")
        studio.recordings.check()
        clip_id, file = studio.clips.new_id(), asked.file
        return _call(partial(studio.recordings.sent, asked.key.account_id, clip_id, file.path, name=file.name))
    recording = source_of(studio, asked.body)
    if callback is None:
        return _call(partial(studio.recordings.fetched, asked.key.account_id, recording))
    errand = Errand(recording=recording, route=asked.route, hook=studio.hook(callback))
    shown = {"manner": MANNER, "clips": [str(recording.id)], "asked": echoed(_NOTHING, fields.NO_MODEL)}
    return Task(price="sonic/upload", asked=packed(errand), shown=shown, kind=UPLOAD)


async def upload_extend(studio: Studio, asked: Asked) -> Task:
    """How a recording goes on, and with `auto_concat` the whole of it besides.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    at = fields.seconds(asked.body, "continue_at", longest=LONGEST_RECORDING)
    whole = fields.flag(asked.body, "auto_concat") or False
    return _song(studio, asked, "extend", price="sonic/upload-extend", at=at, joined=_CLIPS if whole else 0)


async def upload_cover(studio: Studio, asked: Asked) -> Task:
    """A recording in another style.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
        Moderated: It asks for what is not made here.
    """
    return _song(studio, asked, "cover", price="sonic/upload-cover")


async def create_voice(studio: Studio, asked: Asked) -> Task:
    """Somebody who sings like who speaks in a recording: a persona.

    Raises:
        InvalidRequest: The first thing that is wrong with it.
    """
    field = "audio_url" if asked.body.get("audio_url") is not None else "url"
    recording = _recording(studio, asked.body, field)
    name = fields.text(asked.body, "name", most=_NAME).strip() or _NAMELESS
    hook = studio.hook(fields.hook_of(asked.body))
    errand = Errand(recording=recording, name=name, route=asked.route, hook=hook)
    shown = {"manner": MANNER, "name": name}
    return Task(price="sonic/create-voice", asked=packed(errand), shown=shown, kind=AUDITION)


def source_of(studio: Studio, body: Body) -> Recording:
    """The recording that a song is made of.

    Raises:
        InvalidRequest: "missing"; "recording_url": there can be nothing at such a URL; "no_listener".
    """
    recording = _recording(studio, body, "url")
    studio.recordings.check()
    return recording


def _recording(studio: Studio, body: Body, field: str) -> Recording:
    url = fields.required(body, field)
    try:
        target(url)
    except Refused:
        raise InvalidRequest("recording_url", field) from None
    return Recording(id=studio.clips.new_id(), url=url)


def ready(job: Job) -> bool:
    """Whether there is anything to be told of a task: of an audition only what came of it."""
    return job.state.ended if job.kind == AUDITION else job.state is not JobState.PENDING


def standing(job: Job) -> Mapping[str, Any]:
    """What an upload or an audition is answered with."""
    told = answer(job) if job.kind == UPLOAD else _auditioned(job)
    return {**told, "clip_id": _clip_id(job)} if job.kind == UPLOAD else told


def letter(job: Job) -> tuple[str, bytes]:
    """What is told of the end of an upload, or of an audition: its event and its body. The words are ours."""
    done = job.state is JobState.SUCCEEDED
    body = _called_back(job) if job.kind == UPLOAD else standing(job)
    return f"{job.kind}.{'completed' if done else 'failed'}", orjson.dumps({**body, "task_id": str(job.id)})


@contextlib.asynccontextmanager
async def recorded(scope: Scope, receive: Receive) -> AsyncIterator[Sent]:
    """A body that names a recording, as JSON, or is one: a form with a file, or the file alone; see `desk.Reading`."""
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        reading: Reading = _form
    else:
        reading = _bare if kind.startswith("audio/") or kind == "application/octet-stream" else json_body
    try:
        async with reading(scope, receive) as sent:
            yield sent
    except TooLarge as failure:
        raise InvalidRequest("recording_too_large", limit=LARGEST_RECORDING // 1024**2) from failure


@contextlib.asynccontextmanager
async def _form(scope: Scope, receive: Receive) -> AsyncIterator[Sent]:
    async with read_form(scope, receive, most=LARGEST_RECORDING + _AROUND) as form:
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        file = form.get(_FILE)
        if not isinstance(file, UploadFile):
            yield Sent(body=texts)
            return
        async with kept(chunks(file)) as (path, digest):
            yield Sent(body={**texts, "sha256": digest}, file=File(path=path, name=file.filename or ""))


@contextlib.asynccontextmanager
async def _bare(scope: Scope, receive: Receive) -> AsyncIterator[Sent]:
    async with kept(body_of(scope, receive, most=LARGEST_RECORDING)) as (path, digest):
        yield Sent(body={"sha256": digest}, file=File(path=path))


def _song(
    studio: Studio, asked: Asked, verb: SongVerb, *, price: str, at: Seconds | None = None, joined: int = 0
) -> Task:
    """What is made of a recording that is fetched first."""
    recording = source_of(studio, asked.body)
    wanted = wished(asked.body, verb)
    hook = fields.hook_of(asked.body)
    studio.moderator.check(wanted.wish)
    order = Order(
        wish=replace(wanted.wish, at=at),
        clips=tuple(studio.clips.new_id() for _ in range(_CLIPS)),
        joined=tuple(studio.clips.new_id() for _ in range(joined)),
        sources=(recording.id,),
        recording=recording,
        route=asked.route,
        model=wanted.model.name,
        hook=studio.hook(hook),
    )
    return song(price, order, promised(order, wanted.asked))


def _call(take: Callable[[Told], Awaitable[Clip]]) -> Call:
    async def work() -> Mapping[str, Any]:
        return _uploaded(str((await take(_untold)).id))

    return Call(price="sonic/upload", work=work)


def _untold(_stage: str, _share: float) -> None:
    """Nobody asks how far it is."""


def _uploaded(clip_id: str) -> dict[str, Any]:
    return {"code": 200, "clip_id": clip_id, "message": "success"}


def _clip_id(job: Job) -> str:
    return str(orjson.loads(job.shown)["clips"][0])


def _called_back(job: Job) -> Mapping[str, Any]:
    """What an upload would have been answered with, had the client waited."""
    if job.state is JobState.SUCCEEDED:
        return _uploaded(_clip_id(job))
    invalid = job.fault is not None and job.fault.code == InvalidRequest.code
    return {"type": "validation_error" if invalid else "server_error", "error": failure(job)}


def _auditioned(job: Job) -> Mapping[str, Any]:
    if job.state is JobState.SUCCEEDED:
        made = auditioned(job.made)
        data = {"persona_id": str(made.persona_id), "name": made.name, "state": "succeeded"}
        return {"code": 200, "data": data, "message": "success"}
    told, name = failure(job), orjson.loads(job.shown)["name"]
    lost = {"persona_id": None, "name": name, "state": STATES[job.state], "error_message": told}
    return {"code": 200, "data": lost, "message": "success", "error": told}
