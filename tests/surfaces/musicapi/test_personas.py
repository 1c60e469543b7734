"""Who sings in a clip, and words that are written while the client waits."""

import pytest

from surfaces.musicapi.clips import SONG, known, song
from surfaces.musicapi.golden import play
from surfaces.musicapi.studio import open_studio


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", ["vox", "persona"])
async def test_who_sings_is_had_as_the_pairs_say(studio, name):
    await play(studio, name, **await known(studio))


@pytest.mark.parametrize("name", ["lyrics", "upsample-tags"])
async def test_words_are_written_as_the_pairs_say(studio, name):
    await play(studio, name)


async def test_a_persona_sings_as_who_sings_in_its_clip(studio):
    clip = await song(studio)
    answer = await studio.asked("/api/v1/sonic/persona", name="Ada", clip_id=clip["clip_id"])
    persona = answer.json()["persona_id"]
    made = await studio.memory(await song(studio, **SONG, task_type="persona_music", persona_id=persona))

    assert made["singer"] == f"like {(await studio.http.get(clip['audio_url'])).text}"


async def test_the_vocals_of_a_while_are_those_alone(studio):
    clip = await song(studio)
    await studio.asked("/api/v1/sonic/vox", clip_id=clip["clip_id"], vocal_start_s=2, vocal_end_s=9)

    wish = studio.maker.wishes[-1]
    assert (wish.verb, wish.stem, wish.start, wish.end) == ("perform", "vocals", 2.0, 9.0)


async def test_vocals_of_next_to_nothing_are_refused_and_cost_nothing(studio):
    clip = await song(studio)
    before = await studio.credits()
    answer = await studio.asked("/api/v1/sonic/vox", clip_id=clip["clip_id"], vocal_start_s=104.875, vocal_end_s=110)

    text = "The 'vocal_end_s' field should be at least 0.1 greater than 'vocal_start_s'."
    assert (answer.status_code, answer.json()) == (400, {"type": "validation_error", "error": text})
    assert await studio.credits() == before
