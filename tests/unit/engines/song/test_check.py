"""A broken score is found."""

from dataclasses import replace

import pytest

from antiphon.engines.song.check import faults
from antiphon.engines.song.score import Note, Part, Pitch, Role, Ticks
from unit.engines.song.composing import CHORUS, brief, song, style


@pytest.fixture(scope="module")
def good():
    return song(brief(style(cadence=0.0), seconds=60, seed=3))


def with_lead(score, change):
    notes = [change(place, note) for place, note in enumerate(score.vocal.lead)]
    return replace(score, vocal=replace(score.vocal, lead=tuple(notes)))


def with_part(score, role, *notes):
    return replace(score, parts=(Part(role=role, instrument="grand_piano", notes=notes),))


def note(start=0, length=480, pitch=60, velocity=80):
    return Note(start=Ticks(start), length=Ticks(length), pitch=Pitch(pitch), velocity=velocity)


def found(score, words):
    return any(words in fault for fault in faults(score))


def test_a_good_score_has_no_fault(good):
    assert faults(good) == []


def test_a_gap_between_sections(good):
    first, *rest = good.sections

    assert found(replace(good, sections=(replace(first, bars=first.bars - 1), *rest)), "does not begin where")


def test_a_section_that_is_like_a_later_one(good):
    first, *rest = good.sections

    assert found(replace(good, sections=(replace(first, like=2), *rest)), "cannot be like")


def test_a_gap_between_chords(good):
    assert found(replace(good, chords=(*good.chords[:3], *good.chords[4:])), "leaves a gap")


def test_chords_that_end_too_soon(good):
    assert found(replace(good, chords=good.chords[:-1]), "do not end")


def test_other_chords_in_a_repeat(good):
    again = next(section for section in good.sections if section.like is not None)
    start = again.first_bar * good.meter.bar
    changed = tuple(replace(chord, intervals=(0, 6)) if chord.start == start else chord for chord in good.chords)

    assert found(replace(good, chords=changed), "has other chords")


def test_a_melody_out_of_key(good):
    assert found(
        with_lead(good, lambda place, each: replace(each, pitch=each.pitch + place % 2)), "in the key or explained"
    )


def test_strong_beats_off_the_chords(good):
    bar = good.meter.bar
    scale = good.key.scale()

    def off(_, each):
        tones = good.chord_at(each.start).pitch_classes()
        ways = [each.pitch + way for way in (1, 2, -1, -2) if (each.pitch + way) % 12 in set(scale) - set(tones)]
        return replace(each, pitch=ways[0]) if each.start % (bar // 2) == 0 and ways else each

    assert found(with_lead(good, off), "strong beats")


def test_a_leap_beyond_an_octave(good):
    wide = replace(good.vocal.singer, lowest=Pitch(30), highest=Pitch(100))
    score = replace(good, vocal=replace(good.vocal, singer=wide))

    assert found(
        with_lead(score, lambda place, each: replace(each, pitch=each.pitch - 24 * (place == 5))), "leaps over"
    )


def test_a_wide_leap_that_does_not_come_back(good):
    line = [each for each in good.vocal.lead if good.vocal.words[each.word].line == 0]
    low = good.vocal.singer.lowest
    pitches = [low + 2, low + 11, low + 11, low + 12]

    def leaping(place, each):
        return replace(each, pitch=pitches[place]) if place < 4 else each

    assert len(line) > 4
    assert found(with_lead(good, leaping), "not followed by a step back")


def test_notes_outside_of_the_range(good):
    assert found(with_lead(good, lambda _, each: replace(each, pitch=each.pitch + 12)), "leaves the singer's range")


def test_a_second_voice_outside_of_the_range(good):
    (second,) = good.vocal.harmonies
    higher = tuple(replace(each, pitch=each.pitch + 12) for each in second)

    assert found(replace(good, vocal=replace(good.vocal, harmonies=(higher,))), "voice 1 leaves")


def test_two_notes_at_once(good):
    assert found(with_lead(good, lambda _, each: replace(each, length=each.length + 960)), "two notes at once")


def test_singing_after_the_end(good):
    assert found(
        with_lead(good, lambda place, each: replace(each, length=Ticks(10**7)) if place == 3 else each), "outside of"
    )


def test_words_in_another_order(good):
    last = len(good.vocal.words) - 1

    assert found(with_lead(good, lambda _, each: replace(each, word=last - each.word)), "not sung in order")


def test_a_word_that_is_left_out(good):
    kept = tuple(each for each in good.vocal.lead if each.word != 7)

    assert found(replace(good, vocal=replace(good.vocal, lead=kept)), "not all words")


def test_a_held_note_of_another_word(good):
    place = next(
        place
        for place, (one, other) in enumerate(zip(good.vocal.lead, good.vocal.lead[1:], strict=False))
        if one.word != other.word
    )

    def held(here, each):
        return replace(each, phonemes=()) if here == place + 1 else each

    assert found(with_lead(good, held), "another word than the note before it")


def test_a_vowel_that_is_not_there(good):
    assert found(with_lead(good, lambda _, each: replace(each, vowel=99)), "has no vowel")


def test_another_tune_in_a_later_chorus(good):
    again = next(section for section in good.sections if section.kind is CHORUS and section.like is not None)
    start = again.first_bar * good.meter.bar
    end = start + again.bars * good.meter.bar

    def other(_, each):
        return replace(each, pitch=each.pitch - 2) if start <= each.start < end else each

    assert found(with_lead(good, other), "another tune")


def test_octaves_with_the_bass(good):
    roots = {chord.start: chord.root for chord in good.chords}
    wide = replace(good.vocal.singer, lowest=Pitch(30), highest=Pitch(100))
    score = replace(good, vocal=replace(good.vocal, singer=wide))

    def doubling(_, each):
        return replace(each, pitch=60 + roots[each.start]) if each.start in roots else each

    bass = [note(start, 240, 36 + root) for start, root in roots.items()]
    doubled = with_lead(score, doubling)

    assert found(doubled, "go in octaves")
    assert found(with_part(doubled, Role.BASS, *bass), "go in octaves")


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ((note(480), note(0)), "not in order"),
        ((note(-1),), "outside of the song"),
        ((note(10**7),), "outside of the song"),
        ((note(length=0),), "outside of the song"),
        ((note(pitch=128),), "MIDI has not"),
        ((note(velocity=0),), "MIDI has not"),
    ],
)
def test_parts_that_cannot_be_played(good, notes, words):
    assert found(with_part(good, Role.DRUMS, *notes), words)


def test_a_part_in_another_key(good):
    foreign = next(key for key in range(60, 72) if key % 12 not in good.key.scale())
    notes = [note(480 * beat, pitch=foreign) for beat in range(20)]

    assert found(with_part(good, Role.PAD, *notes), "neither in the key nor in the chord")
    assert not found(with_part(good, Role.DRUMS, *notes), "neither in the key")
