"""Tunes: of words, of instruments, and when they come back."""

from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import pytest

from antiphon.engines.song.check import faults, in_key_share, on_chord_share
from antiphon.engines.song.fitted import Tone, fitted
from antiphon.engines.song.rhythm import Step, strength, taste, times
from antiphon.engines.song.score import TICKS, Meter, Pitch, SectionKind, Ticks
from antiphon.engines.song.words import Lyrics, Stanza
from unit.engines.song.composing import CHORUS, LYRICS, MAN, STYLES, VERSE, WOMAN, brief, song, stanza, style

SEEDS = range(5)


def within(score, place):
    section = score.sections[place]
    start, end = section.first_bar * score.meter.bar, (section.first_bar + section.bars) * score.meter.bar
    return [note for note in score.vocal.lead if start <= note.start < end]


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_sung_song_has_a_fault(each, seed):
    wanted = brief(each, seed=seed, singer=(WOMAN, MAN)[seed % 2], weirdness=seed / 4, seconds=(None, 30, 90)[seed % 3])

    assert faults(song(wanted)) == []


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_played_song_has_a_fault(each, seed):
    assert faults(song(brief(each, seed=seed, seconds=(10, 20, 95)[seed % 3]), None)) == []


def test_melodies_keep_well_within_what_is_promised():
    scores = [song(brief(each)) for each in STYLES]

    assert fmean(on_chord_share(score) for score in scores) > 0.95
    assert min(in_key_share(score) for score in scores) > 0.98


def test_stressed_syllables_are_on_stronger_beats_than_others():
    notes = [(note, score) for score in map(song, map(brief, STYLES)) for note in score.vocal.lead if note.phonemes]
    stressed, others = (
        [strength(score.meter, note.start) for note, score in notes if bool(note.stress) is wanted]
        for wanted in (True, False)
    )

    assert fmean(stressed) > fmean(others) + 1.2
    assert sum(strong >= 2 for strong in stressed) / len(stressed) > 0.7


def test_lines_end_long_and_on_chord_tones_with_a_breath_after_them():
    score = song(brief())
    lines = {}
    for note in score.vocal.lead:
        lines.setdefault(score.vocal.words[note.word].line, []).append(note)
    ends = [notes[-1] for notes in lines.values()]
    starts = [notes[0].start for notes in lines.values()]

    assert fmean(note.length for note in ends) > 1.3 * fmean(note.length for note in score.vocal.lead)
    assert all(note.pitch % 12 in score.chord_at(note.start).pitch_classes() for note in ends)
    assert all(end.start + end.length < start for end, start in zip(ends, starts[1:], strict=False))


def test_the_same_words_in_a_chorus_are_the_same_notes():
    score = song(brief())
    places = [place for place, section in enumerate(score.sections) if section.kind is CHORUS]
    first, last = (within(score, place) for place in (places[0], places[2]))
    shift = last[0].start - first[0].start

    assert [(note.start + shift, note.length, note.pitch, note.phonemes) for note in first] == [
        (note.start, note.length, note.pitch, note.phonemes) for note in last
    ]


def test_other_words_in_a_chorus_have_the_same_tune():
    score = song(brief())
    places = [place for place, section in enumerate(score.sections) if section.kind is CHORUS]
    first, second = (within(score, place) for place in places[:2])
    shift = second[0].start - first[0].start

    assert len(first) != len(second)
    assert {(note.start + shift, note.pitch) for note in first} <= {(note.start, note.pitch) for note in second}


def test_a_second_verse_is_the_first_with_another_ending():
    found = []
    for seed in range(6):
        score = song(brief(seed=seed))
        places = [place for place, section in enumerate(score.sections) if section.kind is VERSE]
        first, second = ([note.pitch for note in within(score, place)] for place in places[:2])
        found.append((first[0] == second[0], first != second))

    assert all(begins for begins, _ in found)
    assert sum(differs for _, differs in found) >= 4


def test_lines_of_one_letter_share_their_rhythm():
    lyrics = Lyrics(stanzas=(stanza(VERSE, "\n".join(["summer is calling me home"] * 4)),))
    score = song(brief(), lyrics)
    rhythms = {}
    for note in within(score, score.sections.index(next(s for s in score.sections if s.kind is VERSE))):
        line = score.vocal.words[note.word].line
        rhythms.setdefault(line, []).append(note.start % (2 * score.meter.bar))

    assert len({tuple(rhythm) for rhythm in rhythms.values()}) < 4


def test_choruses_are_sung_in_two_voices_and_verses_in_one():
    score = song(brief())
    (second,) = score.vocal.harmonies
    chorus = [
        note for place, section in enumerate(score.sections) if section.kind is CHORUS for note in within(score, place)
    ]

    assert [note.start for note in second] == [note.start for note in chorus]
    apart = [abs(one.pitch - other.pitch) for one, other in zip(second, chorus, strict=True)]
    assert sum(interval in {3, 4, 8, 9} for interval in apart) / len(apart) > 0.6


