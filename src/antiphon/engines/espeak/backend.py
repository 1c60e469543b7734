"""The espeak engine as the server sees it: a `SpeechMaker` whose work happens in child processes."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Self

from antiphon.domain.delivery import PLAIN, Gesture, Part, Pause, Turn
from antiphon.domain.errors import DeadlineExceeded, Unavailable, UnavailableCause
from antiphon.domain.ports import Language, Voice
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.engines.espeak.delivery import PACES, SOUNDS, delivered
from antiphon.engines.espeak.likeness import DIALECT, pace_of, timbre_of
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.voices import (
    LanguageSpec,
    espeak_name,
    load_languages,
    load_regions,
    load_voices,
    speaker_name,
)
from antiphon.engines.espeak.wire import (
    Kind,
    Setting,
    Speaker,
    pack_pause,
    pack_setting,
    pack_speaker,
    unpack_piece,
)
from antiphon.kit import frames
from antiphon.kit.nursery import Nursery, NurseryDown, Program, Worker

_DEEPEST = 110

_PATIENCE = 10.0

_MOST_UNSENT = 16 * 1024

_ENGLISH = "en"

Message = tuple[Kind, bytes]

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # Forking wants no threads.
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # A renderer's second thread only waits; it needs no memory pool of its own.
}


class EspeakMaker:
    """Speaks through espeak-ng.

    Args:
        patience: Seconds to wait for a free renderer, and for a renderer that owes sound to give some.
    """

    name = "espeak"

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._voices = {voice.id: voice for voice in load_voices()}
        self._languages = {language.code: language for language in load_languages()}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._nursery: Nursery | None = None

    def voices(self) -> Sequence[Voice]:
        """The named voices; each speaks every language."""
        return [
            Voice(id=voice.id, gender=voice.gender, description=voice.description, accent=voice.accent)
            for voice in self._voices.values()
        ]

    def languages(self) -> Sequence[Language]:
        """The languages, those without an espeak voice of their own saying which one stands in."""
        return [
            Language(code=language.code, name=language.name, spoken_as=language.spoken_as)
            for language in self._languages.values()
        ]

    async def start(self) -> None:
        """Start the renderers.

        Raises:
            Unavailable: They do not come up.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="antiphon-", dir=_short_folder(), ignore_cleanup_errors=True)
        renderer = Program(
            module="antiphon.engines.espeak.renderer",
            arguments=(self._folder.name,),
            environment=_ENVIRONMENT,
            withheld="ANTIPHON_",  # It reads texts of strangers: it is to know no secrets.
        )
        self._nursery = Nursery(renderer)
        try:
            await self._nursery.start()
        except NurseryDown as down:
            raise Unavailable(UnavailableCause.MAKER_NOT_READY) from down

    async def close(self) -> None:
        """End every renderer."""
        if self._nursery:
            await self._nursery.close()
        if self._folder:
            self._folder.cleanup()

    def ready(self) -> bool:
        """Whether a renderer could be had now."""
        return self._nursery is not None and self._nursery.ready()

    @contextlib.asynccontextmanager
    async def speak(self, text: AsyncIterator[Part], manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        """Speak; see `SpeechMaker.speak`. The language must be a listed one, and so must a voice without a likeness."""
        if self._nursery is None:
            raise Unavailable(UnavailableCause.MAKER_NOT_READY)
        try:
            async with (
                self._nursery.worker(self._patience) as worker,
                _Conversation(
                    worker, self._messages(text, manner), setting=self._setting(manner), patience=self._patience
                ) as conversation,
            ):
                yield conversation
        except NurseryDown as down:
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=2) from down

    def _setting(self, manner: Manner) -> Setting:
        return Setting(
            speaker=self._speaker(manner),
            encoding=manner.encoding,
            reduce_silence=manner.reduce_silence,
            max_duration=manner.max_duration,
        )

    async def _messages(self, text: AsyncIterator[Part], manner: Manner) -> AsyncIterator[Message]:
        """What a renderer is to be told, part by part."""
        async for part in text:
            match part:
                case str():
                    yield Kind.TEXT, part.encode("utf-8", "replace")
                case Pause():
                    yield Kind.PAUSE, pack_pause(part.length)
                case Turn():
                    manner = replace(manner, voice=part.voice, language=part.language, delivery=part.delivery)
                    yield Kind.SPEAKER, pack_speaker(self._speaker(manner))
                case Gesture():
                    sound = SOUNDS[part]
                    delivery = manner.delivery.and_also(sound.delivery)
                    so = replace(manner, language=_ENGLISH, delivery=delivery)
                    yield Kind.SPEAKER, pack_speaker(self._speaker(so))
                    yield Kind.SOUND, sound.mnemonics.encode()
                    yield Kind.SPEAKER, pack_speaker(self._speaker(manner))

    def _language(self, name: str) -> LanguageSpec:
        """A language, as it is spoken in the region that its name may end with, where that is heard."""
        return load_regions().get(name) or self._languages[name.partition("-")[0]]

    def _speaker(self, manner: Manner) -> Speaker:
        """Who speaks so. A voice that is used in its own way has its variant's name; any other has a timbre."""
        language, likeness, delivery = self._language(manner.language), manner.likeness, manner.delivery
        own = replace(delivery, pace=1.0, loudness=0.0) == PLAIN
        timbre: Timbre | None
        if likeness is not None:
            name = DIALECT if language.code == _ENGLISH else language.espeak
            pace, timbre = pace_of(likeness), timbre_of(likeness)
        else:
            voice = self._voices[manner.voice]
            name = espeak_name(voice, language) if own else speaker_name(voice, language)
            pace, timbre = voice.pace, None if own else voice.timbre
        slowest, fastest = PACES
        return Speaker(
            voice=name,
            pace=min(max(round(pace * manner.speed * delivery.pace), slowest), fastest),
            timbre=timbre if timbre is None or own else delivered(timbre, delivery),
            gain=delivery.loudness,
        )


