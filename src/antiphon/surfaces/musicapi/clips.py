"""Clips, as a task's answer shows them. Pure. Source: contracts, MusicAPI §4."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from antiphon.domain.jobs import CANCELLED, Job, JobState
from antiphon.domain.songs import Clip
from antiphon.services.songs import Order, outcome_of

INSTRUMENTAL = "[Instrumental]"
"""What the lyrics of a song without any are."""

MANNER = "sonic"
"""Of tasks that are worded here."""

Pair = Literal["extended", "replaced"]
"""What the new part is called where the whole song is wanted besides."""

Heard = Callable[[str], str | None]
"""Where a clip, by its id, can be heard while it is made; None where it cannot."""

STATES: Mapping[JobState, str] = {
    JobState.PENDING: "pending",
    JobState.RUNNING: "running",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
    JobState.EXPIRED: "failed",
}
"""What a task is, as far as all of its clips are."""

_EVENTS: Mapping[JobState, str] = {JobState.SUCCEEDED: "song.completed", JobState.RUNNING: "song.streaming"}
_TOLD_OF = "suno"
"""What webhooks call the platform, as the published page has it."""

_REFUNDED = "Task failed. Credits were refunded."
_FAULTS: Mapping[str, str] = {
    "deadline": "Task failed due to timeout. Credits were previously refunded.",
    "invalid_request": "Task failed: nothing can be made of its source. Credits were refunded.",
    CANCELLED: "Task was cancelled. Credits were refunded.",
}
_ONE_OF_TWO = "This clip failed. The task is paid for by its other clip."


def promised(order: Order, asked: Mapping[str, Any], *, pair: Pair = "extended") -> Mapping[str, Any]:
    """What is kept beside a job, for the answers about its clips.

    Args:
        order: What it is to make.
        asked: What is said again in each clip: `wish.Wished.asked`.
        pair: What the new part is called, where the order has whole songs besides.
    """
    shown = {"manner": MANNER, "clips": [str(id_) for id_ in order.clips], "asked": asked}
    return {**shown, "joined": [str(id_) for id_ in order.joined], "pair": pair} if order.joined else shown


def nowhere(_clip_id: str) -> None:
    """Of clips that cannot be heard while they are made."""


def answer(job: Job, *, heard: Heard = nowhere) -> Mapping[str, Any]:
    """What a task that has clips is answered with; of one that failed, also why.

    Args:
        job: As it stands.
        heard: Where its clips can be heard while they are made.
    """
    body = {"code": 200, "data": entries(job, heard=heard), "message": "success"}
    return {**body, "error": failure(job)} if STATES[job.state] == "failed" else body


def entries(job: Job, *, heard: Heard = nowhere) -> Sequence[Mapping[str, Any]]:
    """The clips of a task, in the order in which they were promised; pairs where the whole songs are wanted too."""
    shown = orjson.loads(job.shown)
    outcome = outcome_of(job.made)
    clips = {str(clip.id): clip for clip in (*outcome.clips, *outcome.joined)}
    parts = [_entry(job, id_, shown["asked"], clips.get(id_), heard) for id_ in shown["clips"]]
    if not job.state.ended and all(part["state"] == "succeeded" for part in parts):
        # Whoever sees that all have ended asks no more, and goes on with them: not before the task has, too.
        parts[-1] = {**parts[-1], "state": "running"}
    if "joined" not in shown:
        return parts
    wholes = [_whole(job, id_, shown["asked"], clips.get(id_), heard) for id_ in shown["joined"]]
    return [{shown["pair"]: part, "full": whole} for part, whole in zip(parts, wholes, strict=True)]


def failure(job: Job) -> str:
    """Why a task has failed, for its customer."""
    fault = job.fault
    if fault is None:
        return _REFUNDED
    return fault.text or _FAULTS.get(fault.code, _REFUNDED)


def letter(job: Job, *, heard: Heard = nowhere) -> tuple[str, bytes]:
    """What a webhook says of a task as it stands: its event, and its body (contracts, MusicAPI §10)."""
    event = _EVENTS.get(job.state, "song.failed")
    body = {**answer(job, heard=heard), "task_id": str(job.id), "platform": _TOLD_OF, "event": event}
    return event, orjson.dumps(body)


def moment(at: float) -> str:
    """A time in ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole(job: Job, clip_id: str, asked: Mapping[str, Any], clip: Clip | None, heard: Heard) -> object:
    """A whole song; None before it is there, and where the task failed and its part says so."""
    if clip is None and job.state is not JobState.SUCCEEDED:
        return None
    return _entry(job, clip_id, {**asked, "lyrics": ""}, clip, heard)


def _entry(job: Job, clip_id: str, asked: Mapping[str, Any], clip: Clip | None, heard: Heard) -> Mapping[str, Any]:
    state = _state(job, clip)
    files = clip.files if clip else {}
    entry = {
        "clip_id": clip_id,
        "state": state,
        "title": asked["title"] or (clip.title if clip else ""),
        "tags": asked["tags"] or (clip.style if clip else ""),
        "lyrics": asked["lyrics"] or ((clip.lyrics or INSTRUMENTAL) if clip else ""),
        "image_url": files.get("jpg"),
        "audio_url": files.get("mp3") or (heard(clip_id) if state == "running" else None),
        "video_url": files.get("mp4"),
        "created_at": moment(job.created_at),
        "mv": asked["mv"],
        "gpt_description_prompt": asked["gpt_description_prompt"],
        "duration": f"{clip.seconds:.2f}" if clip else None,
        "negative_tags": asked["negative_tags"],
        "style_weight": asked["style_weight"],
        "weirdness_constraint": asked["weirdness_constraint"],
    }
    if state != "failed":
        return entry
    return {**entry, "error_message": _ONE_OF_TWO if job.state is JobState.SUCCEEDED else failure(job)}


def _state(job: Job, clip: Clip | None) -> str:
    """Where a clip is: done before its task is, or missing from a task that has ended all the same."""
    if clip is not None:
        return "succeeded"
    return "failed" if job.state is JobState.SUCCEEDED else STATES[job.state]
