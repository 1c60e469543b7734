"""Who plays what."""

from itertools import pairwise

import pytest

from antiphon.engines.song.arrange.stage import in_order
from antiphon.engines.song.check import faults
from antiphon.engines.song.play.instruments import instrument
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import TICKS, Meter, Note, Role, SectionKind
from antiphon.engines.song.style import Seat
from antiphon.engines.song.vocabulary import vocabulary
from unit.engines.song.arranging import first, heard, of_genre, part, played, span, sung

INTRO, VERSE, CHORUS, OUTRO = SectionKind.INTRO, SectionKind.VERSE, SectionKind.CHORUS, SectionKind.OUTRO
GENRES = sorted(vocabulary().genres)
SEEDS = range(5)


def out_of_range(score):
    return [
        (part.instrument, note.pitch)
        for part in score.parts
        for note in part.notes
        if not instrument(part.instrument).lowest <= note.pitch <= instrument(part.instrument).highest
    ]


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_parts_that_can_be_played(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)

        assert score.parts
        assert faults(score) == []
        assert out_of_range(score) == []


@pytest.mark.parametrize("groove", ["straight", "swing", "trap", "bossa", "one_drop", "metal", "house", "salsa"])
def test_sung_songs_are_without_faults(groove):
    score = sung(groove)

    assert faults(score) == []
    assert out_of_range(score) == []


@pytest.mark.parametrize(
    "meter", [Meter(beats=3), Meter(beats=5), Meter(beats=2), Meter(beats=6, unit=8), Meter(beats=7, unit=8)]
)
def test_other_meters_have_parts(meter):
    score = played(meter=meter)

    assert {Role.DRUMS, Role.BASS, Role.CHORDS} <= {part.role for part in score.parts}
    assert faults(score) == []


def test_the_same_seed_gives_the_same_parts():
    assert sung.__wrapped__(seed=3).parts == sung.__wrapped__(seed=3).parts


def test_another_seed_gives_others():
    assert sung(seed=3).parts != sung(seed=4).parts


