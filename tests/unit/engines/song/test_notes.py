"""Notes and words as programs have them: names that people know, seconds of the sound, headings."""

import functools
import itertools

import orjson
import pytest
from pydantic import TypeAdapter

from antiphon.domain.songs import SongPart, SongTempo, SungWord
from antiphon.engines.song.notes import notes_json, song_parts
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.play.instruments import instruments
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.studio import created
from antiphon.engines.song.timed import lyrics, sung_json, timed
from antiphon.engines.song.worker import tempo_of
from unit.engines.song.test_written import a_score


@functools.cache
def song(style="swing", **more) -> Score:
    return created(Request(seed=4, style=style, description="a song about rain", seconds=40, **more))


def test_notes_are_in_seconds_and_say_how_hard():
    voice, backing, bass = song_parts(a_score())
    assert [part.name for part in (voice, backing, bass)] == ["Vocals", "Backing Vocals", "Finger Bass"]
    (note,) = bass.notes
    assert (note.pitch, note.start, note.velocity) == (45, 0.0, pytest.approx(100 / 127, abs=1e-4))
    assert note.end == pytest.approx(60 / 96, abs=1e-4)


def test_everybody_is_there_with_all_of_their_notes_and_a_name_of_their_own():
    parts = song_parts(song())
    counts = [len(song().vocal.lead), *(len(voice) for voice in song().vocal.harmonies)]
    counts += [len(part.notes) for part in song().parts if part.notes]
    assert [len(part.notes) for part in parts] == counts
    assert len({part.name for part in parts}) == len(parts)
    assert all(0 <= note.start < note.end and 0 < note.velocity <= 1 for part in parts for note in part.notes)


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ("synthwave", {"Vocals", "Drums"}),
        ("jazz, rhodes, double bass", {"Electric Piano", "Upright Bass"}),
        ("salsa", {"Percussion"}),
    ],
)
def test_names_are_those_that_musicians_know(style, names):
    assert names <= {part.name for part in song_parts(song(style))}


def test_notes_are_written_as_they_are():
    assert TypeAdapter(tuple[SongPart, ...]).validate_json(notes_json(song())) == song_parts(song())


def test_words_are_written_with_their_moments_and_headings():
    words = TypeAdapter(tuple[SungWord, ...]).validate_json(sung_json(song()))
    assert [(word.text, word.line) for word in words] == [(word.text, word.line) for word in timed(song())]
    assert all(a.start <= b.start for a, b in itertools.pairwise(words))
    headings = [section for _place, section in dict.fromkeys((word.place, word.section) for word in words)]
    assert headings == [line[1:-1] for line in lyrics(song()).splitlines() if line.startswith("[")]


def test_an_instrumental_has_no_words():
    assert orjson.loads(sung_json(created(Request(seed=4, style="house", instrumental=True, seconds=10)))) == []


def test_a_tempo_counts_as_long_as_it_lasts():
    score = a_score()
    slow, fast = 1440 / 480 / 96.0, 1440 / 480 / 104.5
    mean = (96.0 * slow + 104.5 * fast) / (slow + fast)
    assert tempo_of(score) == SongTempo(mean=round(mean, 2), low=96.0, high=104.5)


def test_who_writes_for_an_instrument_knows_what_who_plays_it_does():
    for name, played in instruments().items():
        known = instrument(name)
        for fact in ("name", "family", "roles", "lowest", "highest", "program", "is_kit"):
            assert getattr(known, fact) == getattr(played, fact), name
        assert known.is_driven == (played.amp is not None)
