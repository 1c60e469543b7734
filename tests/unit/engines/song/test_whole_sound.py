"""Songs of fifteen genres as they are heard: loudness, peaks, clicks, tempo, and what the singers sing."""

from dataclasses import dataclass

import numpy as np
import pytest

from antiphon.engines.song.loudness import loudness, true_peak
from antiphon.engines.song.perform import RATE, Musicians, performed
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker, sing
from unit.engines.song.singing import cents, frequency, pitches
from unit.engines.song.whole import composed, tag

SUNG = ("pop", "country", "dangdut")
PLAYED = ("rock", "hip_hop", "jazz", "house", "techno", "drum_and_bass", "reggae", "bossa_nova", "metal", "funk")
WITHOUT_BEAT = "ambient"
GENRES = (*SUNG, *PLAYED, "classical", WITHOUT_BEAT)
BEATEN = ("drums", "percussion")
SEED, SECONDS = 3, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A song, its stems one upon the other, and of each stem how far a sample stands out of those around it."""

    score: Score
    song: np.ndarray
    drums: np.ndarray
    clicks: dict[str, float]


def quietly(_stage, _share):
    pass


def written(genre):
    return composed(
        Request(seed=SEED, style=tag(genre), seconds=SECONDS, instrumental=genre not in SUNG, description="a song")
    )


def below(wave, frequency):
    spectrum = np.fft.rfft(wave)
    return np.fft.irfft(np.where(np.fft.rfftfreq(len(wave), 1 / RATE) < frequency, spectrum, 0), len(wave))


def standing_out(wave, side=1_100, floor=1e-4):
    """The largest step from sample to sample, against those of the 25 ms before it or after it.

    An attack is loud before or after, and so are the edges of deep tones, which come again. A click is alone.
    """
    steps = np.abs(np.diff(np.pad(wave, side + 4))).astype(np.float64)
    sums = np.concatenate([[0.0], np.cumsum(steps**2)])
    at = np.arange(side + 3, len(steps) - side - 3)
    before, after = sums[at - 2] - sums[at - 2 - side], sums[at + 3 + side] - sums[at + 3]
    return float(np.max(steps[at] / np.sqrt(np.maximum(np.maximum(before, after) / side, floor**2))))


def tempo_of(sound, near):
    """Beats a minute, within a tenth of `near`: where the onsets are most like themselves some beats later."""
    hop, size = 128, 1_024
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[::hop] * np.hanning(size).astype(np.float32)
    onsets = np.maximum(0.0, np.diff(np.log1p(1_000 * np.abs(np.fft.rfft(frames, axis=1))), axis=0)).sum(axis=1)
    onsets -= onsets.mean()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(onsets, 2 * len(onsets))) ** 2)[: len(onsets)]
    likeness /= np.arange(len(onsets), 0, -1)
    tempos = near * np.exp(np.linspace(-0.1, 0.1, 2_001))
    beat = 60.0 / tempos * RATE / hop
    beats = np.arange(1, int(0.7 * len(likeness) // beat.max()) + 1)
    found = [np.interp(number * beat, np.arange(len(likeness)), likeness) for number in beats]
    return float(tempos[np.sum(found, axis=0).argmax()])


@pytest.fixture(scope="module", params=GENRES)
def heard(request):
    score = written(request.param)
    clicks = {}
    drums = []

    def keep(name, sound):
        clicks[name] = max(standing_out(channel) for channel in sound)
        if name.startswith(BEATEN):
            drums.append(sound.mean(axis=0))

    song = performed(score, Musicians(speaker=EspeakSpeaker()), quietly, keep)
    return Heard(score=score, song=song, drums=np.sum(drums or [song.mean(axis=0)], axis=0), clicks=clicks)


def test_it_is_as_loud_as_promised(heard):
    assert loudness(heard.song, RATE) == pytest.approx(-14.0, abs=1.0)
    assert true_peak(heard.song) <= -1.0


def test_it_is_sound_without_gaps_and_ends_in_silence(heard):
    assert np.isfinite(heard.song).all()
    assert np.abs(heard.song.mean(axis=1)).max() < 1e-3
    quarter = RATE // 4
    inside = heard.song[:, quarter : round(heard.score.seconds * RATE) - quarter]
    pieces = np.array_split(inside, inside.shape[1] // quarter, axis=1)
    assert min(20 * np.log10(np.sqrt(np.mean(piece**2))) for piece in pieces) > -45
    assert np.abs(heard.song[:, -10:]).max() < 1e-4


def test_no_stem_has_a_click(heard):
    assert {name: round(most, 1) for name, most in heard.clicks.items() if most > 20} == {}


def test_its_tempo_is_the_scores(heard):
    if heard.score.credits.style == WITHOUT_BEAT:
        return  # There is none to be measured.
    (tempo,) = heard.score.tempos
    assert tempo_of(heard.drums, tempo.bpm) == pytest.approx(tempo.bpm, rel=0.005)


def test_a_click_would_be_found():
    time = np.arange(RATE) / RATE
    wave = (0.3 * np.sin(2 * np.pi * 220 * time) * np.exp(-3 * time)).astype(np.float32)
    clicked = wave.copy()
    clicked[RATE // 2 :] += 0.05
    assert standing_out(wave) < 10
    assert standing_out(clicked) > 30


@pytest.mark.parametrize("genre", SUNG)
def test_singers_sing_what_is_written(genre):
    """The middle of each note that is held, which vibrato goes round."""
    score = composed(Request(seed=SEED, style=tag(genre), seconds=25, description="a song"))
    voice, *_ = sing(score.vocal, score, EspeakSpeaker(), RATE)
    lead = below(voice, 1_500)  # High formants have periods of their own.
    apart = []
    for note in score.vocal.lead:
        start, end = score.second(note.start), score.second(note.start + note.length)
        if end - start > 0.4:
            held = lead[round((start + 0.15) * RATE) : round((end - 0.12) * RATE)]
            apart.append(abs(np.median(cents(pitches(held, frequency(note.pitch)), frequency(note.pitch)))))
    assert len(apart) >= 5
    assert np.median(apart) <= 10
    assert np.percentile(apart, 95) <= 35
