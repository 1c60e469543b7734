"""What `weirdness` and `style_weight` do to whole songs, over twenty seeds of two genres."""

import functools
from itertools import pairwise
from statistics import fmean

from antiphon.engines.song.brief import brief
from antiphon.engines.song.harmony import key_of, progression
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import SectionKind
from unit.engines.song.whole import composed, tag

GENRES = ("pop", "rock")
SEEDS = range(20)
WEIGHTS = (0.0, 0.5, 1.0)


@functools.cache
def songs(weirdness):
    return [
        composed(Request(seed=seed, style=tag(genre), description="a song", seconds=20, weirdness=weirdness))
        for genre in GENRES
        for seed in SEEDS
    ]


def rising(numbers):
    return all(before < after for before, after in pairwise(numbers))


def test_the_weirder_the_more_chords_are_borrowed():
    shares = [
        fmean(
            not set(chord.pitch_classes()) <= set(score.key.scale())
            for score in songs(weirdness)
            for chord in score.chords
        )
        for weirdness in WEIGHTS
    ]
    assert rising(shares)


def test_the_weirder_the_wider_are_its_leaps():
    widths = [
        fmean(
            abs(after.pitch - before.pitch)
            for score in songs(weirdness)
            for before, after in pairwise(score.vocal.lead)
        )
        for weirdness in WEIGHTS
    ]
    assert rising(widths)


def test_the_more_the_style_weighs_the_more_progressions_are_its_own():
    def own(weight):
        found = []
        for genre in GENRES:
            for seed in SEEDS:
                wanted = brief(Request(seed=seed, style=tag(genre), style_weight=weight))
                name = progression(wanted, key_of(wanted).mode, SectionKind.CHORUS)
                found.append(name in dict(wanted.style.progressions)[SectionKind.CHORUS])
        return fmean(found)

    shares = [own(weight) for weight in WEIGHTS]
    assert rising(shares)


def test_the_more_the_style_weighs_the_nearer_is_the_tempo_to_the_middle():
    def away(weight):
        styles = [
            brief(Request(seed=seed, style=tag(genre), style_weight=weight)).style for genre in GENRES for seed in SEEDS
        ]
        return fmean(abs(style.bpm - sum(style.tempo) / 2) / (style.tempo[1] - style.tempo[0]) for style in styles)

    assert rising([-away(weight) for weight in WEIGHTS])
