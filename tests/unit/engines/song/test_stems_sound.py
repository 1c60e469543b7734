"""Stems as they are heard: none silent, none like another, and together the mix."""

import itertools

import numpy as np
import pytest

from antiphon.engines.song.brief import Request
from antiphon.engines.song.mix import Place, add_alone, alone
from antiphon.engines.song.perform import RATE, Musicians, cut, frames_of, mixed, separated
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.stems import stem_named, stems
from unit.engines.song.whole import composed, tag

PLAYERS = Musicians(speaker=EspeakSpeaker())
SONGS = {"pop": True, "metal": False, "bossa_nova": False, "ambient": False}
"""Of each whether somebody sings: kits, amps, strummed chords, and little more than a room."""


def unheard(_stage, _share):
    """Nobody looks."""


def written(genre):
    return composed(Request(seed=2, style=tag(genre), seconds=10, description="a song", instrumental=not SONGS[genre]))


def decibels(sound, reference):
    return 20 * np.log10(np.abs(sound).max() / np.abs(reference).max() + 1e-12)


@pytest.fixture(scope="module", params=SONGS)
def heard(request):
    """A song, its mix and its full set."""
    song = written(request.param)
    found = {}
    return song, mixed(song, PLAYERS, unheard, found.setdefault, stems(song, "full")), found


def test_all_stems_add_up_to_the_mix(heard) -> None:
    song, mix, found = heard
    assert set(found) == {stem.name for stem in stems(song, "full")}
    assert decibels(mix - sum(found.values()), mix) < -120


def test_no_stem_is_silent_nor_like_another(heard) -> None:
    _song, mix, found = heard
    flat = {name: sound.ravel() / np.sqrt((sound**2).sum()) for name, sound in found.items()}
    assert {name for name, sound in found.items() if decibels(sound, mix) < -60} == set()
    alike = {pair: abs(float(flat[pair[0]] @ flat[pair[1]])) for pair in itertools.combinations(flat, 2)}
    assert {pair: likeness for pair, likeness in alike.items() if likeness > 0.5} == {}


def test_a_stem_by_itself_is_as_it_is_in_the_set(heard) -> None:
    song, _mix, found = heard
    for name in [*found][::5]:
        alone_ = {}
        separated(song, PLAYERS, unheard, alone_.setdefault, [stem_named(song, name)])
        assert list(alone_) == [name]
        assert np.array_equal(alone_[name], found[name])


def test_small_sets_add_up_too_and_have_silence_for_who_is_not_there(heard) -> None:
    song, mix, _found = heard
    basic, four = {}, {}
    separated(song, PLAYERS, unheard, basic.setdefault, stems(song, "basic"))
    separated(song, PLAYERS, unheard, four.setdefault, stems(song, "four"))
    assert (set(basic), set(four)) == ({"vocals", "instrumental"}, {"vocals", "drums", "bass", "other"})
    assert {sound.shape for sound in (*basic.values(), *four.values())} == {(2, frames_of(song))}
    for each in (basic, four):
        assert decibels(mix - sum(each.values()), mix) < -120
        assert each["vocals"].any() == (song.vocal is not None)


def test_who_is_in_no_stem_does_not_play() -> None:
    song = written("pop")
    played = []

    def play(part, score, **more):
        played.append(part.role)
        return PLAYERS.play(part, score, **more)

    separated(song, Musicians(speaker=PLAYERS.speaker, play=play), unheard, {}.setdefault, [stem_named(song, "bass")])
    assert played == ["bass"]


def test_a_sound_is_its_dry_share_and_its_echo() -> None:
    sound = np.random.default_rng(1).standard_normal((2, RATE)).astype(np.float32)
    place = Place(gain=-3.0, pan=0.4, reverb=0.5)
    shares = {share: np.zeros_like(sound) for share in ("dry", "reverb")}
    for share, into in shares.items():
        add_alone(sound, place, into=into, share=share, room=1.8, rate=RATE)
    whole = alone(sound, place, room=1.8, rate=RATE)
    assert decibels(whole - shares["dry"] - shares["reverb"], whole) < -120
    assert np.abs(shares["reverb"][:, : RATE // 100]).max() < 1e-6  # The room answers later.


def test_what_is_cut_out_begins_and_ends_in_silence() -> None:
    sound = np.ones((2, 3 * RATE), np.float32)
    found = cut(sound.copy(), (0.5, 1.25))
    assert found.shape == (2, round(0.75 * RATE))
    assert (found[:, [0, -1]] == 0).all()
    assert (found[:, RATE // 50 : -RATE // 50] == 1).all()
    assert cut(sound.copy(), (2.5, 99.0)).shape == (2, RATE // 2)
    assert cut(sound, None) is sound
