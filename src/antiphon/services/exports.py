"""A clip's further files: made when somebody first wants them, once, and kept as long as the clip.

What is made goes on to its end, also where nobody waits for it any more: who asks again finds it.
"""

import asyncio
import contextlib
import json
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable, UnavailableCause
from antiphon.domain.ports import SongMaker
from antiphon.domain.songs import Clip, SongForm, SongPart, SongWish, SungWord
from antiphon.domain.units import Seconds
from antiphon.services.clips import Clips
from antiphon.services.recorded import Recorded
from antiphon.services.scratch import scratch
from antiphon.services.turns import Turns

PATIENCE = 300.0
"""Seconds after which making a file is given up."""

_SUFFIXES: Mapping[SongForm, str] = {"mp3": "mp3", "m4a": "m4a", "wav": "wav", "midi": "mid"}
_HEARD: frozenset[SongForm] = frozenset({"mp3", "m4a", "wav"})
"""Forms that are sound."""
SUNG = "vocals"
"""What is in the name of every stem in which somebody sings, and the name of the one in which all do."""

_CUT: SongForm = "wav"
"""What excerpts are: of others the rate and the peaks are not seen at a glance."""
_PEAKS = 100
_SAMPLE = 2
"""Bytes of a sample of which peaks are found."""

_PARTS = TypeAdapter(tuple[SongPart, ...])
_WORDS = TypeAdapter(tuple[SungWord, ...])
_TEXTS: Mapping[SongForm, Callable[[bytes], bytes]] = {
    "notes": lambda text: _PARTS.dump_json(_PARTS.validate_json(text)),
    "words": lambda text: _WORDS.dump_json(_WORDS.validate_json(text)),
}
"""Forms that are no files for clients but what answers are made of, and how each is checked."""

