"""Covers and films of songs: who asks for them gets them, and a song without them is a song all the same."""

import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from surfaces.musicapi.studio import CREATE, open_studio

SONG = {"custom_mode": True, "mv": "sonic-v5", "title": "Sea", "tags": "pop", "prompt": "[Verse]\nLa la"}


class EchoSleeves:
    """Covers and films that say whose they are. It fails where it is told to."""

    name = "echo"

    def __init__(self):
        self.broken = False

    async def cover(self, wish, *, file):
        if self.broken:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        file.write_text(f"cover of {wish.title} in {wish.style}, {wish.seed}")

    async def film(self, wish, *, cover, audio, words, file, told):
        told(1.0)
        sung = " ".join(word.text for word in words)
        file.write_text(f"film of {wish.title} with {cover.read_text()!r}: {sung} over {audio.name}")


@pytest.fixture
def sleeves():
    return EchoSleeves()


@pytest.fixture
async def studio(tmp_path, sleeves):
    async with open_studio(tmp_path, sleeves=sleeves) as opened:
        yield opened


async def shown(studio, url):
    """What is seen under an address, and its type."""
    answer = await studio.http.get(url)
    return answer.headers["content-type"], answer.text


async def test_every_clip_has_a_cover_of_its_own(studio):
    clips = await studio.ended(await studio.submitted(**SONG))

    covers = [await shown(studio, clip["image_url"]) for clip in clips]
    assert [kind for kind, _text in covers] == ["image/jpeg", "image/jpeg"]
    assert all(text.startswith("cover of Sea in pop, ") for _kind, text in covers)
    assert covers[0] != covers[1]
    assert [clip["video_url"] for clip in clips] == [None, None]


async def test_who_asks_for_films_gets_them(studio):
    clips = await studio.ended(await studio.submitted(path=f"{CREATE}?video=1", **SONG))

    kind, text = await shown(studio, clips[0]["video_url"])
    assert kind == "video/mp4"
    assert text.startswith("film of Sea with 'cover of Sea")
    assert text.endswith(": La la over mp3")


async def test_a_server_may_make_films_of_all_songs(tmp_path):
    async with open_studio(tmp_path, sleeves=EchoSleeves(), song_films=True) as studio:
        clips = await studio.ended(await studio.submitted(**SONG))

    assert all(clip["video_url"] for clip in clips)


async def test_a_song_without_a_cover_is_a_song(studio, sleeves):
    sleeves.broken = True
    clips = await studio.ended(await studio.submitted(path=f"{CREATE}?video=1", **SONG))

    assert [(clip["state"], clip["image_url"], clip["video_url"]) for clip in clips] == [("succeeded", None, None)] * 2
