"""Recordings of strangers, as they are fetched, sent, heard and kept."""

import asyncio
import os
from contextlib import asynccontextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest

from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable, UnavailableCause
from antiphon.domain.heard import LARGEST_RECORDING
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.songs import SongMade, SongTempo
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Seconds
from antiphon.kit.http import Client, Rules
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.hooks import Hook, Seal
from antiphon.services.memories import Memories
from antiphon.services.recordings import Recordings
from antiphon.services.songs import Recording, outcome_of
from antiphon.services.trades import JobFailed
from antiphon.services.uploads import AUDITION, UPLOAD, Auditions, Errand, Uploads, auditioned, packed
from antiphon.services.worded import Worded
from antiphon.store.blobs import LocalBlobs
from antiphon.testing import FakeClock
from unit.services.hearing import BRIEF, SONG, ScriptedListener, place

ACCOUNT, OTHER = UUID(int=1), UUID(int=2)
LIKENESS = Likeness(pitch=118.0, span=7.9, pace=4.6, tilt=-9.1)


class Maker:
    """Takes down what was heard, unless it is told that there is nothing in it."""

    name = "maker"

    def __init__(self):
        self.wishes = []
        self.refuses = False

    async def make(self, wish, *, forms, folder, told):
        self.wishes.append((wish, forms, list(folder.iterdir())))
        told("write", 0.5)
        if self.refuses:
            raise InvalidRequest("no_beat", "heard")
        return SongMade(
            title=wish.title,
            style="folk",
            lyrics="",
            seconds=Seconds(11.0),
            tempo=SongTempo(mean=120.0, low=118.0, high=122.0),
            files={},
            stems={},
            memory=b"a score",
        )

    async def singer(self, of):
        return f"like {of.pitch:g}".encode()


class Ear:
    async def audition(self, _recording):
        return LIKENESS


@asynccontextmanager
async def taking_in(folder, files=(), *, listener=..., **rules):
    """Recordings, and the places that they come from and go to."""
    clock = FakeClock()
    artifacts = Artifacts(
        LocalBlobs(folder / "files"), clock=clock, entropy=os.urandom, public_url=lambda: "https://here"
    )
    clips = Clips(Memories(LocalBlobs(folder / "memories"), clock=clock, entropy=os.urandom), artifacts)
    maker, listener = Maker(), ScriptedListener() if listener is ... else listener
    http = Client(Rules(**{"loopback": True, **rules}))
    recordings = Recordings(maker=maker, listener=listener, clips=clips, http=http, clock=clock)
    async with place(files) as there:
        try:
            yield SimpleNamespace(
                recordings=recordings,
                clips=clips,
                maker=maker,
                listener=listener,
                artifacts=artifacts,
                url=there.url,
                asked=there.asked,
                new=lambda path: Recording(id=clips.new_id(), url=there.url + path),
            )
        finally:
            await recordings.close()


def told(_stage, _share):
    pass


class Told:
    def __call__(self, stage, share):
        pass


async def content(artifacts, url):
    file = await artifacts.open(url.removeprefix("https://here/cdn/"))
    return b"".join([piece async for piece in file.blob.read(0, file.blob.size)])


async def test_what_was_fetched_is_a_clip_of_which_songs_can_be_made(tmp_path):
    async with taking_in(tmp_path, {"/songs/My_song.mp3?take=2": SONG}) as here:
        recording = here.new("/songs/My_song.mp3?take=2")
        clip = await here.recordings.fetched(ACCOUNT, recording, told)

        assert (clip.id, clip.origin, clip.title, clip.style) == (recording.id, "uploaded", "My song", "folk")
        assert (clip.seconds, clip.tempo.mean) == (12.0, 120.0)
        assert await here.clips.find(ACCOUNT, recording.id) == clip
        assert await here.clips.score(ACCOUNT, recording.id) == b"a score"
        (wish, forms, left), *_ = here.maker.wishes
        assert (wish.verb, wish.heard.seconds, wish.title, forms, left) == ("transcribe", 12.0, "My song", (), [])


async def test_what_is_served_was_encoded_here_and_is_not_what_came(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}) as here:
        clip = await here.recordings.fetched(ACCOUNT, here.new("/a.mp3"), told)

        assert clip.files["mp3"].startswith(f"https://here/cdn/musicapi/songs/{clip.id}/")
        assert await content(here.artifacts, clip.files["mp3"]) == b"copy of " + SONG


