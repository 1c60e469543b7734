"""Recordings of strangers: fetched or sent, heard, and kept as clips of which songs can be made.

What is kept is not the file that came, but what was heard in it: a score, and its sound encoded anew.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.heard import LARGEST_RECORDING, Heard, HearingFault, Wanted
from antiphon.domain.ports import COPY, Listener, SongMaker
from antiphon.domain.songs import Clip, SongMade, SongWish
from antiphon.domain.units import Seconds
from antiphon.kit.clock import Clock
from antiphon.kit.http import Client, Refused, Unreachable
from antiphon.services.clips import Clips
from antiphon.services.scratch import scratch
from antiphon.services.songs import Recording
from antiphon.services.turns import Turns
from antiphon.services.work import Tell

SHORTEST = Seconds(6.0)
"""Source: contracts, MusicAPI §5.2."""

_FETCHED_WITHIN = 60.0
_FETCHED_AT_ONCE, _HEARD_AT_ONCE = 4, 2
"""So many are in memory, accounts in turn; others wait where they are. A slow server keeps nobody from being heard."""
_WANTED = Wanted(copy=True)
_SEEDS = 2**31
_LONGEST_TITLE = 80
_NAMELESS = "Recording"

Told = Callable[[str, float], None]
"""Called with the name of a stage and how much of the whole is done, 0 to 1."""


class Recordings:
    """The use case of taking in recordings.

    Args:
        maker: Takes down what was heard.
        listener: Hears them; None where nobody can.
        clips: Where they are kept.
        http: Fetches them.
        clock: Tells the time.
    """

    def __init__(
        self, *, maker: SongMaker, listener: Listener | None, clips: Clips, http: Client, clock: Clock
    ) -> None:
        self.maker = maker
        self.clips = clips
        self._listener = listener
        self._http = http
        self._clock = clock
        self._fetching = Turns(_FETCHED_AT_ONCE, most=None)
        self._hearing = Turns(_HEARD_AT_ONCE, most=None)

    def check(self) -> Listener:
        """Who hears them. Asked beforehand, nothing is paid for what cannot be done.

        Raises:
            InvalidRequest: "no_listener": nobody does.
        """
        if self._listener is None:
            raise InvalidRequest("no_listener")
        return self._listener

    async def close(self) -> None:
        """Let go of connections, and of the listener."""
        await self._http.close()
        if self._listener is not None:
            await self._listener.close()

    async def fetch(self, account_id: UUID, recording: Recording, tell: Tell) -> None:
        """Fetch a recording and remember it as a clip; see `songs.Intake`."""
        await self.fetched(account_id, recording, tell)

    async def fetched(self, account_id: UUID, recording: Recording, told: Told) -> Clip:
        """Fetch a recording and remember it as a clip: as the one that it is already, where that was done.

        Raises:
            InvalidRequest: "recording_url": it cannot be fetched; otherwise as `sent`.
            Unavailable: It cannot be heard or kept here and now.
        """
        try:
            return await self.clips.find(account_id, recording.id)
        except NotFound:
            pass
        async with self._fetching.turn(account_id):
            told("fetch", 0.0)
            file = await self.download(recording.url, most=LARGEST_RECORDING)
            async with self._hearing.turn(account_id):
                return await self._taken_in(account_id, recording.id, file, _title(_name(recording.url)), told)

    async def sent(self, account_id: UUID, clip_id: UUID, path: Path, told: Told, *, name: str) -> Clip:
        """Remember a file that was sent as a clip.

        Args:
            account_id: Whose it is.
            clip_id: The clip that it becomes.
            path: Where it lies.
            told: Told how far it is.
            name: What its sender calls it, such as "demo.wav"; "" for nothing.

        Raises:
            InvalidRequest: "recording_unreadable", "recording_too_large", "recording_too_long", "recording_too_short",
                "recording_silent", "recording_no_song"; "no_listener".
            Unavailable: It cannot be heard or kept here and now.
        """
        async with self._hearing.turn(account_id):
            file = await asyncio.to_thread(path.read_bytes)
            return await self._taken_in(account_id, clip_id, file, _title(name), told)

    async def download(self, url: str, *, most: int) -> bytes:
        """A file of at most so many bytes. Why it cannot be had is nobody's business: it tells of our network.

        Raises:
            InvalidRequest: "recording_url"; "recording_too_large".
        """
        try:
            return await self._http.get(url, most=most, seconds=_FETCHED_WITHIN)
        except Refused as refused:
            if refused.reason == "too_large":
                raise InvalidRequest("recording_too_large", "url", limit=most // 1024**2) from None
            raise InvalidRequest("recording_url", "url") from None
        except Unreachable:
            raise InvalidRequest("recording_url", "url") from None

    async def _taken_in(self, account_id: UUID, clip_id: UUID, file: bytes, title: str, told: Told) -> Clip:
        heard, copy = await self._heard(file, told)
        with scratch() as folder:
            made = await self._taken_down(heard, title, clip_id, folder, told)
            path = folder / "copy.mp3"
            await asyncio.to_thread(path.write_bytes, copy)
            url = await self.clips.publish(clip_id, path, "mp3")
        clip = Clip(
            id=clip_id,
            origin="uploaded",
            title=title,
            style=made.style,
            lyrics=made.lyrics,
            seconds=heard.seconds,
            tempo=made.tempo,
            created_at=self._clock.now(),
            files={"mp3": url},
        )
        await self.clips.remember(account_id, clip, made.memory)
        return clip

    async def _heard(self, file: bytes, told: Told) -> tuple[Heard, bytes]:
        """What is heard in a file, and its sound as MP3."""
        pieces: list[bytes] = []

        def keep(name: str, piece: bytes) -> None:
            if name == COPY:
                pieces.append(piece)

        heard = await self.check().hear(file, _WANTED, told=lambda stage: told(stage, 0.0), kept=keep)
        if isinstance(heard, HearingFault):
            raise InvalidRequest(f"recording_{heard}", "url", limit=LARGEST_RECORDING // 1024**2)
        if heard.seconds < SHORTEST:
            raise InvalidRequest(f"recording_{HearingFault.TOO_SHORT}", "url")
        return heard, b"".join(pieces)

    async def _taken_down(self, heard: Heard, title: str, clip_id: UUID, folder: Path, told: Told) -> SongMade:
        wish = SongWish(verb="transcribe", seed=clip_id.int % _SEEDS, heard=heard, title=title)
        try:
            return await self.maker.make(wish, forms=(), folder=folder, told=told)
        except InvalidRequest:
            raise InvalidRequest("recording_no_song", "url") from None


def _name(url: str) -> str:
    """What a file at a URL is called."""
    return unquote(urlsplit(url).path)


def _title(name: str) -> str:
    """What a clip of a file of that name is called."""
    stem = re.split(r"[/\\]", name)[-1].rpartition(".")
    text = "".join(filter(str.isprintable, (stem[0] or stem[2]).replace("_", " ")))
    return text[:_LONGEST_TITLE].strip() or _NAMELESS
