"""When ticks are heard."""

import pytest

from antiphon.engines.song.score import Meter, Tempo
from antiphon.engines.song.swing import moment, swung
from unit.engines.song.hearing import song


@pytest.mark.parametrize(
    ("tick", "swing", "expected"),
    [
        (0, 1.0, 0),
        (240, 1.0, 320),
        (240, 0.5, 280),
        (240, 0.0, 240),
        (480, 1.0, 480),
        (960 + 240, 1.0, 960 + 320),
        (120, 1.0, 160),
        (360, 1.0, 400),
    ],
)
def test_every_second_eighth_is_late(tick, swing, expected):
    assert swung(tick, song(swing=swing)) == expected


def test_order_is_kept():
    score = song(swing=1.0)
    moved = [swung(tick, score) for tick in range(1_921)]

    assert moved == sorted(moved)


def test_eighths_of_a_compound_meter_stay():
    assert swung(240, song(swing=1.0, meter=Meter(beats=6, unit=8))) == 240


def test_tempo_and_swing_are_both_counted():
    score = song(swing=1.0, tempos=(Tempo(start=0, bpm=120), Tempo(start=480, bpm=60)))

    assert moment(480 + 240, score) == pytest.approx(0.5 + 320 / 480)
