"""What is told of jobs: what came of them, how they stand, why they failed. Source: contracts, Sonna §1.10."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from antiphon.domain.jobs import CANCELLED, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.services import films, pictures, tracks
from antiphon.services.shelf import Kept
from antiphon.surfaces.sonna.numbers import credits_exactly, moment, whole_credits
from antiphon.web.errors import Answer, Headers, json_answer

KINDS = frozenset({pictures.KIND, films.KIND, tracks.KIND})
"""The kinds of jobs that are asked after here."""

_STATUS = {
    JobState.PENDING: "queued",
    JobState.RUNNING: "processing",
    JobState.SUCCEEDED: "succeeded",
}
"""All others are "failed"."""

_MIME = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "mp4": "video/mp4"}

_BUSY = (503, "PROVIDER_BUSY", "The provider is over capacity. Nothing was charged.")
_FAULTS: Mapping[str, tuple[int, str, str]] = {
    "invalid_request": (422, "VALIDATION_ERROR", "This cannot be made. Nothing was charged."),
    CANCELLED: (409, "CANCELLED", "It was cancelled. Nothing was charged."),
    "internal": (500, "INTERNAL_ERROR", "The server had an error. You can try again."),
}
_PAUSE = 5


def accepted(job_id: UUID, *, running: bool = False) -> Answer:
    """It takes its time."""
    body = {
        "success": True,
        "jobId": str(job_id),
        "status": "processing" if running else "queued",
        "pollUrl": f"/api/generate/{job_id}",
    }
    return json_answer(202, orjson.dumps(body), [])


def made(job: Job, available: MilliCredits, more: Headers) -> Answer:
    """What came of a job that has succeeded, for a client that waited.

    Args:
        job: It.
        available: What can be spent now.
        more: Headers.
    """
    body = {"success": True, **_named(job), **_result(job, available)}
    return json_answer(200, orjson.dumps(body), more)


def failed(fault: Fault, job_id: UUID, *, request_id: str) -> Answer:
    """Why a job failed, for a client that waited."""
    status, code, text = _told(fault)
    again: dict[str, Any] = {"retryAfter": _PAUSE} if status == _BUSY[0] else {}
    body = {"success": False, "error": text, "code": code, **again, "jobId": str(job_id), "requestId": request_id}
    headers = [(b"retry-after", str(_PAUSE).encode())] if again else []
    return json_answer(status, orjson.dumps(body), headers)


def standing(job: Job, available: MilliCredits) -> Mapping[str, Any]:
    """How a job stands."""
    body: dict[str, Any] = {
        "success": True,
        **_named(job),
        "status": _STATUS.get(job.state, "failed"),
        "progress": round(job.progress, 3),
        "createdAt": moment(job.created_at),
    }
    if job.state is JobState.SUCCEEDED:
        return {**body, **_result(job, available)}
    if job.state.ended:
        _, code, text = _told(job.fault or Fault(code="deadline"))
        return {**body, "error": text, "code": code}
    return body


def status_of_fault(fault: Fault) -> int:
    """The HTTP status of a fault, for the request log."""
    return _told(fault)[0]


def _told(fault: Fault) -> tuple[int, str, str]:
    """Status, code and text."""
    return _FAULTS.get(fault.code, _BUSY)


def _named(job: Job) -> dict[str, Any]:
    shown = orjson.loads(job.shown)
    return {"jobId": str(job.id), "type": shown["type"], "model": shown["model"], "seed": shown["seed"]}


def _result(job: Job, available: MilliCredits) -> dict[str, Any]:
    match job.kind:
        case pictures.KIND:
            result, files = _pictures(pictures.OUTCOMES.validate_json(job.made))
        case tracks.KIND:
            result, files = _tracks(tracks.OUTCOMES.validate_json(job.made))
        case _:
            result, files = _film(films.OUTCOMES.validate_json(job.made))
    ends = [file.expires_at for file in files if file.expires_at is not None]
    return {
        **result,
        "remainingCredits": whole_credits(available),
        "creditsCharged": credits_exactly(job.price),
        "projectCreated": not ends,
        "expiresAt": moment(min(ends)) if ends else None,
    }


def _pictures(outcome: pictures.Outcome) -> tuple[dict[str, Any], Iterable[Kept]]:
    images = [
        {
            "url": one.file.url,
            "width": one.width,
            "height": one.height,
            "mimeType": _mime(one.file),
            **_unwritten(one.unwritten),
            **_in_library(one.item),
        }
        for one in outcome.pictures
    ]
    return {"imageUrl": images[0]["url"], "images": images}, [one.file for one in outcome.pictures]


def _tracks(outcome: tracks.Outcome) -> tuple[dict[str, Any], Iterable[Kept]]:
    takes = [
        {
            "audioUrl": one.audio.url,
            "imageUrl": None if one.cover is None else one.cover.url,
            "title": one.title,
            "durationSeconds": round(one.seconds, 3),
            "lyrics": one.lyrics,
            **_in_library(one.item),
        }
        for one in outcome.tracks
    ]
    files = [file for one in outcome.tracks for file in (one.audio, one.cover) if file is not None]
    return {"audioUrl": takes[0]["audioUrl"], "tracks": takes}, files


def _film(outcome: films.Outcome) -> tuple[dict[str, Any], Iterable[Kept]]:
    film = {
        "videoUrl": outcome.file.url,
        "width": outcome.width,
        "height": outcome.height,
        "durationSeconds": outcome.seconds,
        "mimeType": _mime(outcome.file),
        **_unwritten(outcome.unwritten),
        **_in_library(outcome.item),
    }
    return film, [outcome.file]


def _mime(file: Kept) -> str:
    return _MIME[file.url.rpartition(".")[2]]


def _unwritten(letters: str) -> dict[str, str]:
    return {"unwrittenText": letters} if letters else {}


def _in_library(item: UUID | None) -> dict[str, str]:
    return {} if item is None else {"libraryId": str(item)}
