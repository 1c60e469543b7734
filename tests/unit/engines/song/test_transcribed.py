"""A recording becomes a score that has what was heard, and from which can be gone on."""

from dataclasses import replace
from functools import cache

import pytest

from antiphon.domain.heard import (
    ChordKind,
    HeardChord,
    HeardNote,
    HeardSection,
    HeardTempo,
    Wanted,
)
from antiphon.engines.listen import align
from antiphon.engines.listen.hear import Reading, hear
from antiphon.engines.song.bargrid import grid_of
from antiphon.engines.song.check import faults, tune_of
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.score import Meter, Role
from antiphon.engines.song.studio import created, reader
from antiphon.engines.song.timed import timed
from antiphon.engines.song.transcribed import Wish, score_of, transcribed
from antiphon.engines.song.verbs.cover import covered
from antiphon.engines.song.verbs.extend import extended
from unit.engines.listen import sung
from unit.engines.song.recorded import heard_of

WISH = Wish(title="Harbour", seed=3, style="pop")


@cache
def song(style="pop", seed=2, **more):
    return created(Request(seed=seed, style=style, description="a song about the sea", seconds=60, **more))


@pytest.fixture(scope="module")
def speaker():
    with reader("en") as found:
        yield found


def pitches(score):
    return {note.start: note.pitch for note in tune_of(score)}


@pytest.mark.parametrize("late", [0.0, 1.37])
def test_tempo_key_meter_chords_and_form_are_those_that_were_heard(late, speaker):
    truth = song()
    found = score_of(heard_of(truth, late=late), WISH, speaker)
    assert (found.key, found.meter, found.bars) == (truth.key, truth.meter, truth.bars)
    assert found.tempos[0].bpm == pytest.approx(truth.tempos[0].bpm, rel=1e-4)
    assert [chord.root for chord in found.chords] == [chord.root for chord in truth.chords]
    assert [chord.start for chord in found.chords] == [chord.start for chord in truth.chords]
    assert [section.first_bar for section in found.sections] == [section.first_bar for section in truth.sections]


def test_what_was_sung_is_sung_again_with_its_words_at_their_time(speaker):
    truth = song()
    made = transcribed(heard_of(truth), WISH, speaker)
    found = made.score
    assert found.vocal.lines == truth.vocal.lines
    assert [word.text for word in found.vocal.words] == [word.text for word in truth.vocal.words]
    starts = [(one.start, other.start) for one, other in zip(timed(found), timed(truth), strict=True)]
    assert all(one == pytest.approx(other, abs=0.07) for one, other in starts)
    same = [pitches(truth)[start] == pitch for start, pitch in pitches(found).items() if start in pitches(truth)]
    assert sum(same) >= 0.95 * len(same)
    assert (made.moved, made.unsung) == (0, 0)


def test_a_melody_whose_words_nobody_knows_is_played(speaker):
    truth = song()
    found = score_of(replace(heard_of(truth), words=()), WISH, speaker)
    lead = next(part for part in found.parts if part.role is Role.LEAD)
    assert found.vocal is None
    played = {note.start: note.pitch % 12 for note in lead.notes}
    kept = [played.get(start) == pitch % 12 for start, pitch in pitches(truth).items()]
    assert sum(kept) >= 0.9 * len(kept)


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("style", ["pop", "waltz", "jazz", "metal"])
def test_what_was_transcribed_has_no_faults_and_can_be_extended_and_covered(style, words, speaker):
    heard = heard_of(song(style))
    found = score_of(heard if words else replace(heard, words=()), replace(WISH, style=style), speaker)
    further = extended(found, found.seconds * 0.6, Change(lyrics="On we go along the river\nTill the sea"), speaker)
    other = covered(found, Change(style="reggae"), speaker)
    assert [faults(found), faults(further), faults(other)] == [[], [], []]
    assert further.key == found.key


