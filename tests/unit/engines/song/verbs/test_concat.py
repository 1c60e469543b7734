"""Songs and what goes on from them, as one: on paper and in the ear."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.perform import RATE, Musicians, mixed
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import SectionKind, Vocal
from antiphon.engines.song.sing.speaker import EspeakSpeaker
from antiphon.engines.song.verbs.concat import concatenated
from antiphon.engines.song.verbs.extend import extended
from antiphon.engines.song.verbs.splice import cut
from unit.engines.song.composing import espeak
from unit.engines.song.verbs.material import CHORUS, MORE, played, seam_after, second_of, sections, sung

MARGIN = round(0.05 * RATE)
"""Frames before the seam in which what ends there is let go."""

PHRASE = round(3.0 * RATE)
"""Frames before the seam in which the last phrase is sung: its sounds lean towards what follows."""

BALANCED = {"lead", "vocals", "backing_vocals_1"}
"""Stems that are mixed as loud as the whole song's band asks for."""

SHORT = "[Verse]\nOne more time\n\n[Chorus]\nLight up the bay"


@functools.cache
def pair(style="pop"):
    """A song that goes on after its first chorus, and the whole."""
    score = sung(style, description="about an old harbour")
    seam = seam_after(score, SectionKind.CHORUS)
    return score, concatenated(score, extended(score, second_of(score, seam), Change(lyrics=MORE), espeak())), seam


def stems(score):
    """The mix, and each part as it is in it."""
    found = {}
    whole = mixed(
        score,
        Musicians(speaker=EspeakSpeaker()),
        lambda _stage, _share: None,
        lambda name, sound: found.update({name: sound}),
    )
    return whole, found


def decibels(sound):
    return 20 * np.log10(max(float(np.abs(sound).max()), 1e-9))


@pytest.mark.parametrize("style", ["pop", "waltz", "jazz", "metal"])
def test_a_whole_song_is_the_source_up_to_the_seam_and_then_what_goes_on(style):
    score, whole, seam = pair(style)

    assert faults(whole) == []
    assert cut(whole, 0, seam).chords == cut(score, 0, seam).chords
    assert cut(whole, 0, seam).vocal.lead == cut(score, 0, seam).vocal.lead
    assert {(part.role, part.notes) for part in cut(whole, 0, seam).parts} == {
        (part.role, part.notes) for part in cut(score, 0, seam).parts
    }
    assert whole.vocal.lines[-6:] == tuple(line for line in MORE.splitlines() if line and not line.startswith("["))
    assert [section.first_bar for section in whole.sections if section.first_bar == seam]


def test_the_whole_is_called_and_credited_as_the_source():
    score, whole, _ = pair()

    assert (whole.title, whole.seed, whole.key, whole.credits) == (score.title, score.seed, score.key, score.credits)
    assert whole.credits.seam is None


def test_a_chorus_that_comes_back_is_like_the_first():
    score = sung()
    seam = seam_after(score, SectionKind.CHORUS, 1)
    new = extended(score, second_of(score, seam), Change(lyrics=CHORUS), espeak())

    whole = concatenated(score, new)

    first = whole.sections.index(sections(whole, SectionKind.CHORUS)[0])
    assert sections(whole, SectionKind.CHORUS)[-1].like == first


def test_what_goes_on_from_the_end_keeps_all_of_the_source():
    score = sung()

    whole = concatenated(score, extended(score, score.seconds, Change(lyrics=MORE), espeak()))

    assert cut(whole, 0, score.bars).chords == score.chords
    assert whole.vocal.lead[: len(score.vocal.lead)] == score.vocal.lead


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        (sung(), "no_extension"),
        (replace(sung(), credits=replace(sung().credits, seam=10_000)), "no_extension"),
        (replace(sung("waltz"), credits=replace(sung("waltz").credits, seam=8)), "meter"),
    ],
)
def test_what_goes_on_from_another_song_does_not_belong(extension, reason):
    with pytest.raises(InvalidRequest) as refused:
        concatenated(sung(), extension)

    assert refused.value.reason == reason


def test_one_may_go_on_in_another_voice():
    score = sung(gender="female")
    new = extended(score, 30.0, Change(lyrics=MORE, gender="male"), espeak())

    whole = concatenated(score, new)

    assert isinstance(whole.vocal, Vocal)
    assert [singer.gender for singer in whole.vocal.singers] == ["female", "male"]
    assert {note.singer for note in whole.vocal.lead} == {0, 1}
    assert faults(whole) == []


@pytest.fixture(scope="module")
def rendered():
    """A short song and the whole, as parts and mixed, with the seam's frame."""
    score = sung("rock", seed=3, lyrics="[Verse]\nOne by one\n\n[Chorus]\nLight up the bay", seconds=12.0)
    bar = seam_after(score, SectionKind.CHORUS)
    whole = concatenated(score, extended(score, second_of(score, bar), Change(lyrics=SHORT), espeak()))
    return stems(score), stems(whole), round(second_of(score, bar) * RATE)


def test_up_to_the_seam_the_whole_sounds_as_the_source(rendered):
    (_, before), (_, after), seam = rendered

    for name, own in before.items():
        end = seam - (PHRASE if "vocals" in name else MARGIN)
        old, new = own[:, :end], after[name][:, :end]
        level = float((old * new).sum() / max(1e-12, float((old * old).sum())))
        assert decibels(new - level * old) < decibels(new) - (40 if "vocals" in name else 80), name
        assert level == pytest.approx(1.0, abs=0.5 if name in BALANCED else 1e-4)


def test_nothing_clicks_at_the_seam(rendered):
    _, (whole, _), seam = rendered
    jumps = np.abs(np.diff(whole)).max(axis=0)
    near = slice(seam - MARGIN, seam + MARGIN)

    assert jumps[near].max() <= np.delete(jumps, near).max()


def test_the_whole_goes_on_as_loud_as_it_was(rendered):
    _, (whole, _), seam = rendered
    before, after = (whole[:, at : at + 4 * RATE] for at in (seam - 4 * RATE, seam))

    assert 20 * np.log10(np.sqrt((after**2).mean() / (before**2).mean())) == pytest.approx(0.0, abs=6.0)


def test_the_whole_of_an_instrumental_sounds_as_the_source_up_to_the_seam():
    score = played("ambient", seed=4, seconds=15.0)
    whole = concatenated(score, extended(score, 8.0, Change(seconds=10.0), espeak()))
    seam = extended(score, 8.0, Change(seconds=10.0), espeak()).credits.seam

    (old, _), (new, _) = stems(score), stems(whole)

    end = round(second_of(score, seam) * RATE) - MARGIN
    assert decibels(new[:, :end] - old[:, :end]) < -80
