"""Songs cut and joined on bar lines."""

from dataclasses import replace

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.score import Chord, Key, Mode, Pitch, Role, SectionKind, Singer, Tempo, Ticks
from antiphon.engines.song.verbs.splice import bar_at, cut, joined, transposed
from unit.engines.song.verbs.material import played, seam_after, second_of, sung

SONGS = [("pop", sung), ("waltz", sung), ("jazz", played), ("metal", sung), ("afrobeat", played), ("folk", sung)]
EACH = pytest.mark.parametrize(("style", "make"), SONGS, ids=lambda each: each if isinstance(each, str) else "")
UNPITCHED = {Role.DRUMS, Role.PERCUSSION, Role.EFFECTS}


def heard(score, seam=None):
    """All that sounds, by who plays it; what rings over a bar line only till there."""

    def ringing(note):
        end = note.start + note.length
        return (note.start, min(end, seam) - note.start if seam and note.start < seam else note.length, note.pitch)

    band = [((part.role, part.instrument), [ringing(note) for note in part.notes]) for part in score.parts]
    voices = () if score.vocal is None else (score.vocal.lead, *score.vocal.harmonies)
    words = [] if score.vocal is None else [word.text for word in score.vocal.words]
    return sorted(band), [[(*ringing(note), note.phonemes, words[note.word]) for note in voice] for voice in voices]


@EACH
def test_pieces_have_no_faults_and_their_bars_add_up(style, make):
    score = make(style)

    for seam in range(1, score.bars, 5):
        first, second = cut(score, 0, seam), cut(score, seam, score.bars)
        assert faults(first) == faults(second) == faults(joined(first, second)) == []
        assert (first.bars, second.bars) == (seam, score.bars - seam)


@EACH
def test_what_was_cut_and_joined_sounds_as_before(style, make):
    score = make(style)
    ends = {section.first_bar for section in score.sections[1:]}

    for seam in ends:
        again = joined(cut(score, 0, seam), cut(score, seam, score.bars))
        assert heard(again) == heard(score, seam * score.meter.bar)
        assert (again.chords, again.tempos, again.bars) == (score.chords, score.tempos, score.bars)


def test_the_same_cut_is_the_same_value():
    score = sung()

    assert cut(score, 3, 17) == cut(score, 3, 17)
    assert cut(score, 0, score.bars) == score


def test_a_piece_begins_at_nought_with_the_chord_and_the_tempo_that_stand_there():
    long = Chord(start=Ticks(0), length=sung().end, root=0, intervals=(0, 4, 7), symbol="C")
    bar = sung().meter.bar
    score = replace(
        sung(), chords=(long,), tempos=(Tempo(start=Ticks(0), bpm=100.0), Tempo(start=Ticks(2 * bar), bpm=90.0))
    )

    piece = cut(score, 1, 5)

    assert piece.chords == (replace(long, length=Ticks(4 * bar)),)
    assert piece.tempos == (Tempo(start=Ticks(0), bpm=100.0), Tempo(start=Ticks(bar), bpm=90.0))
    assert cut(score, 3, 5).tempos == (Tempo(start=Ticks(0), bpm=90.0),)


def test_what_rings_over_a_seam_ends_there():
    score = sung()
    held = tuple(
        replace(part, notes=tuple(replace(note, length=score.end) for note in part.notes)) for part in score.parts
    )

    piece = cut(replace(score, parts=held), 2, 6)

    assert {note.start + note.length for part in piece.parts for note in part.notes} == {piece.end}


def test_words_that_cross_a_seam_are_sung_on_neither_side():
    score = sung()
    bar = score.meter.bar
    first = next(note for note in score.vocal.lead if not note.start % bar and note.word)
    stretched = [replace(note, word=first.word) if note.word == first.word - 1 else note for note in score.vocal.lead]
    score = replace(score, vocal=replace(score.vocal, lead=tuple(stretched)))
    seam = first.start // bar
    crossing = score.vocal.words[first.word].text

    before, after = cut(score, 0, seam), cut(score, seam, score.bars)

    assert all(note.start + note.length <= before.end for note in before.vocal.lead)
    assert {note.word for note in before.vocal.lead} == set(range(len(before.vocal.words)))
    assert len(before.vocal.words) + len(after.vocal.words) <= len(score.vocal.words) - 1
    assert after.vocal.lines[0].split()[0] != crossing