STRANGE = {
    "leaps of three octaves": lambda heard: replace(
        heard,
        melody=tuple(
            replace(note, pitch=note.pitch + 36 * (number % 2) - 12) for number, note in enumerate(heard.melody)
        ),
    ),
    "a semitone beside the key": lambda heard: replace(
        heard, melody=tuple(replace(note, pitch=note.pitch + 1) for note in heard.melody)
    ),
    "no melody": lambda heard: replace(heard, melody=(), words=()),
    "words without notes": lambda heard: replace(heard, melody=()),
    "notes without chords": lambda heard: replace(heard, chords=()),
    "no sections": lambda heard: replace(heard, sections=()),
    "words all at once": lambda heard: replace(
        heard, words=tuple(replace(word, start=5.0, end=5.0) for word in heard.words)
    ),
    "notes all at once": lambda heard: replace(
        heard, melody=tuple(replace(note, start=5.0, end=5.1) for note in heard.melody)
    ),
    "one bar": lambda heard: replace(
        heard, downbeats=heard.downbeats[:1], chords=heard.chords[:1], melody=heard.melody[:1], words=()
    ),
    "five beats": lambda heard: replace(heard, meter=5, downbeats=heard.beats[::5]),
    "a melody before the first beat": lambda heard: replace(
        heard, downbeats=heard.downbeats[2:], beats=heard.beats[8:]
    ),
    "notes after the end": lambda heard: replace(heard, seconds=8.0),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_what_was_heard_strangely_becomes_a_score_without_faults(strange, speaker):
    made = transcribed(STRANGE[strange](heard_of(song())), WISH, speaker)
    assert faults(made.score) == []


def test_what_had_to_be_moved_and_left_out_is_told(speaker):
    heard = heard_of(song())
    made = transcribed(STRANGE["a semitone beside the key"](heard), WISH, speaker)
    assert made.heard == len(heard.melody)
    assert made.moved > len(heard.melody) / 4
    crowded = transcribed(replace(heard, seconds=8.0), WISH, speaker)
    assert crowded.unsung > 0


def test_a_tempo_that_changes_is_followed_bar_by_bar(speaker):
    heard = heard_of(song())
    slowing = [second * (1 + second / 200) for second in heard.downbeats]
    loose = replace(heard, downbeats=tuple(slowing), tempo=replace(heard.tempo, steadiness=0.3), words=())
    found = score_of(loose, WISH, speaker)
    assert len(found.tempos) > 3
    assert found.tempos[0].bpm > found.tempos[-1].bpm
    grid = grid_of(loose)
    lasted = grid.lines[-1] - grid.lines[0]
    assert found.second(found.end) == pytest.approx(lasted, rel=0.01)


@pytest.mark.parametrize(
    ("meter", "division", "bpm", "wanted"),
    [
        (4, 2, 124.0, (Meter(beats=4), 0.0, 124.0)),
        (4, 3, 92.0, (Meter(beats=4), 1.0, 92.0)),
        (3, 2, 140.0, (Meter(beats=3), 0.0, 140.0)),
        (2, 3, 60.0, (Meter(beats=6, unit=8), 0.0, 90.0)),
    ],
)
def test_meter_and_swing_follow_from_the_beats_and_what_they_are_divided_by(meter, division, bpm, wanted):
    beats = tuple(60 / bpm * number for number in range(4 * meter))
    heard = replace(
        heard_of(song()),
        tempo=HeardTempo(bpm=bpm, alternative=bpm / 2, steadiness=1.0),
        meter=meter,
        division=division,
        beats=beats,
        downbeats=beats[::meter],
    )
    found = score_of(replace(heard, chords=(), melody=(), words=(), sections=(), seconds=beats[-1]), WISH)
    assert (found.meter, found.swing) == wanted[:2]
    assert found.tempos[0].bpm == pytest.approx(wanted[2])


def test_sections_are_named_by_where_somebody_sings_and_what_returns(speaker):
    heard = heard_of(song())
    parts = [("X", 0.3), ("A", 0.5), ("B", 0.9), ("A", 0.5), ("B", 0.9), ("C", 0.7), ("X", 0.7), ("B", 1.0), ("Y", 0.3)]
    bar = heard.downbeats[1] - heard.downbeats[0]
    spans = [(2 * bar * number, 2 * bar * (number + 1)) for number in range(len(parts))]
    sections = tuple(
        HeardSection(start=start, end=end, label=label, energy=energy)
        for (label, energy), (start, end) in zip(parts, spans, strict=True)
    )
    notes = tuple(
        HeardNote(start=start, end=start + 1.8 * bar, pitch=65)
        for (label, _), (start, _) in zip(parts, spans, strict=True)
        if label not in "XY"
    )
    chords = (HeardChord(start=0.0, end=spans[-1][1], root=heard.key.tonic, kind=ChordKind.MAJOR),)
    found = score_of(replace(heard, sections=sections, melody=notes, words=(), chords=chords), WISH, speaker)
    kinds = "intro verse chorus verse chorus bridge solo chorus outro"
    assert [section.kind.value for section in found.sections] == kinds.split()


def test_the_same_was_heard_so_the_same_is_written(speaker):
    heard = heard_of(song())
    assert score_of(heard, WISH, speaker) == score_of(heard, WISH, speaker)


class Nobody:
    def begun(self, stage): ...

    def stem(self, name, sound): ...


def test_a_recording_is_heard_and_taken_down(speaker):
    truth = sung.score("country")
    heard = hear(sung.mix("country"), Wanted(), Reading(), Nobody())
    words = align.words(sung.lead_alone("country"), sung.LOW_RATE, "\n".join(truth.vocal.lines), "en")
    found = score_of(replace(heard, words=words), replace(WISH, style="country"), speaker)
    assert faults(found) == []
    assert found.key.scale() == truth.key.scale()
    assert found.tempos[0].bpm == pytest.approx(truth.tempos[0].bpm, rel=0.005)
    assert [word.text for word in found.vocal.words] == [word.text for word in truth.vocal.words]
    begin = grid_of(replace(heard, words=words)).lines[0]
    moments = [0.5 * number + 0.2 for number in range(int(2 * truth.seconds) - 1)]
    roots = [
        found.chord_at(found.tick(at - begin)).root == truth.chord_at(truth.tick(at)).root
        for at in moments
        if at >= begin
    ]
    assert sum(roots) >= 0.7 * len(roots)