def _short_folder() -> str | None:
    """Where temporary folders go; espeak takes a path of at most 150 bytes, so not where that is too deep."""
    return None if len(os.fsencode(tempfile.gettempdir())) <= _DEEPEST else "/tmp"  # noqa: S108 - a folder of its own in it


class _Conversation:
    """One text's talk with one renderer: feeds it from a task of its own, and iterates over what it gives.

    Silence from a renderer that owes sound is watched by a timer, which cuts the line: a time-out around
    each read would cost more, and could leave half a message read. While nobody listens, no time passes.

    What is there at once is sent at once, so that the renderer sees whether more of the text is to come: it ends the
    sound otherwise where it ended, and where it may go on.
    """

    def __init__(self, worker: Worker, messages: AsyncIterator[Message], *, setting: Setting, patience: float) -> None:
        self._worker = worker
        self._messages = messages
        self._setting = setting
        self._patience = patience
        self._unsent = bytearray()
        self._owed = 0  # Texts sent and not yet spoken; the end counts as one.
        self._listening = False
        self._heard = 0.0  # When there was last a sign of life, or nobody to take one.
        self._late = False
        self._ended = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._worker.sock.setblocking(False)
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._worker.sock)
        self._feeding = self._loop.create_task(self._feed())
        self._watch()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        self._writer.transport.abort()
        self._feeding.cancel()
        await asyncio.gather(self._feeding, return_exceptions=True)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SpeechPiece:
        if self._ended:
            raise StopAsyncIteration
        self._listening = True
        try:
            kind, payload = await self._read()
            while kind == Kind.SPOKEN:
                self._owed -= 1
                kind, payload = await self._read()
        except frames.Ended as ended:
            raise self._failure() from ended
        finally:
            self._listening = False
        piece = unpack_piece(payload)
        self._ended = piece.last
        return piece

    async def _read(self) -> tuple[int, bytes]:
        self._heard = self._loop.time()
        return await frames.read(self._reader)

    async def _feed(self) -> None:
        try:
            self._send(Kind.SETTING, pack_setting(self._setting))
            async for kind, payload in self._messages:
                if kind == Kind.TEXT:
                    self._owe(kind, payload)
                else:
                    self._send(kind, payload)
                if len(self._unsent) > _MOST_UNSENT:
                    self._send_out()
                    await self._writer.drain()
            self._owe(Kind.END)
        except BaseException:
            self._writer.transport.abort()  # Wakes the reader, which asks why.
            raise

    def _owe(self, kind: Kind, payload: bytes = b"") -> None:
        if self._owed == 0:
            self._heard = self._loop.time()
        self._owed += 1
        self._send(kind, payload)

    def _send(self, kind: Kind, payload: bytes) -> None:
        if not self._unsent:
            self._loop.call_soon(self._send_out)
        self._unsent += frames.frame(kind, payload)

    def _send_out(self) -> None:
        unsent, self._unsent = self._unsent, bytearray()
        if unsent and not self._writer.transport.is_closing():
            self._writer.write(unsent)

    def _watch(self) -> None:
        self._timer = self._loop.call_later(self._patience / 4, self._watch)
        if self._listening and self._owed and self._loop.time() - self._heard > self._patience:
            self._late = True
            self._writer.transport.abort()

    def _failure(self) -> BaseException:
        """Why the renderer said no more."""
        if self._late:
            return DeadlineExceeded()
        if self._feeding.done() and not self._feeding.cancelled():
            source = self._feeding.exception()
            if source is not None and not isinstance(source, ConnectionError):
                return source
        return Unavailable(UnavailableCause.MAKER_DIED)