def test_a_whole_line_stays_as_it_is_written_and_a_broken_one_keeps_the_words_that_are_left():
    score = sung()
    line = next(note for note in score.vocal.lead if score.vocal.words[note.word].line == 1)
    bar = line.start // score.meter.bar + 1

    before, after = cut(score, 0, bar), cut(score, bar, score.bars)

    assert before.vocal.lines[0] == score.vocal.lines[0]
    assert after.vocal.lines[-1] == score.vocal.lines[-1]
    told = f"{before.vocal.lines[-1]} {after.vocal.lines[0]}".split()
    assert set(told) <= set(score.vocal.lines[1].split())


def test_a_line_is_not_broken_off_after_a_leap():
    score = sung()
    line = [note for note in score.vocal.lead if score.vocal.words[note.word].line == 0]
    bar = line[-1].start // score.meter.bar
    last = [note for note in line if note.start < bar * score.meter.bar][-1]
    low = score.vocal.singer.lowest
    lead = tuple(
        replace(note, pitch=low + 9 * (note.word == last.word)) if note in line else note for note in score.vocal.lead
    )

    piece = cut(replace(score, vocal=replace(score.vocal, lead=lead)), 0, bar)

    assert not [fault for fault in faults(piece) if "leap" in fault]
    assert len(piece.vocal.words) == last.word


def test_a_section_that_is_not_whole_is_like_no_other():
    score = sung()
    chorus = [place for place, each in enumerate(score.sections) if each.kind is SectionKind.CHORUS]
    assert score.sections[chorus[2]].like == chorus[0]

    piece = cut(score, score.sections[chorus[0]].first_bar + 1, score.bars)

    found = [(each.kind, each.like) for each in piece.sections if each.kind is SectionKind.CHORUS]
    second = next(place for place, each in enumerate(piece.sections) if each.kind is SectionKind.CHORUS and place)
    assert found == [(SectionKind.CHORUS, None), (SectionKind.CHORUS, None), (SectionKind.CHORUS, second)]


@pytest.mark.parametrize("bars", [(-1, 3), (3, 3), (4, 2), (0, 10_000)])
def test_bars_that_there_are_not_cannot_be_cut(bars):
    with pytest.raises(InvalidRequest):
        cut(sung(), *bars)


def test_who_plays_in_both_has_one_part_placed_as_in_the_first():
    first, second = sung(seed=1), sung(seed=2)
    louder = replace(second, parts=tuple(replace(part, gain=9.0) for part in second.parts))

    both = joined(first, louder)

    own = {(part.role, part.instrument): part.gain for part in first.parts}
    assert [(part.role, part.instrument) for part in both.parts][: len(own)] == list(own)
    assert all(part.gain == own.get((part.role, part.instrument), 9.0) for part in both.parts)
    assert sum(len(part.notes) for part in both.parts) == sum(
        len(part.notes) for each in (first, second) for part in each.parts
    )


def test_a_tempo_that_goes_on_is_told_once():
    score = sung()
    slower = replace(score, tempos=(Tempo(start=Ticks(0), bpm=61.0),))

    assert joined(score, score).tempos == score.tempos
    assert joined(score, slower).tempos == (*score.tempos, Tempo(start=score.end, bpm=61.0))


def test_a_deeper_singer_of_the_same_gender_leaves_the_tune_to_the_first_one():
    first, second = sung(seed=1, gender="female"), sung(seed=2, gender="female")
    deep = Singer(gender="female", lowest=Pitch(57), highest=Pitch(60))
    narrow = replace(first, vocal=replace(first.vocal, lead=(), harmonies=(), lines=(), words=(), singer=deep))

    both = joined(narrow, second)

    assert both.vocal.partner is None
    assert both.vocal.singer.tract == deep.tract
    assert both.vocal.singer.lowest <= min(note.pitch for note in both.vocal.lead)
    assert both.vocal.singer.highest >= max(note.pitch for note in both.vocal.lead)


