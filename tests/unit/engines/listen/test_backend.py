"""Recordings in, what is heard out, through the real processes. librosa compiles once for all of it."""

import asyncio
import io
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest
import pytest_asyncio
import soundfile

from antiphon.domain.errors import Unavailable
from antiphon.domain.heard import LARGEST_RECORDING, Heard, HearingFault, Wanted
from antiphon.engines.listen import PLUGIN
from antiphon.engines.listen.backend import ExtraMissing, Listening
from unit.engines.listen import songs
from unit.engines.listen.sounds import band, home

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 44_100
BRIEFLY = Wanted(melody=False)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Listening]:
    made = Listening(cache=home(tmp_path_factory) / ".cache" / "antiphon" / "listen")
    yield made
    await made.close()


def wav(samples, rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


async def heard(listening: Listening, style: str) -> Heard:
    found = await listening.hear(songs.recording(style), BRIEFLY)
    assert isinstance(found, Heard)
    return found


@pytest.mark.parametrize("style", songs.SONGS)
async def test_tempo_meter_and_bars_of_a_song_are_those_of_its_score(listening: Listening, style: str) -> None:
    score, found = songs.score(style), await heard(listening, style)
    bpm = score.tempos[0].bpm
    assert min(abs(told / bpm - 1) for told in (found.tempo.bpm, found.tempo.alternative)) < 0.005
    assert found.meter == score.meter.beats
    starts = [score.second(bar * score.meter.bar) for bar in range(score.bars)]
    assert [start for start in starts if min(abs(start - told) for told in found.downbeats) > 0.06] == []


async def test_keys_of_songs_are_those_of_their_scores(listening: Listening) -> None:
    right = 0
    for style in songs.SONGS:
        score, key = songs.score(style), (await heard(listening, style)).key
        right += (key.tonic, key.mode) == (score.key.tonic, songs.mode_of(score))
    assert right >= 3


@pytest.mark.parametrize("style", songs.SONGS)
async def test_chords_of_a_song_are_mostly_those_of_its_score(listening: Listening, style: str) -> None:
    score, found = songs.score(style), await heard(listening, style)
    moments = np.arange(0.25, score.seconds, 0.5)
    right = [
        any(
            chord.start <= moment < chord.end and chord.root == score.chord_at(score.tick(moment)).root
            for chord in found.chords
        )
        for moment in moments
    ]
    assert np.mean(right) >= 0.75


async def test_the_same_file_is_heard_the_same_and_every_stage_is_told(listening: Listening) -> None:
    stages: list[str] = []
    first = await listening.hear(songs.recording("pop"), BRIEFLY, told=stages.append)
    assert first == await listening.hear(songs.recording("pop"), BRIEFLY)
    assert stages == ["open", "beat", "harmony", "form"]


async def test_stems_add_up_to_the_recording(listening: Listening) -> None:
    left = 0.4 * band(bars=3, bpm=120, rate=RATE)
    file = wav(np.stack([left, np.roll(left, 40)], axis=1))
    kept: dict[str, bytes] = {}

    def keep(stem: str, pcm: bytes) -> None:
        kept[stem] = kept.get(stem, b"") + pcm

    assert isinstance(await listening.hear(file, Wanted(melody=False, stems=2), kept=keep), Heard)
    assert set(kept) == {"vocals", "instrumental"}
    together = sum(np.frombuffer(pcm, "<i2").astype(int) for pcm in kept.values())
    assert np.abs(together - soundfile.read(io.BytesIO(file), dtype="int16")[0].ravel()).max() <= 2


async def test_the_words_of_a_song_are_found_in_their_order_and_its_tune_too(listening: Listening) -> None:
    vocal = songs.score("pop").vocal
    assert vocal is not None
    stages: list[str] = []
    wanted = Wanted(lyrics="[Verse]\n" + "\n".join(vocal.lines), language=vocal.language)
    found = await listening.hear(songs.recording("pop"), wanted, told=stages.append)
    assert isinstance(found, Heard)
    assert [word.text for word in found.words] == " ".join(vocal.lines).split()
    assert [word.start for word in found.words] == sorted(word.start for word in found.words)
    assert len(found.melody) > len(vocal.lead) / 2
    assert stages[-2:] == ["voice", "words"]


def uneven(pace: float) -> tuple[np.ndarray, bytes]:
    """Strokes that come faster and faster, by `pace` in a minute."""
    moments = [0.5]
    while moments[-1] < 19:
        moments.append(moments[-1] + 0.6 / (1 + pace * moments[-1] / 60))
    sound = np.zeros(20 * RATE)
    stroke = np.exp(-np.arange(RATE // 10) / 500) * np.sin(np.arange(RATE // 10) / 8)
    for moment in moments:
        sound[round(moment * RATE) :][: len(stroke)] += stroke[: len(sound) - round(moment * RATE)]
    return np.array(moments), wav(sound * 0.5)


async def test_beats_that_come_faster_and_faster_are_followed(listening: Listening) -> None:
    moments, file = uneven(1.5)
    found = await listening.hear(file, BRIEFLY)
    assert isinstance(found, Heard)
    assert found.tempo.steadiness < 0.65
    followed = [min(abs(moment - beat) for beat in found.beats) < 0.07 for moment in moments[2:-2]]
    assert np.mean(followed) > 0.9


ODD = {
    "noise": lambda: np.random.default_rng(1).standard_normal(6 * RATE) / 10,
    "a constant": lambda: np.full(6 * RATE, 0.5),
    "a tone": lambda: np.sin(np.arange(6 * RATE) / 20),
    "a click": lambda: np.eye(1, 6 * RATE, 3 * RATE)[0],
    "values beyond all bounds": lambda: 1e6 * np.sin(np.arange(6 * RATE) / 20),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_is_no_music_is_heard_as_something_all_the_same(listening: Listening, name: str) -> None:
    found = await listening.hear(wav(ODD[name]()), Wanted())
    assert isinstance(found, Heard)
    assert len(found.beats) >= 2
    assert found.sections[-1].end == pytest.approx(6.0)


WRONG = {
    "nothing": (lambda: b"", HearingFault.UNREADABLE),
    "a page": (lambda: b"<!doctype html>" * 1000, HearingFault.UNREADABLE),
    "silence": (lambda: wav(np.zeros(6 * RATE)), HearingFault.SILENT),
    "a second": (lambda: wav(band(bars=1, rate=RATE)[:RATE]), HearingFault.TOO_SHORT),
    "more bytes than are taken": (lambda: bytes(LARGEST_RECORDING + 1), HearingFault.TOO_LARGE),
    "as many zeros as are taken": (lambda: bytes(LARGEST_RECORDING), HearingFault.UNREADABLE),
}


@pytest.mark.parametrize("name", WRONG)
async def test_why_nothing_is_heard_is_told(listening: Listening, name: str) -> None:
    made, fault = WRONG[name]
    assert await listening.hear(made(), BRIEFLY) is fault


async def test_a_damaged_file_gets_an_answer_and_breaks_no_more_than_itself(listening: Listening) -> None:
    whole = np.frombuffer(songs.recording("house"), np.uint8)
    chance = np.random.default_rng(2)
    for _ in range(4):
        damaged = whole.copy()
        places = chance.integers(0, len(whole), 2000)
        damaged[places] = chance.integers(0, 256, len(places))
        assert isinstance(await listening.hear(damaged.tobytes(), BRIEFLY), Heard | HearingFault)


async def test_a_listener_that_is_killed_at_its_work_found_the_file_unreadable(listening: Listening) -> None:
    await listening.start()
    assert listening._nursery is not None
    forking = psutil.Process(listening._nursery.pid)

    def kill(stage: str) -> None:
        if stage == "beat":
            max(forking.children(), key=lambda child: sum(child.cpu_times()[:2])).kill()

    assert await listening.hear(songs.recording("house"), BRIEFLY, told=kill) is HearingFault.UNREADABLE
    assert isinstance(await listening.hear(songs.recording("house"), BRIEFLY), Heard)


async def test_after_all_that_no_forking_process_had_to_be_replaced(listening: Listening) -> None:
    await listening.start()
    assert listening._nursery is not None
    assert listening._nursery.attempts == 1


async def test_a_listener_knows_no_secret(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    await listening.start()
    assert listening._nursery is not None
    environment = psutil.Process(listening._nursery.pid).environ()
    assert [name for name in environment if name.startswith("ANTIPHON_")] == []


async def test_a_listener_that_nobody_waits_for_any_more_starts_all_the_same(tmp_path) -> None:
    listening = Listening(cache=tmp_path)
    starting = asyncio.ensure_future(listening.start())
    try:
        await asyncio.sleep(0)  # It begins.
        begun = listening._starting
        assert begun is not None
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert listening._starting is begun
        assert not begun.done()
    finally:
        await listening.close()
    assert begun.done()


async def test_the_plugin_has_a_listener_where_librosa_is(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PLUGIN.listener is not None
    assert isinstance(PLUGIN.listener(tmp_path), Listening)
    monkeypatch.setitem(__import__("sys").modules, "librosa", None)
    assert PLUGIN.listener(tmp_path) is None


async def test_without_librosa_the_extra_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "librosa", None)
    with pytest.raises(ExtraMissing) as caught:
        await Listening(cache=tmp_path).start()
    assert isinstance(caught.value, Unavailable)


async def test_recordings_are_heard_one_after_the_other(listening: Listening) -> None:
    found = await asyncio.gather(*(listening.hear(songs.recording(style), BRIEFLY) for style in ("pop", "house")))
    assert [isinstance(one, Heard) for one in found] == [True, True]
