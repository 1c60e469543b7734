import numpy as np
import pytest

from antiphon.engines.listen import spectra
from antiphon.engines.listen.bars import bars
from antiphon.engines.listen.beats import pulse
from unit.engines.listen.sounds import band


def heard(sound):
    flux = spectra.flux(sound)
    found = pulse(flux, len(sound) / spectra.RATE)
    return found, bars(found, flux, spectra.pitch_spectrum(sound))


@pytest.mark.parametrize("bpm", [66, 77.7, 101, 128, 172])
def test_the_tempo_is_exact_or_the_alternative_is(bpm: float) -> None:
    tempo = heard(band(bpm=bpm, bars=8))[0].tempo
    assert min(abs(told / bpm - 1) for told in (tempo.bpm, tempo.alternative)) <= 0.002
    assert tempo.steadiness > 0.9


@pytest.mark.parametrize("bpm", [84, 112, 132])
def test_at_usual_tempos_it_is_exact(bpm: float) -> None:
    assert heard(band(bpm=bpm))[0].tempo.bpm == pytest.approx(bpm, rel=0.002)


@pytest.mark.parametrize("division", [2, 3])
def test_what_a_beat_is_divided_by_is_heard(division: int) -> None:
    assert heard(band(bpm=100, division=division, hat=0.3))[0].division == division


@pytest.mark.parametrize("meter", [3, 4])
@pytest.mark.parametrize("begin", [0.0, 0.31])
def test_bars_begin_where_they_begin(meter: int, begin: float) -> None:
    there = heard(band(bpm=110, bars=10, meter=meter, begin=begin))[1]
    assert there.meter == meter
    wanted = begin + np.arange(10) * meter * 60 / 110
    told = there.beats[there.places]
    assert [round(float(np.abs(told - start).min()), 1) for start in wanted] == [0.0] * 10


def test_loud_off_beats_are_not_taken_for_beats() -> None:
    there = heard(band(bpm=120, hat=2.0))[1]
    assert np.abs(there.beats[:32] - np.arange(32) * 0.5).max() < 0.03
