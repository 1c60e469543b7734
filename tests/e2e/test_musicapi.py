"""MusicAPI from outside: a real server, its song engine, and what becomes of songs when it dies."""

import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from e2e.receiver import receiving
from e2e.running import eventually, lives
from e2e.songs import SHORT, balance, ended, sound, submitted


@pytest.fixture(scope="module")
def song(server):
    """A task that has succeeded, as its clips."""
    with server.client() as http:
        return ended(http, submitted(http, **SHORT))


def test_both_clips_of_a_song_are_heard_and_differ(server, song):
    assert [clip["state"] for clip in song] == ["succeeded"] * 2
    with server.client() as http:
        first, second = (sound(http, clip) for clip in song)
    for clip, (samples, rate) in zip(song, (first, second), strict=True):
        length = len(samples) / rate
        assert float(clip["duration"]) <= length <= float(clip["duration"]) + 4
        assert np.sqrt(np.mean(samples[rate : 5 * rate] ** 2)) > 0.03
    assert not np.array_equal(first[0], second[0])


def test_a_song_goes_on_and_is_made_whole(server, song):
    with server.client() as http:
        body = {"mv": "sonic-v5", "custom_mode": True, "continue_clip_id": song[0]["clip_id"], "continue_at": 5}
        part = ended(http, submitted(http, task_type="extend_music", duration=10, make_instrumental=True, **body))[0]
        (whole,) = ended(http, submitted(http, task_type="concat_music", continue_clip_id=part["clip_id"]))
        samples, rate = sound(http, whole)

    assert float(part["duration"]) + 3 < float(whole["duration"]) <= len(samples) / rate


def test_the_end_of_a_song_is_told_to_a_receiver_that_verifies(server):
    secret = "your-secret-for-verification"
    with receiving(secret) as receiver, server.client() as http:
        hook = {"webhook_url": receiver.url("127.0.0.1", "verify"), "webhook_secret": secret}
        ended(http, submitted(http, **SHORT, make_instrumental=True, **hook))
        assert hook["webhook_url"] in eventually(lambda: listed(server, "delivered"))


def listed(server, state):
    """The operator's list of webhooks in a state; None while there is none."""
    command = [sys.executable, "-m", "antiphon", "webhooks", "list", "--state", state, "--data", str(server.data)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    time.sleep(0.2)
    return found if "song.completed" in found else None


def test_a_song_whose_server_is_killed_is_made_by_the_next_one_and_paid_once(launch):
    first = launch()
    with first.client() as http:
        before = balance(http)
        task = submitted(http, **SHORT)
        workers = eventually(lambda: [child for child in first.children() if "worker" in " ".join(child.cmdline())])
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    eventually(lambda: not any(lives(worker) for worker in workers))  # Nobody listens to them any more.

    second = launch(data=first.data)
    with second.client() as http:
        clips = ended(http, task)
        assert [clip["state"] for clip in clips] == ["succeeded"] * 2
        assert all(len(sound(http, clip)[0]) for clip in clips)
        assert balance(http) == before - 15
    assert second.process.poll() is None


def workers(server):
    """The processes that make songs."""
    return [child for child in server.children() if "song.worker" in " ".join(_command(child))]


def _command(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_a_song_of_which_every_worker_is_killed_is_paid_back(server):
    with server.client() as http:
        before = balance(http)
        task = submitted(http, **{**SHORT, "duration": 120})
        for worker in eventually(lambda: workers(server) if len(workers(server)) == 2 else None):
            worker.kill()

        assert [clip["state"] for clip in ended(http, task)] == ["failed"] * 2
        assert balance(http) == before
        assert not workers(server)


def test_a_song_of_which_one_worker_is_killed_is_the_other_clip(server):
    with server.client() as http:
        before = balance(http)
        task = submitted(http, **{**SHORT, "duration": 30})
        eventually(lambda: len(workers(server)) == 2)
        workers(server)[0].kill()

        assert sorted(clip["state"] for clip in ended(http, task)) == ["failed", "succeeded"]
        assert before - balance(http) == 15