async def test_slow_servers_keep_nobody_from_being_heard(tmp_path):
    asked = asyncio.Event()

    async def silent(reader, writer):
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    slow = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with taking_in(tmp_path) as here, server:
        recordings = [Recording(id=here.clips.new_id(), url=slow) for _ in range(8)]
        waiting = [asyncio.create_task(here.recordings.fetched(ACCOUNT, each, told)) for each in recordings]
        await asked.wait()
        (tmp_path / "file").write_bytes(SONG)
        async with asyncio.timeout(30):
            clip = await here.recordings.sent(OTHER, here.clips.new_id(), tmp_path / "file", told, name="")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert clip.seconds == 12.0


async def test_what_was_fetched_before_is_not_fetched_again(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}) as here:
        recording = here.new("/a.mp3")
        first = await here.recordings.fetched(ACCOUNT, recording, told)
        await here.recordings.fetch(ACCOUNT, recording, told)

        assert await here.recordings.fetched(ACCOUNT, recording, told) == first
        assert here.asked == ["/a.mp3"]


async def test_a_clip_is_nobody_elses(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}) as here:
        clip = await here.recordings.fetched(ACCOUNT, here.new("/a.mp3"), told)

        with pytest.raises(NotFound):
            await here.clips.find(OTHER, clip.id)


async def test_a_file_that_was_sent_is_a_clip_too(tmp_path):
    file = tmp_path / "upload"
    file.write_bytes(SONG)
    async with taking_in(tmp_path) as here:
        clip_id = here.clips.new_id()
        clip = await here.recordings.sent(ACCOUNT, clip_id, file, told, name="C:\\music\\demo.final.wav")

        assert (clip.id, clip.title, clip.origin) == (clip_id, "demo.final", "uploaded")
        assert await here.clips.score(ACCOUNT, clip_id) == b"a score"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/a%20b.mp3", "a b"),
        ("/", "Recording"),
        ("/.mp3", "mp3"),
        ("/folder/plain", "plain"),
        ("/" + "a" * 200 + ".mp3", "a" * 80),
        ("/%0a%00.mp3", "Recording"),
        ("/%e6%ad%8c.mp3", "歌"),
    ],
)
async def test_a_clip_is_called_what_its_file_is(tmp_path, path, title):
    async with taking_in(tmp_path, {path: SONG}) as here:
        assert (await here.recordings.fetched(ACCOUNT, here.new(path), told)).title == title


FAULTS = {
    "recording_too_long": b"too_long",
    "recording_too_short": b"too_short",
    "recording_silent": b"silent",
    "recording_unreadable": b"<html>",
    "recording_too_large": bytes(LARGEST_RECORDING + 1),
}


@pytest.mark.parametrize("reason", FAULTS)
async def test_why_nothing_can_be_made_of_a_file_is_told(tmp_path, reason):
    async with taking_in(tmp_path, {"/a.mp3": FAULTS[reason]}) as here:
        recording = here.new("/a.mp3")
        with pytest.raises(InvalidRequest) as refused:
            await here.recordings.fetched(ACCOUNT, recording, told)

        assert refused.value.reason == reason
        with pytest.raises(NotFound):
            await here.clips.find(ACCOUNT, recording.id)


async def test_what_is_shorter_than_six_seconds_is_too_short(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": BRIEF}) as here:
        with pytest.raises(InvalidRequest, match="recording_too_short"):
            await here.recordings.fetched(ACCOUNT, here.new("/a.mp3"), told)
        assert here.maker.wishes == []


async def test_what_no_song_can_be_made_of_is_told_in_no_words_of_the_makers(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}) as here:
        here.maker.refuses = True
        with pytest.raises(InvalidRequest) as refused:
            await here.recordings.fetched(ACCOUNT, here.new("/a.mp3"), told)
        assert (refused.value.reason, refused.value.field) == ("recording_no_song", "url")


OUT_OF_REACH = [
    "http://127.0.0.1:1/",
    "http://10.0.0.1/a.mp3",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:1/",
    "{here}/nothing",
    "{here}/round",
    "{here}/inside",
    "{here}/odd",
    "file:///etc/passwd",
    "ftp://example.com/a.mp3",
    "nothing",
]