@pytest.mark.parametrize("seed", SEEDS)
def test_an_intro_is_thinner_than_a_chorus(seed):
    score = sung(seed=seed)

    assert len(heard(score, first(score, INTRO))) < len(heard(score, first(score, CHORUS)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_verse_is_thinner_than_a_chorus(seed):
    score = sung(seed=seed)

    assert len(heard(score, first(score, VERSE))) < len(heard(score, first(score, CHORUS)))


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_last_chorus_everybody_who_plays_at_all_plays(seed):
    score = sung(seed=seed)
    last = max(place for place, section in enumerate(score.sections) if section.kind is CHORUS)

    assert {part.role for part in score.parts} - heard(score, last) <= {Role.LEAD, Role.EFFECTS}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_bar_rests_on_the_tonic(seed):
    score = sung(seed=seed)
    last = score.end - score.meter.bar
    ending = [
        note.pitch % 12
        for part in score.parts
        if part.role in {Role.CHORDS, Role.PAD, Role.BASS}
        for note in part.notes
        if note.start + note.length == score.end and note.start >= last
    ]

    assert score.key.tonic in ending
    assert set(ending) <= {*score.chord_at(last).pitch_classes()}


def test_sections_that_are_alike_have_the_same_groove():
    score = sung()
    choruses = [place for place, section in enumerate(score.sections) if section.kind is CHORUS]
    places = choruses[:2]
    assert score.sections[places[1]].like == places[0]
    beats = []
    for place in places:
        where = span(score, place)
        bars = range(where.start + score.meter.bar, where.start + 2 * score.meter.bar)
        beats.append(
            {(note.start - where.start, note.pitch) for note in part(score, Role.DRUMS).notes if note.start in bars}
        )

    assert beats[0] == beats[1] != set()


def test_fills_differ():
    last_bars = set()
    score = sung()
    for place in range(len(score.sections) - 1):
        end = span(score, place).stop
        bar = range(end - score.meter.bar, end)
        last_bars.add(
            frozenset(
                (note.start - bar.start, note.pitch) for note in part(score, Role.DRUMS).notes if note.start in bar
            )
        )

    assert len(last_bars) > 3


def test_a_cymbal_marks_the_chorus():
    score = sung()
    start = span(score, first(score, CHORUS)).start

    assert any(note.start == start and note.pitch in {49, 57} for note in part(score, Role.DRUMS).notes)


@pytest.mark.parametrize("groove", ["straight", "funk", "swing", "disco"])
def test_the_bass_begins_a_chord_with_its_bass(groove):
    score = sung(groove)
    begins = {note.start: note.pitch % 12 for note in part(score, Role.BASS).notes}

    for chord in score.chords:
        if chord.start in begins:
            assert begins[chord.start] == (chord.root if chord.bass is None else chord.bass)


@pytest.mark.parametrize("groove", ["straight", "shuffle", "swing", "ska", "soul", "tango", "train", "funk"])
def test_bass_and_voice_do_not_run_in_octaves(groove):
    score = sung(groove)
    tune = {note.start: note.pitch for note in score.vocal.lead}
    roots = {chord.start for chord in score.chords}
    meeting = [
        note
        for note in part(score, Role.BASS).notes
        if note.start in tune and strength(score.meter, note.start) >= STRONG
    ]

    for one, other in pairwise(meeting):
        apart = [(tune[note.start] - note.pitch) % 12 for note in (one, other)]
        moves = (other.pitch - one.pitch) * (tune[other.start] - tune[one.start])
        assert apart != [0, 0] or moves <= 0 or {one.start, other.start} <= roots


def test_all_notes_are_on_the_grid():
    score = sung("rock")
    grid = TICKS // 24

    assert all(note.start % grid == 0 for part in score.parts for note in part.notes)


def test_no_key_is_struck_while_it_is_down():
    for each in sung().parts:
        until = {}
        for note in each.notes:
            assert note.start >= until.get(note.pitch, 0)
            until[note.pitch] = note.start + note.length


def test_instruments_answer_where_the_voice_rests_or_holds_its_note():
    score = sung()
    place = first(score, VERSE)
    begun = [range(note.start, note.start + min(note.length, TICKS)) for note in score.vocal.lead]
    answers = [note for note in part(score, Role.COUNTER).notes if note.start in span(score, place)]

    assert answers
    assert all(note.start not in word for note in answers for word in begun)


def test_an_instrumental_has_its_tune_in_every_section():
    score = played()

    assert all(Role.LEAD in heard(score, place) for place in range(len(score.sections)))


def test_who_plays_alone_plays_the_tune_and_the_chords():
    score = played(seats=(Seat(role=Role.CHORDS, instruments=(("grand_piano", 1.0),)),))

    assert [(part.role, part.instrument) for part in score.parts] == [
        (Role.CHORDS, "grand_piano"),
        (Role.LEAD, "grand_piano"),
    ]


def test_drums_alone_stay_alone():
    score = played(seats=(Seat(role=Role.DRUMS, instruments=(("rock_kit", 1.0),)),))

    assert [part.role for part in score.parts] == [Role.DRUMS]


def test_a_distorted_guitar_plays_fifths():
    seats = (Seat(role=Role.RHYTHM, instruments=(("distorted_guitar", 1.0),)),)
    score = sung("rock", seats=seats)
    chords = {}
    for note in part(score, Role.RHYTHM).notes:
        chords.setdefault(note.start, set()).add(note.pitch)

    assert {tuple(key - min(keys) for key in sorted(keys)) for keys in chords.values()} == {(0, 7, 12)}


def test_energy_decides_how_hard_is_played():
    score = sung()
    means = {}
    for kind in (VERSE, CHORUS):
        where = span(score, first(score, kind))
        loud = [note.velocity for note in part(score, Role.CHORDS).notes if note.start in where]
        means[kind] = sum(loud) / len(loud)

    assert means[VERSE] < means[CHORUS]


def test_notes_in_order_end_where_their_key_is_struck_again():
    found = in_order(
        [Note(start=240, length=240, pitch=60, velocity=9), Note(start=0, length=480, pitch=60, velocity=9)]
    )

    assert [(note.start, note.length) for note in found] == [(0, 240), (240, 240)]