def test_somebody_of_the_other_gender_becomes_the_partner():
    first, second = sung(seed=1, gender="female"), sung(seed=1, gender="male")

    both = joined(first, second)

    assert both.vocal.singers == (first.vocal.singer, second.vocal.singer)
    assert [note.singer for note in both.vocal.lead] == [0] * len(first.vocal.lead) + [1] * len(second.vocal.lead)
    assert [note.pitch for note in both.vocal.lead[len(first.vocal.lead) :]] == [
        note.pitch for note in second.vocal.lead
    ]


def test_one_who_sings_joins_those_who_do_not_and_the_other_way_round():
    alone, band = sung(), played()

    assert joined(alone, band).vocal == alone.vocal
    later = joined(band, alone).vocal
    assert [note.start - band.end for note in later.lead] == [note.start for note in alone.vocal.lead]
    assert later.lines == alone.vocal.lines


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (sung("waltz"), "meter"),
        (sung(lyrics="[Verse]\nDie Sonne scheint auf das alte Haus", language="de"), "language"),
    ],
)
def test_songs_of_other_meters_and_languages_cannot_be_joined(other, reason):
    with pytest.raises(InvalidRequest) as refused:
        joined(sung(), other)

    assert refused.value.reason == reason


@pytest.mark.parametrize("semitones", [-7, -1, 2, 5, 12])
@pytest.mark.parametrize("score", [sung(), played("jazz")], ids=["sung", "played"])
def test_a_song_is_transposed_whole(score, semitones):
    higher = transposed(score, semitones)

    assert faults(higher) == []
    assert higher.key == Key(tonic=(score.key.tonic + semitones) % 12, mode=score.key.mode)
    assert [each.root for each in higher.chords] == [(each.root + semitones) % 12 for each in score.chords]
    for before, after in zip(score.parts, higher.parts, strict=True):
        moved = 0 if before.role in UNPITCHED else semitones
        assert {(b.pitch - a.pitch - moved) % 12 for a, b in zip(before.notes, after.notes, strict=True)} == {0}
    if score.vocal is not None:
        ways = {b.pitch - a.pitch for a, b in zip(score.vocal.lead, higher.vocal.lead, strict=True)}
        assert len(ways) == 1
        assert (ways.pop() - semitones) % 12 == 0


def test_transposed_chords_are_called_so():
    chord = Chord(start=Ticks(0), length=sung().end, root=9, intervals=(0, 3, 7, 10), symbol="Am7/G", bass=7)
    score = replace(sung(), chords=(chord,), key=Key(tonic=0, mode=Mode.MAJOR))

    assert transposed(score, 1).chords[0].symbol == "Bbm7/Ab"
    assert transposed(score, 2).chords[0].symbol == "Bm7/A"
    assert transposed(replace(score, chords=(replace(chord, symbol="?"),)), 2).chords[0].symbol == "?"


def test_a_moment_is_at_the_bar_line_that_is_nearest():
    score = sung()
    bar = second_of(score, 1)

    assert [bar_at(score, second, "at") for second in (0.0, 0.4 * bar, 0.6 * bar, bar, 7.4 * bar)] == [0, 0, 1, 1, 7]
    assert bar_at(score, score.seconds + 3.0, "at") == score.bars == seam_after(score, score.sections[-1].kind)


@pytest.mark.parametrize("second", [-0.1, 10_000.0, float("nan"), float("inf")])
def test_a_moment_outside_of_the_song_is_refused(second):
    with pytest.raises(InvalidRequest) as refused:
        bar_at(sung(), second, "at")

    assert (refused.value.reason, refused.value.field) == ("out_of_range", "at")
