"""MusicAPI's clients, as tests from outside are ones."""

import io
import time

import av
import numpy as np

from e2e.running import eventually

CREATE = "/api/v1/sonic/create"
SHORT = {"custom_mode": True, "mv": "sonic-v5", "prompt": "[Verse]\nRivers run and rivers bend", "duration": 10}
PATIENCE = 120.0


def asked(http, path, **body):
    """What a request is answered, once its key may ask."""

    def answer():
        found = http.post(path, json=body)
        return found if found.status_code != 429 else None

    found = eventually(answer)
    assert found.status_code == 200, found.text
    return found.json()


def submitted(http, path=CREATE, **body):
    """The id of a task."""
    return asked(http, path, **body)["task_id"]


def ended(http, task_id):
    """The clips of a task that has ended."""

    def clips():
        time.sleep(0.2)
        found = http.get(f"/api/v1/sonic/task/{task_id}").json().get("data", [])
        return found if found and all(clip["state"] in {"succeeded", "failed"} for clip in found) else None

    return eventually(clips, within=PATIENCE)


def sound(http, clip):
    """What is heard of a clip: (samples of one channel, rate)."""
    return decoded(http, clip["audio_url"])


def decoded(http, url):
    """What is heard of a file, -1 to 1: (samples of one channel, rate)."""
    answer = http.get(url)
    assert answer.status_code == 200
    with av.open(io.BytesIO(answer.content)) as file:
        stream = file.streams.audio[0]
        to_float = av.AudioResampler(format="fltp", layout="stereo", rate=stream.rate)
        parts = [part.to_ndarray()[0] for frame in file.decode(stream) for part in to_float.resample(frame)]
        return np.concatenate(parts), stream.rate


def balance(http):
    """All that can be spent."""
    return sum(http.get("/api/v1/get-credits").json().values())
