"""What is had of a clip while the client waits: tempo, files, notes, timed lyrics. Source: contracts, MusicAPI §5."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from starlette.types import Receive

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.songs import Clip, SongForm, SungWord
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.desk import Asked, Call, Plan, Studio
from antiphon.surfaces.musicapi.errors import NoLyrics, NotReady
from antiphon.surfaces.musicapi.made_of import clip_of
from antiphon.web.errors import Answer

PROMPT = 20.0
"""Seconds that `download` waits before it says that the files are not ready."""

FORMS: Mapping[str, SongForm] = {"mp3": "mp3", "m4a": "m4a", "wav": "wav"}
"""What can be downloaded."""

_ALIGNED = "aligned"
"""The part of a clip that says that its lyrics were paid for."""

_Locks = MutableMapping[UUID, asyncio.Lock]


async def own(studio: Studio, asked: Asked, field: str = "clip_id") -> Clip:
    """The account's clip that a body names.

    Raises:
        InvalidRequest: "missing"; "unknown_clip": the account has no such clip that is done.
    """
    return await clip_of(studio, asked, field, fields.id_(asked.body, field))


async def bpm(studio: Studio, asked: Asked) -> Call:
    """How fast a clip goes."""
    tempo = (await own(studio, asked)).tempo
    # Of a recording the three were heard apart from each other.
    found = {"avg_bpm": min(max(tempo.mean, tempo.low), tempo.high), "max_bpm": tempo.high, "min_bpm": tempo.low}
    data = {name: round(value, 1) for name, value in found.items()}

    async def work() -> Mapping[str, Any]:
        return success(data)

    return Call(price="sonic/bpm", work=work)


async def wav(studio: Studio, asked: Asked) -> Call:
    """A clip as WAV."""
    clip = await own(studio, asked)

    async def work() -> Mapping[str, Any]:
        files = await studio.exports.files(asked.key.account_id, clip, ["wav"])
        return success({"wav_url": files["wav"]})

    return Call(price="sonic/wav", work=work)


async def midi(studio: Studio, asked: Asked) -> Call:
    """A clip's notes."""
    clip = await own(studio, asked)

    async def work() -> Mapping[str, Any]:
        url, parts = await studio.exports.score(asked.key.account_id, clip)
        return success({"midi_url": url, "instruments": orjson.Fragment(parts)})

    return Call(price="sonic/midi", work=work)


def aligned_lyrics() -> Callable[[Studio, Asked], Awaitable[Plan]]:
    """What asks when each word of a clip is sung. It is paid for once."""
    locks: _Locks = weakref.WeakValueDictionary()

    async def plan(studio: Studio, asked: Asked) -> Plan:
        clip, account_id = await own(studio, asked), asked.key.account_id
        if not clip.lyrics:
            raise NoLyrics

        async def work() -> Mapping[str, Any]:
            words = await studio.exports.words(account_id, clip)
            if not words:
                raise NoLyrics
            # Ahead of the payment: whoever leaves in between does not pay twice.
            await studio.clips.memories.keep(account_id, clip.id, _ALIGNED, b"{}")
            return success({"alignment": alignment(words)})

        call = Call(price="sonic/aligned-lyrics", work=work)
        return _Once(call=call, clip=clip.id, lock=locks.setdefault(clip.id, asyncio.Lock()))

    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Once:
    """What is paid for once: who asks for it again, be it while the first still waits, has it for nothing.

    Args:
        call: What is done. Its price has the option "again".
        clip: Of which clip.
        lock: So that those who ask for it here come one after the other.
    """

    call: Call
    clip: UUID
    lock: asyncio.Lock

    async def carried_out(self, studio: Studio, asked: Asked, receive: Receive) -> Answer:
        """Do it; see `Plan`."""
        async with self.lock:
            paid = await _was_aligned(studio, asked.key.account_id, self.clip)
            call = replace(self.call, option="again") if paid else self.call
            return await call.carried_out(studio, asked, receive)


def download(*, prompt: float = PROMPT) -> Callable[[Studio, Asked], Awaitable[Call]]:
    """What asks for a clip in several forms.

    Args:
        prompt: Seconds that are waited for them.
    """

    async def plan(studio: Studio, asked: Asked) -> Call:
        clip, forms = await own(studio, asked), _forms(asked.body)
        return Call(
            price="sonic/download", work=partial(_downloaded, studio, asked.key.account_id, clip, forms, prompt)
        )

    return plan


async def _downloaded(
    studio: Studio, account_id: UUID, clip: Clip, forms: Sequence[SongForm], prompt: float
) -> Mapping[str, Any]:
    """Where the files are.

    Raises:
        NotReady: They are being made, and will be there if the client asks again.
    """
    try:
        async with asyncio.timeout(prompt):
            files = await studio.exports.files(account_id, clip, forms)
    except TimeoutError:
        raise NotReady from None
    return success({"clip_id": str(clip.id), **{f"{form}_url": files.get(form) for form in FORMS.values()}})


def alignment(words: Sequence[SungWord]) -> Sequence[Mapping[str, Any]]:
    """Words in their time. Each has what stands before it: its section's tag, the end of a line, or a space."""
    found = []
    section, line = ("", 0), None
    for word in words:
        between = "" if line is None else "\n" if word.line != line else " "
        if word.section and (word.section, word.place) != section:
            between = f"{between}\n[{word.section}]\n" if between else f"[{word.section}]\n"
        section, line = (word.section, word.place), word.line
        times = {"start_s": round(word.start, 3), "end_s": round(word.end, 3)}
        found.append({"word": f"{between}{word.text}", "success": True, **times, "p_align": 1.0})
    return found


def success(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The envelope of what was asked for."""
    return {"code": 200, "message": "success", "data": data}


async def _was_aligned(studio: Studio, account_id: UUID, clip_id: UUID) -> bool:
    try:
        await studio.clips.memories.recall(account_id, clip_id, _ALIGNED)
    except NotFound:
        return False
    return True


def _forms(body: fields.Body) -> Sequence[SongForm]:
    """Which forms are wanted: all, where none is named."""
    wanted = body.get("formats")
    if wanted is None:
        return tuple(FORMS.values())
    if not isinstance(wanted, list) or not wanted or not all(each in tuple(FORMS) for each in wanted):
        raise InvalidRequest("formats", "formats", allowed=", ".join(FORMS))
    return tuple(FORMS[each] for each in dict.fromkeys(wanted))
