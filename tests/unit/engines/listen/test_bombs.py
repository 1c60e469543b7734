"""Files that are sent to break the listener, through the real processes: a part of `bombs`, which a harness runs whole.

What a confined child cannot do at all, `test_confinement` tests.
"""

import asyncio
import io
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import av
import av.error
import psutil
import pytest
import pytest_asyncio

from antiphon.domain.heard import Heard, HearingFault, Wanted
from antiphon.domain.ports import COPY
from antiphon.engines.listen.backend import Listening
from unit.engines.listen import bombs
from unit.engines.listen.sounds import home

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRIEFLY = Wanted(melody=False)
OTHERS = bombs.others()
DAMAGED = dict(itertools.islice(bombs.damaged().items(), 0, None, 3))
LARGE = bombs.large()
WAYS_OUT = bombs.ways_out(url="", path="")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Listening]:
    made = Listening(cache=home(tmp_path_factory) / ".cache" / "antiphon" / "listen")
    yield made
    await made.close()


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """Somebody on this machine whom nobody may ask."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def asked(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


async def test_the_corpus_is_large() -> None:
    assert len(bombs.all_of_them(url="", path="")) >= 180


@pytest.mark.parametrize("name", DAMAGED)
async def test_what_is_left_of_a_damaged_file_is_heard_or_it_is_refused(listening: Listening, name: str) -> None:
    assert isinstance(await listening.hear(DAMAGED[name](), BRIEFLY), Heard | HearingFault)


@pytest.mark.parametrize("name", OTHERS)
async def test_what_is_not_what_it_claims_gets_an_answer(listening: Listening, name: str) -> None:
    assert isinstance(await listening.hear(OTHERS[name](), BRIEFLY), Heard | HearingFault)


@pytest.mark.parametrize("name", LARGE)
async def test_what_is_too_much_is_refused(listening: Listening, name: str) -> None:
    refused = {HearingFault.TOO_LARGE, HearingFault.TOO_LONG, HearingFault.SILENT, HearingFault.UNREADABLE}
    assert await listening.hear(LARGE[name](), BRIEFLY) in refused


@pytest.mark.parametrize("name", WAYS_OUT)
async def test_what_leads_elsewhere_leads_nowhere(
    listening: Listening, canary: socket.socket, tmp_path: Path, name: str
) -> None:
    other = tmp_path / "other.m4a"
    other.write_bytes(bombs.good("m4a"))
    file = bombs.ways_out(url=url(canary), path=str(other))[name]()

    assert await listening.hear(file, BRIEFLY) in set(HearingFault)
    assert not asked(canary)


@pytest.mark.parametrize(("name", "kind"), [("playlist", "m3u8"), ("list of files", "ffconcat")])
async def test_who_opens_such_files_as_they_are_is_led_elsewhere(
    canary: socket.socket, tmp_path: Path, name: str, kind: str
) -> None:
    file = tmp_path / f"song.{kind}"
    file.write_bytes(bombs.ways_out(url=url(canary), path=f"{url(canary)}/b.mp3")[f"a way out: {name}"]())

    def careless() -> None:
        options = {"safe": "0", "protocol_whitelist": "file,http,tcp"}
        with pytest.raises(av.error.FFmpegError), av.open(str(file), options=options, timeout=1.0):
            pass

    await asyncio.to_thread(careless)
    assert asked(canary)


async def test_after_all_that_the_listener_is_the_same_and_hears(listening: Listening) -> None:
    pieces: list[bytes] = []

    def keep(name: str, piece: bytes) -> None:
        assert name == COPY
        pieces.append(piece)

    found = await listening.hear(bombs.good("wav"), Wanted(melody=False, copy=True), kept=keep)
    assert isinstance(found, Heard)
    assert listening._nursery is not None
    assert listening._nursery.attempts == 1
    with av.open(io.BytesIO(b"".join(pieces))) as copy:
        assert copy.format.name == "mp3"
        assert copy.streams.audio[0].sample_rate == 44_100


async def test_a_listener_at_work_can_open_nothing_and_take_only_so_much(listening: Listening) -> None:
    await listening.start()
    assert listening._nursery is not None
    forking = psutil.Process(listening._nursery.pid)
    bounds = (psutil.RLIMIT_NOFILE, psutil.RLIMIT_FSIZE, psutil.RLIMIT_CPU, psutil.RLIMIT_AS)
    found: list[list[int]] = []

    def look(stage: str) -> None:
        if stage == "beat":
            found.extend([child.rlimit(bound)[1] for bound in bounds] for child in forking.children())

    await listening.hear(bombs.good("wav"), BRIEFLY, told=look)
    assert [1, 0, 400, 4 * 1024**3] in found
