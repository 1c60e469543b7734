"""Chords, in the key and from one to the next."""

from dataclasses import replace
from itertools import pairwise

import pytest

from antiphon.engines.song.harmony import harmony, key_of, progression
from antiphon.engines.song.numerals import NumeralInvalid, harmony_of, symbol, tables
from antiphon.engines.song.score import Key, Meter, Mode, Pitch, PitchClass, Section, SectionKind
from antiphon.engines.song.voicings import parallel, voicings
from unit.engines.song.composing import CHORUS, OUTRO, STYLES, VERSE, brief, style

C = Key(tonic=PitchClass(0), mode=Mode.MAJOR)
A_MINOR = Key(tonic=PitchClass(9), mode=Mode.MINOR)
SECTIONS = (
    Section(kind=VERSE, name="Verse 1", first_bar=0, bars=8, energy=0.5),
    Section(kind=CHORUS, name="Chorus 1", first_bar=8, bars=8, energy=0.9),
    Section(kind=VERSE, name="Verse 2", first_bar=16, bars=8, energy=0.5, like=0),
    Section(kind=CHORUS, name="Chorus 2", first_bar=24, bars=8, energy=0.9, like=1),
    Section(kind=OUTRO, name="Outro", first_bar=32, bars=3, energy=0.3),
)


def chords(wanted, sections=SECTIONS):
    return harmony(wanted, key_of(wanted), wanted.style.meter, sections)


def test_the_key_is_the_one_that_was_asked_for_else_one_of_the_seed():
    asked = {key_of(brief(style(tonic=PitchClass(6)), seed=seed)).tonic for seed in range(9)}
    drawn = {key_of(brief(seed=seed)).tonic for seed in range(9)}

    assert asked == {6}
    assert len(drawn) > 3


@pytest.mark.parametrize(
    ("numeral", "key", "expected"),
    [
        ("V7", C, "G7"),
        ("vi", C, "Am"),
        ("bVII", C, "A#"),
        ("V7/vi", C, "E7"),
        ("V:3", C, "G/B"),
        ("iiø7", A_MINOR, "Bø7"),
        ("bVImaj7", A_MINOR, "Fmaj7"),
        ("i", Key(tonic=PitchClass(7), mode=Mode.MINOR), "Gm"),
        ("bIII", Key(tonic=PitchClass(7), mode=Mode.MINOR), "Bb"),
    ],
)
def test_numerals_mean_chords_of_the_key(numeral, key, expected):
    assert symbol(harmony_of(numeral, key), key) == expected


@pytest.mark.parametrize("numeral", ["", "H", "VIII", "I/9", "Vfoo"])
def test_other_words_are_no_numerals(numeral):
    with pytest.raises(NumeralInvalid):
        harmony_of(numeral, C)


def test_every_numeral_of_the_tables_means_something():
    told = tables()
    numerals = [numeral for each in told.progressions.values() for bar in each.bars for numeral in bar]
    numerals += [numeral for each in told.borrowed.values() for those in each.values() for numeral in those]
    numerals += [numeral for each in told.cadences.values() for numeral in each.values()]

    assert all(harmony_of(numeral, C).intervals for numeral in numerals)


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_has_progressions_and_cadences(mode):
    assert sum(mode in each.modes for each in tables().progressions.values()) >= 4
    assert all(mode in each for each in tables().cadences.values())


@pytest.mark.parametrize("mode", list(Mode))
def test_progressions_are_mostly_of_the_scale_of_their_mode(mode):
    key = Key(tonic=PitchClass(0), mode=mode)
    tones = [
        tone in key.scale()
        for each in tables().progressions.values()
        if mode in each.modes
        for bar in each.bars
        for numeral in bar
        for tone in [(harmony_of(numeral, key).root + step) % 12 for step in harmony_of(numeral, key).intervals]
    ]

    assert sum(tones) / len(tones) > 0.88


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
def test_chords_fill_the_song_without_gaps(each):
    found = chords(brief(each))

    assert [chord.start for chord in found] == [0, *(chord.end for chord in found[:-1])]
    assert found[-1].end == 35 * each.meter.bar


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
def test_a_section_that_is_like_another_has_its_chords(each):
    found, bar = chords(brief(each)), each.meter.bar

    def within(section):
        start, end = section.first_bar * bar, (section.first_bar + section.bars) * bar
        return [(chord.start - start, chord.length, chord.symbol) for chord in found if start <= chord.start < end]

    assert within(SECTIONS[0]) == within(SECTIONS[2])
    assert within(SECTIONS[1]) == within(SECTIONS[3])


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
def test_a_song_ends_on_its_tonic(each):
    wanted = brief(each)

    assert chords(wanted)[-1].root == key_of(wanted).tonic


