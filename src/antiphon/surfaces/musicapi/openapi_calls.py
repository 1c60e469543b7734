"""What `/openapi.json` says of what is had of clips and around them: `routes` has them in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.surfaces.musicapi.exports import FORMS

_Schema = Mapping[str, Any]

_ERROR = "#/components/schemas/MusicApiError"
_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_ID, _URL = {"type": "string", "format": "uuid"}, {"type": "string", "format": "uri"}
_URL_OR_NULL = {"type": ["string", "null"], "format": "uri"}
_MOMENT = {"type": "number", "minimum": 0}
_CLIP = {"clip_id": _ID}
_HOOK = {"webhook_url": {"type": "string", "maxLength": 1024}, "webhook_secret": {"type": "string", "maxLength": 512}}
_ERRORS = {
    400: "A field is missing or wrong; nothing was charged.",
    401: "The key is missing or wrong.",
    403: "The credits are not enough.",
    429: "Too many requests; `Retry-After` says for how long.",
    503: "It cannot be done now.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """An endpoint.

    Args:
        summary: What it does.
        body: The fields that it takes.
        needed: Those that it needs.
        told: What it answers beside "code" and "message".
        others: Other answers, and why.
    """

    summary: str
    body: _Schema
    needed: tuple[str, ...]
    told: _Schema
    others: Mapping[int, str]


def _object(fields: _Schema, needed: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": list(fields if needed is None else needed), "properties": dict(fields)}


def _list(fields: _Schema) -> dict[str, Any]:
    return {"type": "array", "items": _object(fields)}


def _of_clip(summary: str, data: _Schema, *, body: _Schema = _CLIP, others: Mapping[int, str] | None = None) -> _Call:
    told = {"data": _object(data)}
    return _Call(summary=summary, body={**_CLIP, **body}, needed=("clip_id",), told=told, others=others or {})


def _stems(summary: str) -> _Call:
    return _Call(summary=summary, body={**_CLIP, **_HOOK}, needed=("clip_id",), told={"task_id": _ID}, others={})


_NOTES = _list(
    {"pitch": {"type": "integer", "minimum": 0, "maximum": 127}, "start": _NUMBER, "end": _NUMBER, "velocity": _NUMBER}
)
_WORDS = _list(
    {"word": _TEXT, "success": {"type": "boolean"}, "start_s": _NUMBER, "end_s": _NUMBER, "p_align": _NUMBER}
)
_WAVE = _object(
    {
        "audio_url": _URL,
        "duration": _NUMBER,
        "sample_rate": {"type": "integer"},
        "peaks": {"type": "array", "items": _NUMBER},
    }
)
_RANGE = {"vocal_start_s": _MOMENT, "vocal_end_s": _MOMENT}
_VOCALS = {"vox_audio_id": _ID, "status": _TEXT, "source_clip_id": _ID, **_RANGE, "wave_response": _WAVE}
_PERSONA = {
    "name": {"type": "string", "maxLength": 80},
    **_CLIP,
    "continue_clip_id": _ID,
    "describe": {"type": "string", "maxLength": 200},
    "description": {"type": "string", "maxLength": 200},
    "styles": {"type": "string", "maxLength": 1000},
    "vox_audio_id": _ID,
    **_RANGE,
}

_CALLS: Mapping[str, _Call] = {
    "lyrics": _Call(
        summary="Write lyrics",
        body={"description": {"type": "string", "maxLength": 120}},
        needed=("description",),
        told={"results": _list({"title": _TEXT, "lyrics": _TEXT})},
        others={},
    ),
    "upsample-tags": _Call(
        summary="Say a style in more words",
        body={"tags": {"type": "string", "maxLength": 1000}},
        needed=("tags",),
        told={"data": _object({"upsampled_tags": _TEXT})},
        others={},
    ),
    "persona": _Call(
        summary="Keep who sings in a clip", body=_PERSONA, needed=("name",), told={"persona_id": _ID}, others={}
    ),
    "vox": _of_clip("The vocals of a while", _VOCALS, body=_RANGE),
    "bpm": _of_clip("How fast a clip goes", {"avg_bpm": _NUMBER, "max_bpm": _NUMBER, "min_bpm": _NUMBER}),
    "wav": _of_clip("A clip as WAV", {"wav_url": _URL}),
    "midi": _of_clip("The notes of a clip", {"midi_url": _URL, "instruments": _list({"name": _TEXT, "notes": _NOTES})}),
    "aligned-lyrics": _of_clip(
        "When each word is sung", {"alignment": _WORDS}, others={404: "The clip has no lyrics."}
    ),
    "download": _of_clip(
        "A clip in several forms",
        {**_CLIP, **{f"{form}_url": _URL_OR_NULL for form in FORMS}},
        body={"formats": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(FORMS)}}},
        others={202: "They are being made; ask again, for nothing."},
    ),
    "stems/basic": _stems("Take a clip apart into vocals and instrumental"),
    "stems/full": _stems("Take a clip apart into twelve stems or more"),
}


def call_paths() -> dict[str, Any]:
    """The `paths` of these endpoints."""
    return {f"/api/v1/sonic/{name}": {"post": _operation(name, call)} for name, call in _CALLS.items()}


def _operation(name: str, call: _Call) -> dict[str, Any]:
    told = _object({"code": {"type": "integer"}, "message": _TEXT, **call.told})
    errors = {**_ERRORS, **call.others}
    return {
        "tags": ["MusicAPI"],
        "operationId": "musicapi_" + name.replace("-", "_").replace("/", "_"),
        "summary": call.summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "requestBody": {"required": True, "content": _json(_object(call.body, call.needed))},
        "responses": {
            "200": {"description": "It is there.", "content": _json(told)},
            **{str(code): {"description": text, "content": _json({"$ref": _ERROR})} for code, text in errors.items()},
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
