"""New songs from a few bars of others."""

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import brief as styled_brief
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.score import Meter, Role, SectionKind
from antiphon.engines.song.verbs.sample import MOST_BARS, sampled
from antiphon.engines.song.verbs.strains import tune
from unit.engines.song import arranging
from unit.engines.song.composing import STYLES, brief, espeak
from unit.engines.song.composing import song as composed
from unit.engines.song.verbs.material import MORE, played, sung

SOURCES = {
    "pop": lambda: sung("pop", gender="female"),
    "waltz": lambda: sung("waltz", seed=2),
    "jig": lambda: sung("irish folk", seed=3),
    "five": lambda: composed(brief(STYLES[9], seed=5)),
    "played": lambda: played("jazz", seed=4),
    "played five": lambda: arranging.played(meter=Meter(beats=5)),
}


def sample(score, first, last, **change):
    start, end = (score.second(bar * score.meter.bar) for bar in (first, last))
    return sampled(score, start, end, Change(**{"style": "hip hop", "seed": 7, **change}), espeak())


def palette(style):
    """Whoever may play in a style."""
    seats = styled_brief(Request(seed=7, style=style)).style.palette
    return {name for seat in seats for name, _ in seat.instruments}


def chords(score, first, last):
    """What stands on each beat of some bars."""
    beat = score.meter.bar // score.meter.beats
    ticks = range(first * score.meter.bar, last * score.meter.bar, beat)
    return [(found.root, found.intervals) for found in map(score.chord_at, ticks)]


@pytest.mark.parametrize("change", [{"lyrics": MORE}, {"instrumental": True, "seconds": 40.0}], ids=["sung", "played"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_song_from_a_sample_has_no_faults(source, change):
    style = ("hip hop", "waltz")[list(SOURCES).index(source) % 2]
    assert faults(sample(SOURCES[source](), 5, 9, style=style, **change)) == []


def test_its_key_and_tempo_are_the_samples_and_its_band_is_the_new_styles():
    score = SOURCES["pop"]()

    song = sample(score, 4, 8, lyrics=MORE)

    assert (song.key, song.meter) == (score.key, score.meter)
    assert song.tempos[0].bpm == score.tempos[0].bpm
    assert song.credits.style == "hip_hop"
    # But for the loop's part.
    assert {part.instrument for part in song.parts[:-1]} <= palette("hip hop")


def test_its_chords_go_round_in_every_section():
    score = SOURCES["pop"]()

    song = sample(score, 4, 8, lyrics=MORE)

    loop = chords(score, 4, 8)
    for section in song.sections:
        found = chords(song, section.first_bar, section.first_bar + section.bars)
        assert found == (loop * (1 + section.bars // 4))[: len(found)]


@pytest.mark.parametrize("source", ["pop", "played"])
def test_its_tune_comes_back(source):
    score = SOURCES[source]()
    first, last = 8, 10
    bar = score.meter.bar

    song = sample(score, first, last, instrumental=True, seconds=40.0)

    motif = [(n.start - first * bar, n.pitch % 12) for n in tune(score) if first * bar <= n.start < last * bar]
    chorus = next(section for section in song.sections if section.kind is SectionKind.CHORUS)
    begin = chorus.first_bar * bar
    heard = {(note.start - begin, note.pitch % 12) for note in song.parts[-1].notes}
    assert motif
    assert song.parts[-1].role is Role.COUNTER
    assert {(at + time, pitch) for time, pitch in motif for at in (0, 2 * bar)} <= heard


def test_while_somebody_sings_it_is_softer():
    song = sample(SOURCES["pop"](), 8, 10, lyrics=MORE, seconds=60.0)
    sung_at = {note.start // song.meter.bar for note in song.vocal.lead}

    loud = [note.velocity for note in song.parts[-1].notes if note.start // song.meter.bar not in sung_at]
    soft = [note.velocity for note in song.parts[-1].notes if note.start // song.meter.bar in sung_at]

    assert loud
    assert soft
    assert max(soft) < min(loud)


def test_a_long_stretch_is_cut_and_a_short_one_is_a_bar():
    score = SOURCES["pop"]()

    words = "[Verse]\n" + "Nobody waits on the pier for the ferry\n" * 8
    long, eight = (sample(score, 4, last, lyrics=words) for last in (score.bars, 4 + MOST_BARS))
    short = sampled(score, 20.0, 20.01, Change(style="house", instrumental=True, seconds=40.0), espeak())

    assert max(section.bars for section in long.sections) > MOST_BARS
    assert long == eight
    assert len({chord.symbol for chord in short.chords}) <= 2


@pytest.mark.parametrize(("start", "end"), [(20.0, 20.0), (20.0, 10.0), (-1.0, 5.0), (5.0, 9999.0)])
def test_a_stretch_that_is_none_is_refused(start, end):
    with pytest.raises(InvalidRequest) as refused:
        sampled(SOURCES["pop"](), start, end, Change(style="house"), espeak())
    assert refused.value.reason == "out_of_range"


def test_it_has_a_title_of_its_own():
    score = SOURCES["pop"]()

    assert sample(score, 4, 8, lyrics=MORE).title != score.title
    assert sample(score, 4, 8, lyrics=MORE, title="Round and round").title == "Round and round"