@pytest.mark.parametrize("url", OUT_OF_REACH)
async def test_why_a_url_is_out_of_reach_is_nobodys_business(tmp_path, url):
    leads = {"/round": "/round", "/inside": "http://10.0.0.1/a.mp3", "/odd": "file:///etc/passwd"}
    async with taking_in(tmp_path, leads) as here:
        recording = Recording(id=here.clips.new_id(), url=url.format(here=here.url))
        with pytest.raises(InvalidRequest) as refused:
            await here.recordings.fetched(ACCOUNT, recording, told)

        assert (refused.value.reason, refused.value.field, refused.value.facts) == ("recording_url", "url", {})
        assert len(here.asked) <= 4


async def test_a_few_redirects_are_followed(tmp_path):
    async with taking_in(tmp_path, {"/1": "/2", "/2": "/3", "/3": "/a.mp3", "/a.mp3": SONG}) as here:
        assert (await here.recordings.fetched(ACCOUNT, here.new("/1"), told)).seconds == 12.0


async def test_this_machine_is_out_of_reach_of_a_server_for_others(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}, loopback=False) as here:
        with pytest.raises(InvalidRequest, match="recording_url"):
            await here.recordings.fetched(ACCOUNT, here.new("/a.mp3"), told)
        assert here.asked == []


async def test_without_a_listener_nothing_is_heard(tmp_path):
    async with taking_in(tmp_path, listener=None) as here:
        with pytest.raises(InvalidRequest, match="no_listener"):
            here.recordings.check()


async def test_a_listener_goes_with_them(tmp_path):
    async with taking_in(tmp_path) as here:
        pass
    assert here.listener.closed


def job(kind, errand):
    return Job(id=UUID(int=5), account_id=ACCOUNT, dialect="d", kind=kind, asked=packed(errand), price=0, created_at=0)


def letter(ended):
    return "event", ended.made


async def test_an_upload_that_is_done_again_after_a_worker_died_is_the_same_clip(tmp_path):
    async with taking_in(tmp_path, {"/a.mp3": SONG}) as here:
        errand = Errand(recording=here.new("/a.mp3"), route="r")
        trade = Uploads(here.recordings, letter=letter)
        made = await trade.work(job(UPLOAD, errand), Told())

        assert [clip.id for clip in outcome_of(made).clips] == [errand.recording.id]
        assert await trade.work(job(UPLOAD, errand), Told()) == made


async def test_an_audition_that_is_done_again_is_the_same_persona(tmp_path):
    async with taking_in(tmp_path, {"/a.wav": b"a voice"}) as here:
        errand = Errand(recording=here.new("/a.wav"), name="Kim", route="r")
        trade = Auditions(here.recordings, ear=Ear(), letter=letter)
        made = await trade.work(job(AUDITION, errand), Told())
        assert await trade.work(job(AUDITION, errand), Told()) == made

        persona, singer = await here.clips.singer(ACCOUNT, auditioned(made).persona_id)
        assert (persona.name, singer, here.asked) == ("Kim", b"like 118", ["/a.wav"])


@pytest.mark.parametrize(
    ("outcome", "row"),
    [
        (b"{}", (200, "")),
        (Fault(code="invalid_request"), (400, "invalid_request")),
        (Fault(code="unavailable"), (500, "unavailable")),
    ],
)
async def test_what_became_of_an_upload_is_written_down_and_told(tmp_path, outcome, row):
    async with taking_in(tmp_path) as here:
        hook = Hook(url="https://receiver.example/", ended=Seal(id=UUID(int=6)), begun=Seal(id=UUID(int=7)))
        errand = Errand(recording=here.new("/a.mp3"), route="r", hook=hook)
        receipt = Uploads(here.recordings, letter=letter).receipt(job(UPLOAD, errand), outcome, at=1.0)

        assert (receipt.usage.status, receipt.usage.code) == row
        assert [(message.id, message.url) for message in receipt.messages] == [(hook.ended.id, hook.url)]


class Broken:
    def __init__(self, failure):
        self._failure = failure

    async def work(self, _job, _tell):
        raise self._failure


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (InvalidRequest("recording_url"), Fault(code="invalid_request", text="No, recording_url.")),
        (Unavailable(UnavailableCause.MAKER_DIED), Fault(code="unavailable", text="")),
    ],
)
async def test_why_a_trade_failed_is_told_in_words(failure, fault):
    def words(error):
        return f"No, {error.reason}." if isinstance(error, InvalidRequest) else ""

    with pytest.raises(JobFailed) as failed:
        await Worded(Broken(failure), words).work(
            job(UPLOAD, Errand(recording=Recording(id=ACCOUNT, url=""), route="r")), Told()
        )
    assert failed.value.fault == fault
