"""Scores as JSON, and back."""

import dataclasses

import orjson
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song import score as values
from antiphon.engines.song.score import Score
from antiphon.engines.song.written import dump, load


def a_score() -> Score:
    """Two bars with a word in them."""
    sung = values.Sung(start=0, length=480, pitch=60, velocity=90, word=0, phonemes=("s", "i:"), vowel=1, stress=2)
    singer = values.Singer(gender="female", lowest=57, highest=79)
    return Score(
        title="Sea",
        seed=7,
        key=values.Key(tonic=9, mode=values.Mode.MINOR),
        meter=values.Meter(beats=6, unit=8),
        tempos=(values.Tempo(start=0, bpm=96.0), values.Tempo(start=1440, bpm=104.5)),
        sections=(
            values.Section(kind=values.SectionKind.CHORUS, name="Chorus", first_bar=0, bars=2, energy=0.8, like=None),
        ),
        chords=(values.Chord(start=0, length=2880, root=9, intervals=(0, 3, 7), symbol="Am/C", bass=0),),
        parts=(
            values.Part(
                role=values.Role.BASS,
                instrument="finger_bass",
                notes=(values.Note(start=0, length=480, pitch=45, velocity=100),),
                pan=-0.25,
            ),
        ),
        credits=values.Credits(style="pop", moods=("sad",), understood=(("popp", "pop"),), unknown=("zzz",)),
        vocal=values.Vocal(
            language="en",
            lines=("Sea,",),
            words=(values.Word(text="Sea,", line=0),),
            lead=(sung,),
            harmonies=((sung,),),
            singer=singer,
        ),
        swing=0.3,
    )


@pytest.mark.parametrize("score", [a_score(), dataclasses.replace(a_score(), vocal=None)])
def test_a_score_comes_back_as_it_was(score: Score) -> None:
    assert load(dump(score)) == score


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        dump(a_score())[:-1],
        orjson.dumps({**orjson.loads(dump(a_score())), "version": values.VERSION + 1}),
        orjson.dumps({**orjson.loads(dump(a_score())), "sections": [{"kind": "verse"}]}),
        orjson.dumps({**orjson.loads(dump(a_score())), "seed": "x"}),
    ],
)
def test_what_is_no_score_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        load(data)
    assert refused.value.reason == "score"


def test_time_goes_on_from_tempo_to_tempo() -> None:
    score = a_score()
    assert score.end == 2880
    assert score.second(1440) == pytest.approx(3 * 60 / 96)
    assert score.seconds == pytest.approx(3 * 60 / 96 + 3 * 60 / 104.5)
    assert [score.tick(score.second(tick) + 1e-9) for tick in (0, 700, 1440, 2000)] == [0, 700, 1440, 2000]
    assert score.tick(1e9) == score.end
