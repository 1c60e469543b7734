"""Personas: singers made from clips and songs."""

import math

import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Likeness
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.verbs.cover import covered
from antiphon.engines.song.verbs.persona import singer_of, singer_of_score
from unit.engines.song.composing import espeak
from unit.engines.song.singing import RATE, envelope, twinkle
from unit.engines.song.verbs.material import played, sung

DEEP = Likeness(pitch=95.0, span=5.0, pace=3.5, tilt=-8.5)
HIGH = Likeness(pitch=225.0, span=9.0, pace=5.0, tilt=-3.5)


def test_range_and_gender_follow_the_pitch_of_speech():
    deep, high = singer_of(DEEP), singer_of(HIGH)

    assert (deep.gender, high.gender) == ("male", "female")
    assert high.lowest - deep.lowest == pytest.approx(12 * math.log2(225 / 95), abs=1)
    assert high.tract > deep.tract + 0.15
    assert deep.tilt < 0 < high.tilt
    assert deep.breath > high.breath
    assert deep.vibrato < high.vibrato


@pytest.mark.parametrize("pitch", [0.001, 60.0, 159.9, 160.0, 500.0, 1e6, math.inf, math.nan])
@pytest.mark.parametrize("span", [0.0, 40.0, math.nan])
@pytest.mark.parametrize("tilt", [-60.0, 0.0, 30.0, math.nan])
def test_nobody_is_beyond_what_can_be_sung(pitch, span, tilt):
    singer = singer_of(Likeness(pitch=pitch, span=span, pace=span, tilt=tilt))

    assert 40 <= singer.lowest <= 60
    assert singer.highest - singer.lowest == 22
    assert 0.9 <= singer.tract <= 1.25
    assert 0.05 <= singer.breath <= 0.4
    assert abs(singer.tilt) <= 3.5
    assert 8 <= singer.vibrato <= 48
    assert 4.8 <= singer.vibrato_rate <= 6.3
    assert 0.03 <= singer.portamento <= 0.1


def test_two_clips_give_two_voices():
    one, other = (twinkle(singer_of(each))[0] for each in (DEEP, HIGH))

    def middle(wave):
        power = np.abs(np.fft.rfft(wave)) ** 2
        return (np.fft.rfftfreq(len(wave), 1 / RATE) * power).sum() / power.sum()

    assert middle(other) > 1.15 * middle(one)
    shapes = [envelope(wave[RATE : 4 * RATE]) for wave in (one, other)]
    apart = np.abs((shapes[0] - shapes[0].mean()) - (shapes[1] - shapes[1].mean())).mean()
    assert apart > 3.0


def test_a_persona_is_the_same_on_every_song():
    persona = singer_of(HIGH)

    songs = [
        covered(sung(style, gender=gender), Change(style="folk", seed=seed, singer=persona), espeak())
        for style, gender, seed in (("pop", "male", 1), ("waltz", "female", 2))
    ]

    assert [song.vocal.singer for song in songs] == [persona, persona]
    assert [faults(song) for song in songs] == [[], []]


def test_who_sings_a_song_can_sing_another():
    score = sung("pop", gender="female")

    assert singer_of_score(score) == score.vocal.singer


def test_a_song_that_nobody_sings_has_no_persona():
    with pytest.raises(InvalidRequest) as refused:
        singer_of_score(played("pop", seed=6))
    assert (refused.value.reason, refused.value.field) == ("missing", "vocals")
