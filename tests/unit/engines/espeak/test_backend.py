import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psutil
import pytest

from antiphon.audio.formats import encoding
from antiphon.domain.errors import DeadlineExceeded
from antiphon.domain.speech import Codec, Manner, SpeechPiece
from antiphon.engines.espeak.backend import EspeakMaker, _Conversation
from antiphon.engines.espeak.wire import Kind, Setting, Speaker, pack_setting
from antiphon.kit import frames
from antiphon.kit.nursery import Worker

PATIENCE = 0.4
HOW = Manner(voice="Adrian", language="en", encoding=encoding(Codec.PCM_S16LE, sample_rate=48_000))
LONG = "On and on it goes. " * 200


@contextlib.asynccontextmanager
async def impatient() -> AsyncIterator[tuple[EspeakMaker, psutil.Process]]:
    before = set(psutil.Process().children())
    maker = EspeakMaker(patience=PATIENCE)
    await maker.start()
    try:
        (forking,) = set(psutil.Process().children()) - before
        yield maker, forking
    finally:
        await maker.close()


async def once(text: str) -> AsyncIterator[str]:
    yield text


async def test_a_renderer_that_stops_is_given_up():
    async with impatient() as (maker, forking), maker.speak(once(LONG), HOW) as pieces:
        await anext(pieces)
        for process in forking.children():
            process.send_signal(signal.SIGSTOP)
        with pytest.raises(DeadlineExceeded):
            await asyncio.wait_for(_to_the_end(pieces), 10)


async def _to_the_end(pieces: AsyncIterator[SpeechPiece]) -> SpeechPiece:
    return [piece async for piece in pieces][-1]


async def test_a_listener_may_pause_for_longer_than_a_renderer_may():
    async with impatient() as (maker, _), maker.speak(once(LONG), HOW) as pieces:
        await anext(pieces)
        paused = asyncio.Event()
        asyncio.get_running_loop().call_later(3 * PATIENCE, paused.set)
        await paused.wait()
        assert (await _to_the_end(pieces)).last


async def test_a_text_may_pause_for_longer_than_a_renderer_may():
    async def halting() -> AsyncIterator[str]:
        yield "First, "
        paused = asyncio.Event()
        asyncio.get_running_loop().call_later(3 * PATIENCE, paused.set)
        await paused.wait()
        yield "then."

    async with impatient() as (maker, _), maker.speak(halting(), HOW) as pieces:
        assert (await _to_the_end(pieces)).last


async def told() -> AsyncIterator[tuple[Kind, bytes]]:
    yield Kind.TEXT, b"Hello."


async def test_a_text_and_its_end_are_sent_at_once():
    """Else the renderer might think that more is to come, and the same text would end in more silence, or in less."""
    ours, theirs = socket.socketpair()
    worker = Worker(pid=0, sock=ours, cradle=ours)
    setting = Setting(
        speaker=Speaker(voice="en", pace=170), encoding=HOW.encoding, reduce_silence=False, max_duration=None
    )
    with theirs:
        async with _Conversation(worker, told(), setting=setting, patience=PATIENCE) as conversation:
            conversation._writer = written = Written(conversation._writer)
            await conversation._feeding
            await asyncio.sleep(0)
    kinds = [Kind.SETTING, Kind.TEXT, Kind.END]
    assert written.calls == [b"".join(map(frames.frame, kinds, [pack_setting(setting), b"Hello.", b""]))]


@dataclass
class Written:
    """A writer that remembers what it was to write."""

    writer: asyncio.StreamWriter
    calls: list[bytes] = field(default_factory=list)

    @property
    def transport(self) -> asyncio.BaseTransport:
        return self.writer.transport

    def write(self, content: bytes) -> None:
        self.calls.append(content)


async def test_a_stopped_renderer_ends_with_its_listener():
    async with impatient() as (maker, forking):
        async with maker.speak(once(LONG), HOW) as pieces:
            await anext(pieces)
            stopped = forking.children()
            for process in stopped:
                process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(5):
            while all(process.is_running() for process in stopped):  # noqa: ASYNC110 - of their end there is no event
                await asyncio.sleep(0.005)
