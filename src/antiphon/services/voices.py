"""Voices that clients make from clips: measured, kept, and measured again.

What is made is a likeness in four numbers, not a copy. The clip is kept beside it, under no address that is served, as
long as the voice is there.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import Conflict, InvalidRequest, NotFound, TooLarge, Unavailable
from antiphon.domain.keys import ApiKey
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Seconds
from antiphon.domain.voices import ClonedVoice
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.blobs import Blobs
from antiphon.store.ports_projects import VoiceStore

LARGEST_CLIP = 10 * 1024 * 1024
"""Bytes. Source: contracts, Soniox §4 (10 MB)."""

MOST_VOICES = 100
"""Of a project. With `LARGEST_CLIP` it bounds what one can fill."""

_CLIPS_AT_ONCE = 8
"""So many are in memory; others wait where they are."""

_FOLDER = "voices"
_LONGEST_FILENAME = 255
_NAMELESS = "clip"
_LEFT_BEHIND = Seconds(3600.0)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME_BITS_AT = 80  # Of a version-7 id: above them it is milliseconds.


class Ear(Protocol):
    """Measures speakers."""

    async def measure(self, clip: bytes) -> Likeness | ClipFault:
        """What a clip tells of its speaker, or why it tells nothing.

        Raises:
            Unavailable: It cannot be measured now.
        """


class Voices:
    """The use case of cloned voices. What belongs to another project looks as if it were not there.

    Every method raises `Unavailable` where the store or the ear fails.

    Args:
        store: Where voices are kept.
        blobs: Where their clips are.
        ear: Measures them.
        clock: Tells the time.
        entropy: Gives that many random bytes.
    """

    def __init__(
        self, *, store: VoiceStore, blobs: Blobs, ear: Ear, clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._ear = ear
        self._clock = clock
        self._entropy = entropy
        self._hearing = asyncio.Semaphore(_CLIPS_AT_ONCE)
        self._adding = asyncio.Lock()

    async def create(self, key: ApiKey, *, name: str, filename: str, clip: AsyncIterator[bytes]) -> ClonedVoice:
        """Make a voice. One whose clip cannot be measured is made all the same, and says why.

        Args:
            key: Whose it will be, and in which project.
            name: Unique in the project.
            filename: As the client named the clip.
            clip: The file, of any kind. It is not read before it is wanted.

        Raises:
            Conflict: "voice_name": the name is taken; "voice_limit": there are too many.
            TooLarge: The clip is larger than `LARGEST_CLIP`.
            InvalidRequest: "empty": the clip has no bytes.
        """
        await self._check_room(key.project_id, name)
        async with self._hearing:
            content = await _whole(clip)
            heard = await self._ear.measure(content)
            now = self._clock.now()
            id_ = uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))
            voice = ClonedVoice(
                id=id_,
                account_id=key.account_id,
                project_id=key.project_id,
                name=name,
                filename=_plain(filename),
                created_at=now,
                clip=f"{_folder(key.project_id, id_)}/clip",
            )
            voice = _after(voice, heard)
            await self._keep(voice, content)
        return voice

    async def list(self, project_id: UUID, *, after: UUID | None = None, most: int) -> Sequence[ClonedVoice]:
        """A project's voices, oldest first, from the one after `after` on."""
        return await self._store.voices_of(project_id, after=after, most=most)

    async def count(self, project_id: UUID) -> int:
        """How many voices a project has."""
        return await self._store.count_voices(project_id)

    async def get(self, project_id: UUID, voice_id: UUID) -> ClonedVoice:
        """A voice.

        Raises:
            NotFound: "unknown_voice".
        """
        return _there(await self._store.voice(project_id, voice_id))

    async def likeness(self, project_id: UUID, voice_id: UUID) -> Likeness:
        """What a voice is to sound like.

        Raises:
            NotFound: "unknown_voice".
            InvalidRequest: "voice_not_ready": nothing could be measured in its clip.
        """
        voice = await self.get(project_id, voice_id)
        if voice.likeness is None:
            raise InvalidRequest("voice_not_ready", "voice", voice=str(voice_id), fault=voice.fault)
        return voice.likeness

    async def recompute(self, project_id: UUID, voice_id: UUID) -> ClonedVoice:
        """Measure a voice's clip once more; one that is ready stays as it is, so that it never sounds different.

        Raises:
            NotFound: "unknown_voice".
        """
        voice = await self.get(project_id, voice_id)
        if voice.likeness is not None:
            return voice
        async with self._hearing:
            blob = await self._blobs.open(voice.clip)
            heard = await self._ear.measure(await _whole(blob.read(0, blob.size)))
        voice = _after(voice, heard)
        if not await self._store.remeasure_voice(voice):
            raise NotFound("unknown_voice")
        return voice

    async def delete(self, project_id: UUID, voice_id: UUID) -> None:
        """Take a voice away, its clip first: whoever asks again after a failure finds the voice until both are gone.

        Raises:
            NotFound: "unknown_voice".
        """
        await self.get(project_id, voice_id)
        await self._blobs.remove(_folder(project_id, voice_id))
        _there(await self._store.remove_voice(project_id, voice_id))

    async def tidy(self) -> int:
        """Delete clips that a killed server left without a voice; how many. For the start.

        What is younger than an hour may belong to a voice that another server is making, and stays.
        """
        newest = int((self._clock.now() - _LEFT_BEHIND) * 1000)
        left = [folder async for folder in self._left_behind(newest)]
        for folder in left:
            await self._blobs.remove(folder)
        return len(left)

    async def _left_behind(self, newest: int) -> AsyncIterator[str]:
        for project in await self._blobs.folders(_FOLDER):
            for voice in await self._blobs.folders(f"{_FOLDER}/{project}"):
                if not (_ID.fullmatch(project) and _ID.fullmatch(voice)):
                    continue
                project_id, voice_id = UUID(project), UUID(voice)
                old = voice_id.int >> _TIME_BITS_AT < newest
                if old and await self._store.voice(project_id, voice_id) is None:
                    yield _folder(project_id, voice_id)

    async def _check_room(self, project_id: UUID, name: str) -> None:
        """Refuse before anything is read or measured what would be refused in the end."""
        voices = await self._store.voices_of(project_id, most=MOST_VOICES)
        if any(voice.name == name for voice in voices):
            raise Conflict("voice_name")
        if len(voices) >= MOST_VOICES:
            raise Conflict("voice_limit")

    async def _keep(self, voice: ClonedVoice, content: bytes) -> None:
        """Write the clip, then the voice; without the voice there is no clip either."""
        kept = False
        try:
            await self._blobs.put(voice.clip, _once(content))
            async with self._adding:
                await self._check_room(voice.project_id, voice.name)
                kept = await self._store.add_voice(voice)
            if not kept:
                raise Conflict("voice_name")
        finally:
            if not kept:
                with contextlib.suppress(Unavailable):  # `tidy` finds it.
                    await self._blobs.remove(_folder(voice.project_id, voice.id))


def _folder(project_id: UUID, voice_id: UUID) -> str:
    return f"{_FOLDER}/{project_id}/{voice_id}"


def _after(voice: ClonedVoice, heard: Likeness | ClipFault) -> ClonedVoice:
    """The voice with what was heard in its clip."""
    if isinstance(heard, ClipFault):
        return replace(voice, likeness=None, fault=heard.value)
    return replace(voice, likeness=heard, fault="")


def _there(voice: ClonedVoice | None) -> ClonedVoice:
    if voice is None:
        raise NotFound("unknown_voice")
    return voice


def _plain(filename: str) -> str:
    """A file's name without folders and without what does not show."""
    name = re.split(r"[/\\]", filename)[-1]
    return "".join(filter(str.isprintable, name))[:_LONGEST_FILENAME].strip() or _NAMELESS


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_CLIP:
            raise TooLarge("clip", "file", limit=LARGEST_CLIP)
    if not content:
        raise InvalidRequest("empty", "file")
    return bytes(content)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
