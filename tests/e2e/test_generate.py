"""`/api/generate` from outside: a real server, its engines, and the published quickstart's calls by Node and curl.

Source of the calls: sonnalabs.app/news/sonna-api-quickstart, steps 4 and 5; only host and key are others.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from e2e.published import CURL, NODE, curl, ours, printed
from e2e.running import Running, eventually, start, stop
from e2e.songs import decoded

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


@pytest.fixture
def said(server: Running) -> Callable[[str], str]:
    """What a call of the quickstart says: JavaScript prints it, and commands are answered with it."""

    def say(call: str) -> str:
        way, _, type_ = call.partition(" ")
        if way == "fetch":
            return printed(ours((NODE / f"quickstart_{type_}.mjs").read_text(), server))
        answer = curl(ours((CURL / f"quickstart_{type_}.sh").read_text(), server))
        return str(answer[{"image": "imageUrl", "music": "audioUrl"}[type_]])

    return say


@pytest.mark.parametrize("way", ["fetch", "curl"])
def test_the_quickstart_says_where_a_picture_is(server: Running, said, way: str) -> None:
    url = said(f"{way} image")
    with server.client() as http, Image.open(io.BytesIO(http.get(url).content)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (1024, 1024))
        assert np.asarray(picture.convert("L")).std() > 10


@pytest.mark.parametrize("way", ["fetch", "curl"])
def test_the_quickstart_says_where_a_song_is(server: Running, said, way: str) -> None:
    url = said(f"{way} music")
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
