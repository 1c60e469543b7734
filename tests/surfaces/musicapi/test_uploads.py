"""Recordings that were not made here: golden pairs, files instead of URLs, and who is called back."""

import asyncio
import contextlib

import orjson
import pytest

from antiphon.domain.heard import LARGEST_RECORDING, HearingFault
from surfaces.musicapi import golden
from surfaces.musicapi.studio import open_studio
from unit.engines.ear import clips
from unit.services.hearing import SONG, ScriptedListener, place

UPLOAD = "/api/v1/sonic/upload"
UNREADABLE = "Invalid audio file. WAV, FLAC, MP3, Ogg, M4A, AAC and WebM can be read."


@pytest.fixture
async def there():
    files = {
        "/My_song.mp3": SONG,
        "/inside": "http://10.0.0.1/a.mp3",
        "/hook": b"",
        **{f"/{fault}": fault.encode() for fault in HearingFault},
    }
    async with place(files) as found:
        yield found


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path, listener=ScriptedListener()) as opened:
        yield opened


@pytest.mark.parametrize("name", ["upload", "upload-async", "upload-errors", "upload-extend", "upload-cover"])
async def test_answers_are_as_they_are_written_down(studio, there, name):
    there.files["/too_large"] = bytes(LARGEST_RECORDING + 1) if name == "upload-errors" else b""
    await golden.play(studio, name, sound=f"{there.url}/My_song.mp3", place=there.url)


async def test_without_the_extra_that_is_told_and_nothing_is_charged(tmp_path):
    async with open_studio(tmp_path) as studio:
        await golden.play(studio, "no-listener")


async def test_voices_become_personas(studio, there):
    there.files["/voice.wav"] = clips.wav(clips.hum(24.0))
    await golden.play(studio, "create-voice", sound=f"{there.url}/My_song.mp3", place=there.url)


async def over(studio, path, **body):
    """The id of a task that has ended."""
    task_id = (await studio.asked(path, **body)).json()["task_id"]
    async with asyncio.timeout(20):
        while True:
            answer = await studio.http.get(f"/api/v1/sonic/task/{task_id}")
            if answer.status_code == 200 and '"running"' not in answer.text:
                return task_id
            await asyncio.sleep(0.01)


async def test_why_nothing_was_made_of_a_recording_is_told(studio, there):
    body = {"mv": "sonic-v5", "custom_mode": True, "prompt": "[Verse]\nLa", "title": "On", "tags": "folk"}
    failed = await over(studio, "/api/v1/sonic/upload-cover", url=f"{there.url}/nothing", **body)
    await golden.play(studio, "upload-failed", failed=failed)


async def test_why_a_voice_could_not_be_had_is_told(studio, there):
    there.files["/word.wav"] = clips.wav(clips.hum(9.0))
    failed = await over(studio, "/api/v1/sonic/create-voice", url=f"{there.url}/word.wav")
    await golden.play(studio, "voice-failed", failed=failed)


async def sent(studio, **body):
    """A request with a body of another kind, three seconds after the last: the rate's."""
    studio.clock.advance(3.0)
    return await studio.http.post(UPLOAD, **body)


