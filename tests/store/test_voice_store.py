"""The contract of `VoiceStore`, over every implementation."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.speech import Likeness
from antiphon.domain.voices import ClonedVoice
from store.books import ACCOUNT, OTHER, account, project

PROJECT = UUID(int=7)
LIKENESS = Likeness(pitch=187.25, span=6.5, pace=4.125, tilt=-9.75)
VOICE = ClonedVoice(
    id=UUID(int=30),
    account_id=ACCOUNT,
    project_id=ACCOUNT,
    name="Mine – ünïcode",
    filename="clip.wav",
    created_at=3000.5,
    clip="voices/30/clip",
    likeness=LIKENESS,
)


def numbered(number, **changes):
    return replace(VOICE, **{"id": UUID(int=number), "name": f"voice {number}", **changes})


@pytest.fixture
async def voices(open_store):
    async with open_store() as store:
        for account_id in (ACCOUNT, OTHER):
            await store.keys.ensure_account(account(account_id))
        await store.projects.add_project(project(PROJECT.int))
        yield store.voices


@pytest.mark.parametrize(
    "voice",
    [
        VOICE,
        replace(VOICE, project_id=PROJECT),
        replace(VOICE, likeness=None, fault="voice_audio_too_long"),
        replace(VOICE, likeness=None),
    ],
)
async def test_a_voice_comes_back_as_it_went_in(voices, voice):
    assert await voices.add_voice(voice)
    assert await voices.voice(voice.project_id, voice.id) == voice
    assert await voices.voices_of(voice.project_id) == (voice,)


async def test_nobody_finds_the_voice_of_another_project(voices):
    await voices.add_voice(VOICE)
    assert await voices.voice(PROJECT, VOICE.id) is None
    assert await voices.voice(ACCOUNT, UUID(int=31)) is None
    assert await voices.voices_of(PROJECT) == ()
    assert await voices.remove_voice(PROJECT, VOICE.id) is None
    assert not await voices.remeasure_voice(replace(VOICE, project_id=PROJECT))
    assert await voices.voice(ACCOUNT, VOICE.id) == VOICE


async def test_a_name_is_taken_once_in_a_project(voices):
    wanted = [numbered(number, name="the same") for number in range(100, 110)]
    added = await asyncio.gather(*map(voices.add_voice, wanted))
    assert added.count(True) == 1
    assert await voices.count_voices(ACCOUNT) == 1


async def test_another_project_may_have_a_voice_of_that_name(voices):
    assert await voices.add_voice(VOICE)
    assert await voices.add_voice(replace(VOICE, id=UUID(int=31), project_id=PROJECT))
    assert await voices.add_voice(replace(VOICE, id=UUID(int=32), account_id=OTHER, project_id=OTHER))


async def test_voices_are_told_page_by_page_in_the_order_of_ids(voices):
    for number in (33, 31, 32, 30):
        await voices.add_voice(numbered(number))
    await voices.add_voice(numbered(34, project_id=PROJECT))
    assert [one.id.int for one in await voices.voices_of(ACCOUNT)] == [30, 31, 32, 33]
    assert [one.id.int for one in await voices.voices_of(ACCOUNT, most=2)] == [30, 31]
    assert [one.id.int for one in await voices.voices_of(ACCOUNT, after=UUID(int=31))] == [32, 33]
    assert await voices.voices_of(ACCOUNT, after=UUID(int=33)) == ()
    assert await voices.voices_of(ACCOUNT, most=0) == ()


async def test_voices_are_counted_by_project(voices):
    for number in (30, 31, 32):
        await voices.add_voice(numbered(number))
    await voices.add_voice(numbered(33, project_id=PROJECT))
    counts = [await voices.count_voices(project_id) for project_id in (ACCOUNT, PROJECT, OTHER)]
    assert counts == [3, 1, 0]


async def test_what_is_measured_anew_is_taken_over_and_nothing_else(voices):
    await voices.add_voice(numbered(30, likeness=None, fault="voice_audio_too_long"))
    await voices.add_voice(numbered(31))
    measured = replace(LIKENESS, pitch=99.5)
    assert await voices.remeasure_voice(numbered(30, likeness=measured, name="another", clip="another"))
    assert await voices.voices_of(ACCOUNT) == (numbered(30, likeness=measured), numbered(31))
    assert await voices.remeasure_voice(numbered(30, likeness=None, fault="voice_audio_silent"))
    assert await voices.voice(ACCOUNT, UUID(int=30)) == numbered(30, likeness=None, fault="voice_audio_silent")


async def test_a_voice_that_is_gone_is_not_measured_anew(voices):
    assert not await voices.remeasure_voice(VOICE)
    assert await voices.voices_of(ACCOUNT) == ()


async def test_a_voice_is_taken_away_once_and_its_name_is_free_again(voices):
    await voices.add_voice(VOICE)
    removed = await asyncio.gather(*(voices.remove_voice(ACCOUNT, VOICE.id) for _ in range(5)))
    assert [one for one in removed if one is not None] == [VOICE]
    assert await voices.count_voices(ACCOUNT) == 0
    assert await voices.add_voice(replace(VOICE, id=UUID(int=31)))


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account(ACCOUNT))
        await store.voices.add_voice(VOICE)
    async with open_store() as store:
        assert await store.voices.voices_of(ACCOUNT) == (VOICE,)