def test_a_stanza_of_both_is_sung_in_two_voices():
    lyrics = Lyrics(stanzas=(Stanza(kind=VERSE, name="", lines=("we sing it together",), voice="both"),))

    assert len(song(brief(), lyrics).vocal.harmonies[0]) == len(song(brief(), lyrics).vocal.lead)


def test_long_stressed_syllables_move_where_the_style_has_melismas():
    plain, moved = (song(brief(style(melisma=much))).vocal.lead for much in (0.0, 1.0))

    assert sum(not note.phonemes for note in moved) > sum(not note.phonemes for note in plain) + 5


def test_the_weirder_the_wider_it_leaps():
    def wide(weirdness):
        leads = [
            song(brief(each, seed=seed, weirdness=weirdness)).vocal.lead for each in STYLES[:3] for seed in range(4)
        ]
        return fmean(abs(one.pitch - other.pitch) for lead in leads for one, other in pairwise(lead))

    assert wide(0.0) < wide(1.0)


def test_the_same_seed_sings_the_same_song_and_another_seed_another():
    found = [song(brief(seed=seed)) for seed in (1, 1, 2)]

    assert found[0] == found[1]
    assert found[0].vocal.lead != found[2].vocal.lead


@pytest.mark.parametrize("text", ["😀😀😀\n🎉", "...", "a" * 5000, "la " * 800, "1984 99% <b>", "krk zmrzl"])
@pytest.mark.parametrize("seconds", [10, 60, 360])
def test_strange_words_become_a_song_or_an_instrumental(text, seconds):
    score = song(brief(seconds=seconds), Lyrics(stanzas=(stanza(VERSE, text),)))

    assert faults(score) == []
    assert score.vocal is not None or score.parts[0].notes


def test_tags_without_words_are_an_instrumental():
    score = song(
        brief(seconds=30), Lyrics(stanzas=(Stanza(kind=VERSE, name="Verse"), Stanza(kind=CHORUS, name="Chorus")))
    )

    assert score.vocal is None
    assert score.parts[0].notes


def test_a_song_sings_every_word_of_its_lyrics_in_order():
    score = song(brief())
    sung = [word.text for word in score.vocal.words]

    assert " ".join(sung).startswith(" ".join(line for each in LYRICS.stanzas for line in each.lines))


def test_an_instrument_plays_where_nobody_sings_and_a_returning_chorus_again():
    score = song(brief(seconds=120), None)
    (part,) = score.parts
    choruses = [section for section in score.sections if section.kind is SectionKind.CHORUS]

    def played(section):
        start, end = section.first_bar * score.meter.bar, (section.first_bar + section.bars) * score.meter.bar
        return [(note.start - start, note.pitch) for note in part.notes if start <= note.start < end]

    assert choruses[1].like is not None
    assert played(choruses[0]) == played(choruses[1]) != []


TUNE = tuple(
    Tone(start=Ticks(start), length=Ticks(length), pitch=Pitch(pitch))
    for start, length, pitch in ((0, 480, 60), (480, 480, 62), (960, 240, 64), (1200, 720, 65))
)


def steps(count):
    return [Step(stress=0, gap=1.0)] * count


@pytest.mark.parametrize("count", range(1, 12))
def test_a_tune_takes_more_or_fewer_syllables_and_sounds_the_same(count):
    found = fitted(TUNE, steps(count), Meter())

    assert sum(not tone.held for tone in found) == count
    assert {(tone.start, tone.pitch) for tone in TUNE} <= {(tone.start, tone.pitch) for tone in found}
    assert sum(tone.length for tone in found) == sum(tone.length for tone in TUNE)


def test_a_tune_refuses_more_syllables_than_it_can_hold():
    assert fitted(TUNE, steps(500), Meter()) is None


@pytest.mark.parametrize("count", [1, 2, 7, 16, 40, 300])
@pytest.mark.parametrize("meter", [Meter(), Meter(beats=3), Meter(beats=7, unit=8)])
def test_any_number_of_syllables_finds_room_in_order(count, meter):
    length = Ticks(2 * meter.bar)

    found = times(steps(count), start=Ticks(0), length=length, meter=meter, motif=taste(1, "here", 0.3))

    assert len(found) == count
    assert all(one[0] + one[1] <= other[0] for one, other in pairwise(found))
    assert found[0][0] >= 0
    assert found[-1][0] + found[-1][1] <= length


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        (Meter(), {0: 4, TICKS: 2, 2 * TICKS: 3, TICKS // 2: 1, TICKS // 4: 0}),
        (Meter(beats=3), {0: 4, TICKS: 2, 2 * TICKS: 2}),
        (Meter(beats=6, unit=8), {0: 4, 3 * TICKS // 2: 3, TICKS // 2: 1}),
        (Meter(beats=7, unit=8), {0: 4, 2 * TICKS: 3}),
    ],
)
def test_beats_have_the_strength_of_their_place(meter, expected):
    assert {tick: strength(meter, tick) for tick in expected} == expected


def test_a_narrow_voice_is_not_left():
    narrow = replace(WOMAN, lowest=Pitch(62), highest=Pitch(70))

    assert faults(song(brief(singer=narrow))) == []