WAYS = {
    "a form": {"files": {"file": ("My song.wav", SONG, "audio/wav")}},
    "a form with other fields": {"files": {"file": ("a", SONG)}, "data": {"note": "mine"}},
    "bare": {"content": SONG, "headers": {"Content-Type": "audio/mpeg"}},
    "bare, of no kind": {"content": SONG, "headers": {"Content-Type": "application/octet-stream"}},
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_file_can_be_sent_instead(studio, way):
    before = await studio.credits()
    answer = await sent(studio, **WAYS[way])

    assert (answer.status_code, answer.json()["message"]) == (200, "success"), answer.text
    assert before - await studio.credits() == 2
    tempo = await studio.asked("/api/v1/sonic/bpm", clip_id=answer.json()["clip_id"])
    assert tempo.json()["data"]["avg_bpm"] == 120.0


REFUSED = {
    "nothing": ({"content": b"", "headers": {"Content-Type": "audio/mpeg"}}, UNREADABLE),
    "a page": ({"content": b"<html>", "headers": {"Content-Type": "audio/mpeg"}}, UNREADABLE),
    "a form without a file": ({"files": {"other": ("a", SONG)}}, "The 'url' field is required."),
    "a byte too many": (
        {"content": bytes(LARGEST_RECORDING + 1), "headers": {"Content-Type": "audio/mpeg"}},
        "The audio file should have at most 64 MiB.",
    ),
    "a file and a callback": (
        {"files": {"file": ("a", SONG)}, "data": {"callback_url": "https://receiver.example/"}},
        "The 'callback_url' field is only allowed with 'url'.",
    ),
    "a form that is none": (
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        "The 'url' field is required.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_recording_is_refused_and_costs_nothing(studio, name):
    body, text = REFUSED[name]
    before = await studio.credits()
    answer = await sent(studio, **body)

    assert (answer.status_code, answer.json()) == (400, {"type": "validation_error", "error": text})
    assert await studio.credits() == before


async def test_the_same_file_under_one_idempotency_key_is_taken_in_and_paid_for_once(studio):
    before = await studio.credits()
    way = {"content": SONG, "headers": {"Content-Type": "audio/mpeg", "Idempotency-Key": "one"}}
    first, second = await sent(studio, **way), await sent(studio, **way)
    other = await sent(studio, **{**way, "content": SONG + b"!"})

    assert (first.json(), second.headers["idempotency-replayed"]) == (second.json(), "true")
    assert other.status_code == 422
    assert before - await studio.credits() == 2


async def called_back(there):
    """What was posted, once it has been."""
    async with asyncio.timeout(20):
        while not there.posted:  # noqa: ASYNC110 - the receiver is a server, and has no event
            await asyncio.sleep(0.01)
    return orjson.loads(there.posted[0])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/My_song.mp3", {"code": 200, "clip_id": ..., "message": "success"}),
        ("/silent", {"type": "validation_error", "error": "Nothing can be heard in the audio."}),
    ],
)
async def test_who_does_not_wait_is_called_back(studio, there, path, told):
    before = await studio.credits()
    answer = await studio.asked(UPLOAD, url=there.url + path, callback_url=f"{there.url}/hook")
    posted = await called_back(there)

    if "clip_id" in told:
        told = {**told, "clip_id": (await studio.ended(answer.json()["task_id"]))[0]["clip_id"]}
    assert posted == {**told, "task_id": answer.json()["task_id"]}
    assert before - await studio.credits() == (2 if "clip_id" in told else 0)


async def test_a_song_that_goes_on_from_a_recording_is_made_of_what_was_heard(studio, there):
    body = {"url": f"{there.url}/My_song.mp3", "mv": "sonic-v5", "custom_mode": True, "continue_at": 7.5}
    task_id = (await studio.asked("/api/v1/sonic/upload-extend", **body)).json()["task_id"]
    made = await studio.memory((await studio.ended(task_id))[0])

    (source,) = map(orjson.loads, made["sources"])
    assert (made["verb"], made["at"]) == ("extend", 7.5)
    assert (source["verb"], source["heard"]["seconds"], source["title"]) == ("transcribe", 12.0, "My song")


async def test_a_client_that_goes_away_pays_nothing(tmp_path, there):
    class Patient(ScriptedListener):
        def __init__(self):
            super().__init__()
            self.begun = asyncio.Event()

        async def hear(self, _file, _wanted, **_told):
            self.begun.set()
            await asyncio.Event().wait()

    listener = Patient()
    async with open_studio(tmp_path, listener=listener) as studio:
        before = await studio.credits()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(studio.asked(UPLOAD, url=f"{there.url}/My_song.mp3"))
            await listener.begun.wait()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
        assert await studio.credits() == before
