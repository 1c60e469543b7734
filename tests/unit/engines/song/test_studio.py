"""What tasks ask for, as scores: takes that differ in music alone, and every verb."""

import functools
from typing import get_args

import pytest

from antiphon.engines.song.check import faults
from antiphon.engines.song.making import (
    AddInstrumental,
    AddVocals,
    Concat,
    Cover,
    Create,
    Extend,
    Making,
    Mashup,
    Perform,
    Remaster,
    Replace,
    Sample,
    Transcribe,
    Wished,
)
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.studio import created, seed_of
from antiphon.engines.song.timed import lyrics
from antiphon.engines.song.writing import song

SUNG = Request(seed=5, style="pop", description="A song about the sea", seconds=30)


@functools.cache
def take(number):
    return created(SUNG, number)


def test_takes_have_the_same_words() -> None:
    one, other = take(1), take(2)
    assert lyrics(one) == lyrics(other) != ""
    assert (one.title, one.vocal.language) == (other.title, other.vocal.language)


def test_takes_differ_in_key_tempo_tune_and_arrangement() -> None:
    one, other = take(1), take(2)
    assert (one.key, one.tempos) != (other.key, other.tempos)
    tunes = [[note.pitch - each.key.tonic for note in each.vocal.lead] for each in (one, other)]
    assert sum(a != b for a, b in zip(*tunes, strict=False)) > len(tunes[0]) / 3
    assert [part.notes for part in one.parts] != [part.notes for part in other.parts]


def test_the_first_take_is_drawn_from_the_seed_itself_and_the_others_from_it() -> None:
    assert take(1).seed == SUNG.seed
    assert len({seed_of(SUNG.seed, number) for number in range(1, 9)}) == 8
    assert take(2).seed == seed_of(SUNG.seed, 2)


def test_the_same_request_gives_the_same_takes() -> None:
    assert created(SUNG, 2) == take(2)


def test_lyrics_can_be_asked_for_again() -> None:
    words = lyrics(take(1))
    assert lyrics(created(Request(seed=6, style="folk", lyrics=words))) == words


JAZZ = Change(style="jazz")
VERBS = (
    lambda source, _other: Extend(source=source, at=source.seconds),
    lambda source, _other: Concat(source=source, extension=song(Extend(source=source, at=source.seconds))),
    lambda source, _other: Cover(source=source, change=JAZZ),
    lambda source, _other: Replace(source=source, start=5.0, end=15.0, change=JAZZ),
    lambda source, other: Mashup(first=source, second=other),
    lambda source, _other: Sample(source=source, start=5.0, end=15.0, change=JAZZ),
    lambda source, _other: AddVocals(source=source, change=Change(lyrics="[Verse]\nRain on the roof\nAll night long")),
    lambda source, _other: AddInstrumental(source=source, change=JAZZ),
    lambda source, _other: Remaster(source=source, level="high"),
)


def test_every_verb_is_tried() -> None:
    tried = {type(verb(take(1), take(2))) for verb in VERBS}
    assert tried | {Create, Perform, Transcribe, Wished} == set(get_args(Making))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_makes_another_song_without_faults(verb) -> None:
    made = song(verb(take(1), take(2)))
    assert made != take(1)
    assert list(faults(made)) == []


def test_takes_of_a_verb_differ_where_chance_has_a_part_in_it() -> None:
    cover = Cover(source=take(1), change=JAZZ)
    assert song(cover, 2) == song(cover, 2) != song(cover)
