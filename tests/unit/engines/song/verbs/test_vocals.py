"""Words sung over a band that is there already."""

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Meter, Pitch, Role, SectionKind, Singer
from antiphon.engines.song.verbs.vocals import with_vocals
from unit.engines.song import arranging
from unit.engines.song.composing import espeak
from unit.engines.song.verbs.material import CHORUS, LYRICS, MORE, played, sung

BARITONE = Singer(gender="male", lowest=Pitch(43), highest=Pitch(64))
SOURCES = {
    "pop": lambda: played("pop", seed=6),
    "waltz": lambda: played("waltz", seed=7),
    "jig": lambda: played("irish folk", seed=8),
    "blues": lambda: played("blues", seed=9),
    "five": lambda: arranging.played(meter=Meter(beats=5)),
    "short": lambda: played("techno", seed=2, seconds=12.0),
    "sung": lambda: sung("pop", gender="female"),
}
WORDS = {
    "some": MORE,
    "song": LYRICS,
    "too many": "\n\n".join([LYRICS] * 4),
    "one": "Oh",
    "untagged": "La la la\nLa la",
}


def voiced(score, **change):
    return with_vocals(score, Change(**change), espeak())


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("source", SOURCES)
def test_added_vocals_have_no_faults(source, words):
    song = voiced(SOURCES[source](), lyrics=WORDS[words])

    assert faults(song) == []
    assert song.vocal.words


def test_everybody_plays_on_note_for_note_but_who_leads():
    score = played("pop", seed=6)

    song = voiced(score, lyrics=LYRICS)

    def others(each):
        return [part for part in each.parts if part.role not in {Role.LEAD, Role.COUNTER}]

    assert others(song) == others(score)
    kept = ("chords", "sections", "tempos", "key", "meter", "swing")
    assert [getattr(song, name) for name in kept] == [getattr(score, name) for name in kept]


def test_leads_and_answers_rest_while_a_line_is_sung():
    score = arranging.played()
    song = voiced(score, lyrics=LYRICS)
    lines = {}
    for note in song.vocal.lead:
        begin, _ = lines.get(song.vocal.words[note.word].line, (note.start, 0))
        lines[song.vocal.words[note.word].line] = begin, note.start + note.length

    leading = [part for part in song.parts if part.role in {Role.LEAD, Role.COUNTER}]

    assert leading
    for note in (note for part in leading for note in part.notes):
        assert all(note.start + note.length <= start or end <= note.start for start, end in lines.values())
    before = [note for part in score.parts if part.role in {Role.LEAD, Role.COUNTER} for note in part.notes]
    assert {(n.start, n.pitch) for part in leading for n in part.notes} < {(n.start, n.pitch) for n in before}


def test_choruses_are_sung_where_the_song_has_them():
    song = voiced(played("pop", seed=6), lyrics=LYRICS)

    refrain = set(CHORUS.splitlines()[1:])
    for note in song.vocal.lead:
        line = song.vocal.lines[song.vocal.words[note.word].line]
        bar = note.start // song.meter.bar
        section = next(each for each in reversed(song.sections) if each.first_bar <= bar)
        assert (line in refrain) == (section.kind is SectionKind.CHORUS)


def test_words_are_written_on_what_is_described():
    song = voiced(played("pop", seed=6), description="a song about a lighthouse", language="en")

    assert len(song.vocal.lines) >= 4
    assert faults(song) == []


@pytest.mark.parametrize("change", [{}, {"lyrics": "   "}, {"lyrics": "[Verse]\n[Chorus]\n..."}])
def test_nothing_to_sing_is_refused(change):
    with pytest.raises(InvalidRequest) as refused:
        voiced(played("pop", seed=6), **change)
    assert (refused.value.reason, refused.value.field) == ("missing", "lyrics")


def test_a_persona_sings_in_its_range():
    song = voiced(played("pop", seed=6), lyrics=LYRICS, singer=BARITONE)

    assert song.vocal.singer == BARITONE
    assert faults(song) == []


def test_more_words_than_there_are_bars_for_are_cut():
    song = voiced(played("techno", seed=2, seconds=12.0), lyrics="\n\n".join([LYRICS] * 4))

    assert song.vocal.lead[-1].start + song.vocal.lead[-1].length <= song.end
    assert len(song.vocal.lines) <= song.bars
