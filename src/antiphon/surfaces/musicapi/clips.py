"""Clips, as a task's answer shows them. Pure. Source: contracts, MusicAPI §4."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from antiphon.domain.jobs import Job, JobState
from antiphon.services.songs import Clip, clips_of

INSTRUMENTAL = "[Instrumental]"
"""What the lyrics of a song without any are."""

_STATES = {
    JobState.PENDING: "pending",
    JobState.RUNNING: "running",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
    JobState.EXPIRED: "failed",
}
_REFUNDED = "Task failed. Credits were refunded."


def entries(job: Job) -> Sequence[Mapping[str, Any]]:
    """The clips of a task, in the order in which they were promised."""
    shown = orjson.loads(job.shown)
    made = {str(clip.id): clip for clip in clips_of(job.made)}
    return [_entry(job, clip_id, shown["asked"], made.get(clip_id)) for clip_id in shown["clips"]]


def _entry(job: Job, clip_id: str, asked: Mapping[str, Any], clip: Clip | None) -> Mapping[str, Any]:
    entry = {
        "clip_id": clip_id,
        "state": _STATES[job.state],
        "title": asked["title"] or (clip.title if clip else ""),
        "tags": asked["tags"] or (clip.style if clip else ""),
        "lyrics": asked["lyrics"] or ((clip.lyrics or INSTRUMENTAL) if clip else ""),
        "image_url": None,
        "audio_url": clip.audio if clip else None,
        "video_url": None,
        "created_at": moment(job.created_at),
        "mv": asked["mv"],
        "gpt_description_prompt": asked["gpt_description_prompt"],
        "duration": f"{clip.seconds:.2f}" if clip else None,
        "negative_tags": asked["negative_tags"],
        "style_weight": asked["style_weight"],
        "weirdness_constraint": asked["weirdness_constraint"],
    }
    return {**entry, "error_message": _REFUNDED} if entry["state"] == "failed" else entry


def answer(job: Job) -> Mapping[str, Any]:
    """What a task that has clips is answered with."""
    return {"code": 200, "data": entries(job), "message": "success"}


def letter(job: Job) -> tuple[str, bytes]:
    """What a webhook says of a task that has ended: its event, and its body (contracts, MusicAPI §10)."""
    event = "song.completed" if job.state is JobState.SUCCEEDED else "song.failed"
    body = {**answer(job), "task_id": str(job.id), "platform": "suno", "event": event}
    return event, orjson.dumps(body)


def moment(at: float) -> str:
    """A time in ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