log = structlog.get_logger("antiphon.exports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The vocals of a while.

    Args:
        id: Its own.
        clip: Of which clip.
        start: From which second of it.
        end: Up to which.
        seconds: How long it is.
        rate: Samples a second.
        url: Where it is: a WAV file.
        peaks: The highest level, 0 to 1, of each hundredth of it; fewer where it has fewer samples.
    """

    id: UUID
    clip: UUID
    start: float
    end: float
    seconds: float
    rate: int
    url: str
    peaks: tuple[float, ...]


_EXCERPT = TypeAdapter(Excerpt)
_Key = tuple[UUID, tuple[SongForm, ...]]


class Exports:
    """The use case of having further files of clips.

    Args:
        maker: Who makes them.
        clips: Where they are kept.
        recorded: Has the sound of recordings.
        turns: How much of it goes on at once.
    """

    def __init__(self, maker: SongMaker, *, clips: Clips, recorded: Recorded, turns: Turns) -> None:
        self.maker = maker
        self._clips = clips
        self._recorded = recorded
        self._turns = turns
        self._running: dict[_Key, asyncio.Task[tuple[bytes, ...]]] = {}

    async def files(self, account_id: UUID, clip: Clip, forms: Iterable[SongForm]) -> Mapping[SongForm, str]:
        """Where a clip is in some forms. What is not there yet is made together.

        Raises:
            InvalidRequest: It cannot be had.
            LimitExceeded: Too much of the account's is being made.
            Unavailable: It cannot be made here and now.
        """
        found = {form: clip.files.get(_SUFFIXES[form], "") for form in forms}
        lacking = tuple(sorted(form for form, url in found.items() if not url))
        if lacking:
            parts = await self._parts(account_id, clip, lacking)
            found.update(zip(lacking, map(json.loads, parts), strict=True))
        return found

    async def score(self, account_id: UUID, clip: Clip) -> tuple[str, bytes]:
        """Where a clip's MIDI file is, and its `SongPart`s as JSON. Errors are those of `files`."""
        notes, url = await self._parts(account_id, clip, ("notes", "midi"))
        return str(json.loads(url)), notes

    async def words(self, account_id: UUID, clip: Clip) -> tuple[SungWord, ...]:
        """When each word of a clip is sung. Errors are those of `files`."""
        (words,) = await self._parts(account_id, clip, ("words",))
        return _WORDS.validate_json(words)

    async def vocals(self, account_id: UUID, clip: Clip, *, start: Seconds, end: Seconds) -> Excerpt:
        """The vocals of a while. It stops where nobody waits for it. Errors are those of `files`."""
        id_ = self._clips.new_id()
        with scratch() as folder:
            path = await self._sung(account_id, clip, start=start, end=end, folder=folder)
            rate, frames, peaks = await asyncio.to_thread(_measured, path)
            url = await self._clips.publish(id_, path, _SUFFIXES[_CUT])
        found = Excerpt(
            id=id_, clip=clip.id, start=start, end=end, seconds=frames / rate, rate=rate, url=url, peaks=peaks
        )
        await self._clips.memories.keep(account_id, id_, "vocals", _EXCERPT.dump_json(found))
        return found

    async def excerpt(self, account_id: UUID, excerpt_id: UUID) -> Excerpt:
        """An excerpt that was made.

        Raises:
            NotFound: The account has none of that id, or no longer.
        """
        return _EXCERPT.validate_json(await self._clips.memories.recall(account_id, excerpt_id, "vocals"))

    async def close(self) -> None:
        """Stop what is being made."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _parts(self, account_id: UUID, clip: Clip, forms: tuple[SongForm, ...]) -> tuple[bytes, ...]:
        """What is kept of some forms, which are made together: of a file where it is, as JSON."""
        key = (clip.id, forms)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._kept(account_id, clip, forms))
            task.add_done_callback(lambda ended: self._left(key, ended))
            self._running[key] = task
        return await asyncio.shield(task)

    def _left(self, key: _Key, task: "asyncio.Task[tuple[bytes, ...]]") -> None:
        del self._running[key]
        if not task.cancelled() and (failure := task.exception()) is not None:  # Nobody may wait for it any more.
            log.info("a file was not made", clip=str(key[0]), forms=key[1], failure=type(failure).__name__)

    async def _kept(self, account_id: UUID, clip: Clip, forms: tuple[SongForm, ...]) -> tuple[bytes, ...]:
        known = [await self._known(account_id, clip, form) for form in forms]
        lacking = [form for form, part in zip(forms, known, strict=True) if part is None]
        if lacking:
            with scratch() as folder:
                for form, path in (await self._files(account_id, clip, lacking, folder)).items():
                    part = await self._part(clip, form, path)
                    await self._clips.memories.keep(account_id, clip.id, form, part)
        return tuple([await self._clips.memories.recall(account_id, clip.id, form) for form in forms])

    async def _known(self, account_id: UUID, clip: Clip, form: SongForm) -> bytes | None:
        try:
            return await self._clips.memories.recall(account_id, clip.id, form)
        except NotFound:
            return None

    async def _part(self, clip: Clip, form: SongForm, path: Path) -> bytes:
        if (checked := _TEXTS.get(form)) is not None:
            return await asyncio.to_thread(lambda: checked(path.read_bytes()))
        return json.dumps(await self._clips.publish(clip.id, path, _SUFFIXES[form])).encode()

    async def _score(self, account_id: UUID, clip: Clip) -> bytes:
        try:
            return await self._clips.score(account_id, clip.id)
        except NotFound:
            raise InvalidRequest("unknown_clip", "clip_id") from None

    async def _files(
        self, account_id: UUID, clip: Clip, forms: Collection[SongForm], folder: Path
    ) -> Mapping[SongForm, Path]:
        """Some forms of a clip: of a recording the sound is what was recorded, and the rest what was taken down."""
        if clip.origin == "uploaded" and _HEARD.issuperset(forms):
            async with self._turn(account_id):
                return await self._recorded.files(clip, forms, folder)
        wish = _again(await self._score(account_id, clip), stem=clip.stem)
        async with self._turn(account_id):
            return (await self.maker.make(wish, forms=forms, folder=folder, told=_untold)).files

    async def _sung(self, account_id: UUID, clip: Clip, *, start: Seconds, end: Seconds, folder: Path) -> Path:
        """Who sings in a clip from one second to another."""
        if clip.origin == "uploaded":
            async with self._turn(account_id):
                return await self._recorded.vocals(clip, start=start, end=end, folder=folder)
        wish = _again(await self._score(account_id, clip), stem=clip.stem or SUNG, start=start, end=end)
        async with self._turn(account_id):
            return (await self.maker.make(wish, forms=(_CUT,), folder=folder, told=_untold)).files[_CUT]

    @contextlib.asynccontextmanager
    async def _turn(self, account_id: UUID) -> AsyncIterator[None]:
        """Have a turn at what is heavy, and give up what takes too long."""
        try:
            async with asyncio.timeout(PATIENCE), self._turns.turn(account_id):
                yield
        except TimeoutError:
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=10) from None


def _again(score: bytes, *, stem: str = "", start: Seconds | None = None, end: Seconds | None = None) -> SongWish:
    """A song as it is, or a part of it."""
    return SongWish(verb="perform", seed=0, sources=(score,), stem=stem, start=start, end=end)


def _untold(_stage: str, _share: float) -> None:
    """Nobody asks how far it is."""


def _measured(path: Path) -> tuple[int, int, tuple[float, ...]]:
    """The rate, the frames and the peaks of a WAV file of 16 bits. Needs a thread: it takes 20 ms for half a minute."""
    with wave.open(str(path)) as file:
        rate, frames, width = file.getframerate(), file.getnframes(), file.getsampwidth()
        samples = array("h", file.readframes(frames)) if width == _SAMPLE else array("h")
    step = max(1, -(-len(samples) // _PEAKS))
    pieces = [samples[begin : begin + step] for begin in range(0, len(samples), step)]
    highest = [max((max(piece), -min(piece))) for piece in pieces]
    return rate, frames, tuple(round(min(1.0, peak / 32_767), 3) for peak in highest)
