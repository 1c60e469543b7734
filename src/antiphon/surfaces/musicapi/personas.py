"""Who sings in a clip: its vocals by themselves, and a persona of them. Source: contracts, MusicAPI §5.4 and §5.7."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.songs import Clip
from antiphon.domain.units import Seconds
from antiphon.services.clips import Persona
from antiphon.services.exports import SUNG, Excerpt
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.desk import Asked, Call, Studio
from antiphon.surfaces.musicapi.exports import own, success

LONGEST = Seconds(30.0)
SHORTEST = Seconds(0.1)
"""Of vocals that are had by themselves."""

_NAME, _DESCRIPTION, _STYLES = 80, 200, 1000
_NONE = Seconds(0.0)


async def vox(studio: Studio, asked: Asked) -> Call:
    """The vocals of a while of a clip."""
    clip = await own(studio, asked)
    start, end = _range(asked.body, clip)
    _check_voice(studio, clip)

    async def work() -> Mapping[str, Any]:
        found = await studio.exports.vocals(asked.key.account_id, clip, start=start, end=end)
        return success(_shown(found))

    return Call(price="sonic/vox", work=work)


async def persona(studio: Studio, asked: Asked) -> Call:
    """Somebody who sings as somebody does in a clip. Both of the published forms of the body are read."""
    body, account_id = asked.body, asked.key.account_id
    source = "clip_id" if body.get("clip_id") is not None else "continue_clip_id"
    name = fields.text(body, "name", most=_NAME)
    if not name.strip() or body.get(source) is None:
        raise InvalidRequest("persona")
    for field in ("description", "describe"):
        fields.text(body, field, most=_DESCRIPTION)
    styles = fields.text(body, "styles", most=_STYLES)
    studio.moderator.description(styles)
    clip = await own(studio, asked, source)
    await _check_vocals(studio, asked, clip)
    score = await _score(studio, account_id, clip, source)

    async def work() -> Mapping[str, Any]:
        try:
            async with studio.turns.turn(account_id):
                singer = await studio.maker.singer(score)
        except InvalidRequest as failure:
            raise InvalidRequest(failure.reason, source) from None
        persona_id = studio.clips.new_id()
        await studio.clips.introduce(account_id, persona_id, Persona(name=name, style=styles or clip.style), singer)
        return {"code": 200, "persona_id": str(persona_id), "message": "success"}

    return Call(price="sonic/persona", work=work)


def _check_voice(studio: Studio, clip: Clip) -> None:
    """See to it that there may be vocals in a clip. Whether somebody sings in a recording is found out by listening.

    Raises:
        InvalidRequest: "no_voice"; "no_listener": nobody can.
    """
    if (clip.stem and SUNG not in clip.stem) or (clip.origin != "uploaded" and not clip.lyrics):
        raise InvalidRequest("no_voice", "clip_id")
    if clip.origin == "uploaded":
        studio.recordings.check()


async def _check_vocals(studio: Studio, asked: Asked, clip: Clip) -> None:
    """See to it that the vocals that are named, if any are, are the clip's, and of the while that is named.

    Raises:
        InvalidRequest: "unknown_vocals", "other_vocals".
    """
    body = asked.body
    if body.get("vox_audio_id") is None:
        return
    id_ = fields.id_(body, "vox_audio_id", unknown="unknown_vocals")
    try:
        found = await studio.exports.excerpt(asked.key.account_id, id_)
    except NotFound:
        raise InvalidRequest("unknown_vocals", "vox_audio_id") from None
    start, end = _range(body, clip)
    if (found.clip, found.start, found.end) != (clip.id, start, end):
        raise InvalidRequest("other_vocals", "vox_audio_id")


async def _score(studio: Studio, account_id: UUID, clip: Clip, field: str) -> bytes:
    try:
        return await studio.clips.score(account_id, clip.id)
    except NotFound:
        raise InvalidRequest("unknown_clip", field) from None


def _range(body: fields.Body, clip: Clip) -> tuple[Seconds, Seconds]:
    """From where to where: as far as may be, where that is left out; never beyond the clip's end."""
    start = fields.seconds(body, "vocal_start_s") or _NONE
    if start >= clip.seconds:
        raise InvalidRequest("out_of_range", "vocal_start_s", low=0, high=clip.seconds)
    end = fields.seconds(body, "vocal_end_s")
    if end is None:
        end = Seconds(start + LONGEST)
    if end <= start:
        raise InvalidRequest("not_after", "vocal_end_s", other="vocal_start_s")
    if end - start > LONGEST:
        raise InvalidRequest("too_wide", "vocal_end_s", other="vocal_start_s", limit=LONGEST)
    end = Seconds(min(end, clip.seconds))
    # Of less there is nothing to be heard, though it would be paid for.
    if end - start < SHORTEST:
        raise InvalidRequest("too_narrow", "vocal_end_s", other="vocal_start_s", limit=SHORTEST)
    return start, end


def _shown(found: Excerpt) -> Mapping[str, Any]:
    wave = {
        "audio_url": found.url,
        "duration": round(found.seconds, 3),
        "sample_rate": found.rate,
        "peaks": found.peaks,
    }
    return {
        "vox_audio_id": str(found.id),
        "status": "complete",
        "source_clip_id": str(found.clip),
        "vocal_start_s": round(found.start, 3),
        "vocal_end_s": round(found.end, 3),
        "wave_response": wave,
    }
