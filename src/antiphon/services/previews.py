"""Samples of voices for whoever chooses one: made when first asked for, and kept.

Nobody pays for them and nobody needs a key, so the work is bounded: each is made once, whoever asks meanwhile waits
for the same one, and few are made at a time. What a voice sounds like is part of the folder's name, so that a sample
never outlives it; what is deleted is made again.
"""

import asyncio
import contextlib
import functools
import hashlib
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Self

import antiphon
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable
from antiphon.domain.speech import Codec, Encoding, Manner
from antiphon.domain.units import BitsPerSecond, Hertz, Seconds
from antiphon.services.artifacts import ROOT, TYPES, File
from antiphon.services.fair_use import FairUse
from antiphon.services.speak import Plan, Speak, Whole, speak
from antiphon.store.blobs import Blobs

SHELF = "sonna/previews"
"""Where samples are found, under `ROOT`: <id of the voice>.mp3."""

LONGEST = Seconds(4.0)

_FOLDER = "previews"
_SUFFIX = "mp3"
_ENCODING = Encoding(codec=Codec.MP3, sample_rate=Hertz(44_100), bitrate=BitsPerSecond(128_000))
_AT_ONCE, _WAITING = 2, 64
_FRESH = 24 * 3600
"""Seconds that a client need not ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What is to be heard of a voice.

    Args:
        plan: Who speaks.
        line: What is said.
        manner: How.
    """

    plan: Plan
    line: str
    manner: Manner


class Previews:
    """The use case of samples.

    Args:
        takes: What is to be heard, by the id of the voice.
        blobs: Where samples lie.
        public_url: How clients reach this server, without a slash at the end.
        queue: Where those that have to be made wait for each other.
    """

    def __init__(
        self, takes: Mapping[str, Take], blobs: Blobs, *, public_url: Callable[[], str], queue: FairUse
    ) -> None:
        self._takes = takes
        self._blobs = blobs
        self._public_url = public_url
        self._queue = queue
        self._version = _version(takes)
        self._making: dict[str, asyncio.Task[None]] = {}

    @classmethod
    def of(cls, catalogue: SonnaSpeech, speech: Speak, blobs: Blobs, *, public_url: Callable[[], str]) -> Self:
        """Of all voices for which somebody can speak."""
        queue = FairUse(at_once=_AT_ONCE, waiting=_WAITING)
        return cls(dict(_takes(catalogue, speech)), blobs, public_url=public_url, queue=queue)

    def url(self, voice_id: str) -> str | None:
        """Where a voice can be heard; None: nobody speaks for it."""
        return f"{self._public_url()}{ROOT}{SHELF}/{voice_id}.{_SUFFIX}" if voice_id in self._takes else None

    async def open(self, voice_id: str) -> File:
        """The sample of a voice, made if it is not there.

        Raises:
            NotFound: There is no such voice, or nobody speaks for it.
            Unavailable: Too many have to be made, or it cannot be.
        """
        if voice_id not in self._takes:
            raise NotFound("file")
        name = f"{_FOLDER}/{self._version}/{voice_id}.{_SUFFIX}"
        try:
            blob = await self._blobs.open(name)
        except NotFound:
            await self._made(voice_id, name)
            blob = await self._blobs.open(name)
        return File(
            name=f"{voice_id}-{self._version}.{_SUFFIX}",
            content_type=TYPES[_SUFFIX],
            remaining=_FRESH,
            blob=blob,
        )

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Delete what sounds otherwise by now, and make nothing after the end of the context."""
        with contextlib.suppress(Unavailable):
            for version in await self._blobs.folders(_FOLDER):
                if version != self._version:
                    await self._blobs.remove(f"{_FOLDER}/{version}")
        try:
            yield
        finally:
            making = list(self._making.values())
            for task in making:
                task.cancel()
            await asyncio.gather(*making, return_exceptions=True)

    async def _made(self, voice_id: str, name: str) -> None:
        """Wait for a sample that is made by a task of its own: whoever asked first may leave before the others."""
        task = self._making.get(voice_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._make(self._takes[voice_id], name))
            self._making[voice_id] = task
            task.add_done_callback(lambda ended: self._ended(voice_id, ended))
        await asyncio.shield(task)

    def _ended(self, voice_id: str, task: asyncio.Task[None]) -> None:
        del self._making[voice_id]
        if not task.cancelled():
            task.exception()  # Whoever waits is told; that nobody does is no fault.

    async def _make(self, take: Take, name: str) -> None:
        async with self._queue.place("after"), speak(take.plan, (take.line,), take.manner) as pieces:
            await self._blobs.put(name, Whole(longest=LONGEST).bytes_of(pieces))


@functools.cache
def load_lines() -> Mapping[str, str]:
    """What is said, by language."""
    text = resources.files("antiphon.catalog").joinpath("voices", "previews.toml").read_text(encoding="utf-8")
    lines: Mapping[str, str] = tomllib.loads(text)["lines"]
    return lines


def _takes(catalogue: SonnaSpeech, speech: Speak) -> Iterator[tuple[str, Take]]:
    lines = load_lines()
    for voice in catalogue.voices.all:
        stand_in = catalogue.stand_in(voice)
        manner = Manner(
            voice=stand_in.voice,
            language=voice.spoken,
            encoding=_ENCODING,
            max_duration=LONGEST,
            delivery=stand_in.delivery,
        )
        with contextlib.suppress(InvalidRequest):  # Nobody speaks for it, or not its language.
            plan = speech.plan(voice.models[0], voice=manner.voice, language=voice.language)
            yield str(voice.id), Take(plan=plan, line=lines[voice.language], manner=manner)


def _version(takes: Mapping[str, Take]) -> str:
    """A name for how all of them sound, in this release."""
    heard = [(id_, take.plan.maker.name, take.line, take.manner) for id_, take in takes.items()]
    return hashlib.sha256(repr((antiphon.__version__, heard)).encode()).hexdigest()[:16]
