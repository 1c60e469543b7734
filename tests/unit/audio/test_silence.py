import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from antiphon.audio.silence import SilenceReducer

RATE = 1000
KEEP = 0.1  # 100 samples

# Runs of sound and of silence, by turns, in samples.
patterns = st.lists(st.integers(0, 350), max_size=9)
cuts = st.lists(st.integers(0, 1500), max_size=6)


def pattern_sound(runs):
    parts = [np.full(length, 0.5 if index % 2 else 0.001, dtype=np.float32) for index, length in enumerate(runs)]
    sound = np.concatenate([*parts, np.zeros(0, dtype=np.float32)])
    # Every sample is its own, so that a test sees which of them came through.
    return (sound + np.arange(len(sound)) * 1e-7).astype(np.float32)


def reduced(sound, at=(), reducer=None):
    reducer = reducer or SilenceReducer(RATE, KEEP)
    pieces = np.split(sound, sorted(min(cut, len(sound)) for cut in at))
    return np.concatenate([*map(reducer.push, pieces), reducer.finish()])


def runs_of(quiet):
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(int)))
    return edges[1::2] - edges[::2]


@given(runs=patterns, at=cuts)
def test_what_comes_out_does_not_depend_on_how_it_was_cut(runs, at):
    sound = pattern_sound(runs)
    assert np.array_equal(reduced(sound, at), reduced(sound))


@given(runs=patterns, at=cuts)
def test_all_sound_stays_and_no_silence_is_longer_than_it_may_be(runs, at):
    sound = pattern_sound(runs)
    out = reduced(sound, at)
    loud = np.abs(sound) >= 0.1
    assert np.array_equal(out[np.abs(out) >= 0.1], sound[loud])
    expected = np.minimum(runs_of(~loud), 100)
    assert runs_of(np.abs(out) < 0.1).tolist() == expected.tolist()


@given(runs=patterns, at=cuts)
def test_times_follow_the_sound(runs, at):
    sound = pattern_sound(runs)
    reducer = SilenceReducer(RATE, KEEP)
    out = reduced(sound, at, reducer)
    moved = np.array([reducer.moved(old) for old in range(len(sound) + 1)])
    # One sample is one millisecond here.
    loud = np.flatnonzero(np.abs(sound) >= 0.1)
    assert np.array_equal(out[moved[loud]], sound[loud])
    assert np.all(np.diff(moved) >= 0)
    assert moved[-1] == len(out)


@given(runs=patterns, at=cuts)
def test_a_settled_time_stays_as_it_was_told(runs, at):
    sound = pattern_sound(runs)
    reducer = SilenceReducer(RATE, KEEP)
    told = {}
    for piece in np.split(sound, sorted(min(cut, len(sound)) for cut in at)):
        reducer.push(piece)
        told |= {old: reducer.moved(old) for old in range(reducer.settled + 1)} | told
    reducer.finish()
    assert told == {old: reducer.moved(old) for old in told}


@given(runs=patterns, before=st.integers(0, 3000))
def test_what_was_not_forgotten_is_still_known(runs, before):
    reducer = SilenceReducer(RATE, KEEP)
    reduced(pattern_sound(runs), (), reducer)
    later = range(before, before + 2000, 7)
    expected = [reducer.moved(old) for old in later]
    reducer.forget(before)
    assert [reducer.moved(old) for old in later] == expected


def test_a_voice_without_pauses_is_left_alone(voice):
    sound = voice(22050, 1.0)
    assert np.array_equal(reduced(sound, (5000,), SilenceReducer(22050)), sound)


def test_a_pause_becomes_120_ms(voice):
    pause = np.zeros(22050, dtype=np.float32)
    sound = np.concatenate((voice(22050, 0.5), pause, voice(22050, 0.5)))
    reducer = SilenceReducer(22050)
    out = reduced(sound, (), reducer)
    assert len(sound) - len(out) == 22050 - 2646
    assert reducer.moved(500) == 500
    assert reducer.moved(1500) == 620


def test_the_join_does_not_click():
    # The two ends of the pause differ by almost twice the threshold.
    pause = np.repeat(np.array([0.003, -0.003], dtype=np.float32), 8000)
    out = reduced(np.concatenate((np.ones(10, dtype=np.float32), pause)), (), SilenceReducer(16000))
    assert np.abs(np.diff(out[20:])).max() < 0.0001


def test_an_hour_takes_no_more_memory_than_a_minute():
    minute = np.zeros(60 * 8000, dtype=np.float32)
    minute[:: 8000 * 2] = 0.5

    def peak(minutes):
        reducer = SilenceReducer(8000)
        tracemalloc.start()
        for number in range(minutes):
            reducer.push(minute)
            reducer.forget(number * 60_000)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(60) < 1.05 * peak(2)
