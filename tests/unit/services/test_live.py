"""Songs that are heard while they are made."""

import asyncio
from uuid import UUID

import pytest

from antiphon.domain.errors import NotFound
from antiphon.services.live import Live, SongGone

CLIP = UUID(int=7)


class Listener:
    """Keeps what came of a song."""

    def __init__(self):
        self.sound = b""
        self._more = asyncio.Event()

    async def hear(self, live):
        async for piece in live.sound(CLIP):
            self.sound += piece
            self._more.set()

    async def has(self, size):
        async with asyncio.timeout(20):
            while len(self.sound) < size:
                await self._more.wait()
                self._more.clear()


async def gone(listening):
    """Whether a song that was listened to was not finished."""
    try:
        await listening
    except SongGone:
        return True
    return False


def live():
    return Live(public_url=lambda: "https://here")


async def test_a_song_is_heard_as_it_is_written_whole_and_once(tmp_path):
    playing, listener = live(), Listener()
    with playing.playing(CLIP, tmp_path) as song, (tmp_path / ".song.mp3.1.part").open("wb", buffering=0) as file:
        listening = asyncio.create_task(listener.hear(playing))
        file.write(b"one ")
        await listener.has(4)
        file.write(b"two ")
        await listener.has(8)
        file.write(b"three")
        (tmp_path / ".song.mp3.1.part").rename(tmp_path / "song.mp3")
        song.finished("https://here/song.mp3")
    await listening

    assert listener.sound == b"one two three"


async def test_a_song_that_is_whole_before_anybody_listens_is_heard(tmp_path):
    playing, listener = live(), Listener()
    with playing.playing(CLIP, tmp_path):
        (tmp_path / "song.mp3").write_bytes(b"whole")
        listening = asyncio.create_task(listener.hear(playing))
        await listener.has(5)
        listening.cancel()

    assert listener.sound == b"whole"


async def test_a_song_that_fails_ends_the_listening(tmp_path):
    playing, listener = live(), Listener()
    with playing.playing(CLIP, tmp_path), (tmp_path / ".song.mp3.1.part").open("wb", buffering=0) as file:
        listening = asyncio.create_task(gone(listener.hear(playing)))
        file.write(b"one")
        await listener.has(3)

    assert await listening
    assert listener.sound == b"one"


async def test_who_listens_before_there_is_anything_hears_that_nothing_comes(tmp_path):
    playing = live()
    with playing.playing(CLIP, tmp_path):
        listening = asyncio.create_task(gone(Listener().hear(playing)))
        await asyncio.sleep(0)

    assert await listening


async def test_a_finished_song_is_found_where_it_is(tmp_path):
    playing = live()
    with playing.playing(CLIP, tmp_path) as song:
        assert playing.found(CLIP) is None
        song.finished("https://here/song.mp3")

    assert playing.found(CLIP) == "https://here/song.mp3"


async def test_a_song_that_failed_is_not_found(tmp_path):
    playing = live()
    with playing.playing(CLIP, tmp_path):
        pass

    with pytest.raises(NotFound):
        playing.found(CLIP)
    with pytest.raises(NotFound):
        await Listener().hear(playing)


def test_a_song_has_an_address_while_it_is_made_and_keeps_it(tmp_path):
    playing = live()
    assert playing.heard(str(CLIP)) is None
    with playing.playing(CLIP, tmp_path) as song:
        assert playing.heard(str(CLIP)) == f"https://here/cdn/live/{CLIP}.mp3"
        song.finished("https://here/song.mp3")

    assert playing.heard(str(CLIP)) == f"https://here/cdn/live/{CLIP}.mp3"


def test_a_song_that_failed_has_no_address(tmp_path):
    playing = live()
    with playing.playing(CLIP, tmp_path):
        pass

    assert playing.heard(str(CLIP)) is None