def test_before_a_chorus_the_pre_chorus_stands_open():
    sections = (
        Section(kind=SectionKind.PRE_CHORUS, name="", first_bar=0, bars=4, energy=0.5),
        Section(kind=CHORUS, name="", first_bar=4, bars=4, energy=0.5),
    )
    wanted = brief()

    found = [chord for chord in chords(wanted, sections) if chord.end == 4 * Meter().bar]

    assert (found[0].root - key_of(wanted).tonic) % 12 == 7


def foreign(weirdness):
    """The share of chords that are not wholly of the key, over many songs."""
    count = total = 0
    for seed in range(40):
        wanted = brief(seed=seed, weirdness=weirdness, style_weight=1.0)
        scale = key_of(wanted).scale()
        found = chords(wanted)
        count += sum(not set(chord.pitch_classes()) <= set(scale) for chord in found)
        total += len(found)
    return count / total


def test_the_weirder_the_more_chords_are_borrowed():
    shares = [foreign(weirdness) for weirdness in (0.0, 0.5, 1.0)]

    assert shares[0] == 0.0
    assert shares[0] + 0.04 < shares[1] < shares[2] - 0.04


def test_the_more_the_style_weighs_the_more_typical_are_the_progressions():
    of = style(verse=("axis", "fifties", "canon"))

    def typical(weight):
        names = [progression(brief(of, seed=seed, style_weight=weight), Mode.MAJOR, VERSE) for seed in range(200)]
        return names.count("axis") / 200, sum(name in {"axis", "fifties", "canon"} for name in names) / 200

    loose, usual, strict = typical(0.0), typical(0.5), typical(1.0)
    assert loose[0] < usual[0] < strict[0]
    assert loose[1] < 0.3 < usual[1] < strict[1] == 1.0


def test_vocabularies_differ_in_what_triads_become():
    sizes = {}
    for name in ("power", "triads", "pop", "jazz"):
        found = [
            chord for seed in range(10) for chord in chords(brief(style(vocabulary=name), seed=seed, weirdness=0.0))
        ]
        sizes[name] = sum(len(chord.intervals) for chord in found) / len(found)

    assert sizes["power"] < sizes["triads"] < sizes["pop"] < sizes["jazz"]


def test_the_same_seed_gives_the_same_chords_and_another_seed_others():
    found = [chords(brief(seed=seed)) for seed in (1, 1, 2)]

    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
def test_voices_move_little_and_not_in_parallel_fifths_or_octaves(each):
    found = chords(replace(brief(each), weirdness=0.6))

    voiced = voicings(found, Pitch(48), Pitch(72))

    moves = [sum(abs(a - b) for a, b in zip(one, other, strict=False)) / len(one) for one, other in pairwise(voiced)]
    assert sum(moves) / len(moves) < 2.6
    assert sum(parallel(one, other) for one, other in pairwise(voiced)) <= len(voiced) // 50
    assert all(min(voicing) >= 48 and max(voicing) <= 72 for voicing in voiced)


def test_a_voicing_has_the_notes_of_its_chord():
    found = chords(brief(STYLES[3]))

    for chord, voicing in zip(found, voicings(found, Pitch(48), Pitch(76)), strict=True):
        assert {pitch % 12 for pitch in voicing} <= set(chord.pitch_classes())
        assert (chord.root + chord.intervals[1]) % 12 in {pitch % 12 for pitch in voicing}
