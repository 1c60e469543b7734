import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable

import numpy as np
import psutil
import pytest
import pytest_asyncio

from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import Unavailable
from antiphon.domain.speech import Likeness
from antiphon.engines.ear.backend import Ear
from unit.engines.ear import clips

pytestmark = pytest.mark.asyncio(loop_scope="module")

MUTATED = [
    *(("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("flac", "flac"), ("ogg", "libopus"), ("ogg", "flac")),
    *(("ipod", "aac"), ("adts", "aac"), ("webm", "libopus")),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ear() -> AsyncIterator[Ear]:
    made = Ear()
    yield made
    await made.close()


@pytest.mark.parametrize("name", clips.INVALID)
async def test_a_file_without_sound_is_invalid(ear: Ear, name: str) -> None:
    assert await ear.measure(clips.INVALID[name]()) is ClipFault.UNREADABLE


@pytest.mark.parametrize("name", clips.TOO_LONG)
async def test_a_file_that_sounds_for_too_long_is_too_long(ear: Ear, name: str) -> None:
    assert await ear.measure(clips.TOO_LONG[name]()) is ClipFault.TOO_LONG


@pytest.mark.parametrize("name", clips.NO_SPEECH)
async def test_a_file_without_speech_has_none(ear: Ear, name: str) -> None:
    assert await ear.measure(clips.NO_SPEECH[name]()) is ClipFault.NO_SPEECH


@pytest.mark.parametrize("name", clips.HEARD)
async def test_a_file_with_a_voice_is_measured_whatever_it_claims(ear: Ear, name: str) -> None:
    heard = await ear.measure(clips.HEARD[name]())
    assert isinstance(heard, Likeness)
    assert heard.pitch == pytest.approx(120, rel=0.02)
    assert heard.pace == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize(("container", "codec"), MUTATED)
async def test_a_damaged_file_gets_an_answer_and_breaks_no_more_than_itself(
    ear: Ear, container: str, codec: str
) -> None:
    whole = clips.encoded(container, codec, 1.3)
    chance = np.random.default_rng(len(whole))
    for _ in range(15):
        damaged = np.frombuffer(whole, np.uint8).copy()
        places = chance.integers(0, len(whole) // chance.choice([1, 100]), chance.integers(1, 40))
        damaged[places] = chance.integers(0, 256, len(places))
        assert isinstance(await ear.measure(damaged.tobytes()), Likeness | ClipFault)
    assert isinstance(await ear.measure(clips.wav(clips.hum())), Likeness)


async def test_of_somebody_who_is_to_sing_the_beginning_is_heard_however_long_it_goes_on(ear: Ear) -> None:
    heard = await ear.audition(clips.wav(clips.hum(45.0)))
    assert isinstance(heard, Likeness)
    assert heard.pitch == pytest.approx(120, rel=0.02)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (lambda: clips.wav(clips.hum(10.0)), ClipFault.TOO_SHORT),
        (lambda: clips.wav(np.zeros(30 * clips.RATE, np.float32)), ClipFault.NO_SPEECH),
        (lambda: b"<html>", ClipFault.UNREADABLE),
    ],
)
async def test_why_nobody_is_heard_in_a_recording_is_told(
    ear: Ear, made: Callable[[], bytes], fault: ClipFault
) -> None:
    assert await ear.audition(made()) is fault


async def test_the_same_clip_is_measured_the_same(ear: Ear) -> None:
    clip = clips.encoded("mp3", "libmp3lame")
    assert await ear.measure(clip) == await ear.measure(clip)


async def test_clips_are_measured_side_by_side(ear: Ear) -> None:
    voices = {pitch: clips.wav(clips.hum(pitch=pitch)) for pitch in (90, 120, 180, 240)}
    heard = await asyncio.gather(*(ear.measure(clip) for clip in voices.values()))
    assert [round(one.pitch, -1) for one in heard if isinstance(one, Likeness)] == list(voices)


async def test_after_all_that_no_forking_process_had_to_be_replaced(ear: Ear) -> None:
    assert isinstance(await ear.measure(clips.wav(clips.hum())), Likeness)
    assert ear._nursery is not None
    assert ear._nursery.attempts == 1


async def test_a_listener_that_is_killed_at_its_work_found_the_clip_unreadable(ear: Ear) -> None:
    await ear.measure(clips.wav(clips.hum()))
    assert ear._nursery is not None
    forking = psutil.Process(ear._nursery.pid)
    done = _busy(forking)
    measuring = asyncio.ensure_future(ear.measure(clips.wav(clips.hum(19.0))))
    for listener in await _at_work(forking, done):
        listener.kill()
    assert await measuring is ClipFault.UNREADABLE
    assert isinstance(await ear.measure(clips.wav(clips.hum())), Likeness)


async def _at_work(forking: psutil.Process, done: set[psutil.Process]) -> set[psutil.Process]:
    """Wait until a listener beside those that are done has begun."""
    async with asyncio.timeout(20):
        while not (found := _busy(forking) - done):  # noqa: ASYNC110 - of its beginning there is no event
            await asyncio.sleep(0.001)
    return found


def _busy(forking: psutil.Process) -> set[psutil.Process]:
    """The listeners that have begun with a clip: one that waits has spent next to nothing."""
    found = set()
    for listener in forking.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if sum(listener.cpu_times()[:2]) >= 0.02:
                found.add(listener)
    return found


async def test_a_listener_can_open_nothing_and_take_little_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_SECRET", "x" * 64)
    ear = Ear()
    try:
        await ear.measure(b"")
        assert ear._nursery is not None
        forking = psutil.Process(ear._nursery.pid)
        assert "ANTIPHON_SECRET" not in forking.environ()
        bounds = (psutil.RLIMIT_NOFILE, psutil.RLIMIT_FSIZE, psutil.RLIMIT_CPU, psutil.RLIMIT_AS)
        async with asyncio.timeout(5):
            while [1, 0, 10, 640 * 1024**2] not in _limits(forking, bounds):  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.001)
    finally:
        await ear.close()


def _limits(forking: psutil.Process, bounds: tuple[int, ...]) -> list[list[int]]:
    """What each of the listeners is bound to. One that heard its clip meanwhile is left out."""
    found = []
    for listener in forking.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append([listener.rlimit(bound)[1] for bound in bounds])
    return found


async def test_a_listener_that_does_not_answer_is_given_up() -> None:
    ear = Ear(patience=0.5)
    try:
        await ear.measure(clips.wav(clips.hum(1.0)))
        assert ear._nursery is not None
        forking = psutil.Process(ear._nursery.pid)
        done = _busy(forking)
        measuring = asyncio.ensure_future(ear.measure(clips.wav(clips.hum(19.0))))
        for listener in await _at_work(forking, done):
            listener.send_signal(signal.SIGSTOP)
        with pytest.raises(Unavailable):
            await measuring
    finally:
        await ear.close()


async def test_nothing_runs_before_the_first_clip_nor_after_the_end() -> None:
    before = set(psutil.Process().children(recursive=True))
    ear = Ear()
    assert set(psutil.Process().children(recursive=True)) == before
    await ear.measure(b"")
    assert set(psutil.Process().children(recursive=True)) > before
    await ear.close()
    assert set(psutil.Process().children(recursive=True)) <= before
