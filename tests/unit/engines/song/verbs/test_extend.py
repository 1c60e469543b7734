"""Songs that go on."""

from dataclasses import replace

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Role, SectionKind, Tempo, Ticks
from antiphon.engines.song.verbs.concat import concatenated
from antiphon.engines.song.verbs.extend import extended
from antiphon.engines.song.written import dump
from unit.engines.song.composing import espeak
from unit.engines.song.verbs.material import (
    CHORUS,
    LYRICS,
    MORE,
    harmony,
    played,
    seam_after,
    second_of,
    sections,
    sung,
    within,
)

CHANGES = [
    Change(lyrics=MORE),
    Change(),
    Change(description="a song about winter nights", seconds=40.0),
    Change(instrumental=True, seconds=30.0),
    Change(lyrics=MORE, style="techno, dark", seed=4),
]
SONGS = [("pop", sung), ("waltz", sung), ("jazz", played), ("metal", sung), ("reggae", played)]
STYLES = ["pop", "waltz", "jazz", "metal", "folk"]


def after_chorus(score, change, number=0):
    seam = seam_after(score, SectionKind.CHORUS, number)
    return extended(score, second_of(score, seam), change, espeak())


def drums(score, bar):
    start, end = bar * score.meter.bar, (bar + 1) * score.meter.bar
    return [
        note.pitch
        for part in score.parts
        if part.role is Role.DRUMS
        for note in part.notes
        if start <= note.start < end
    ]


@pytest.mark.parametrize("number", range(len(CHANGES)))
@pytest.mark.parametrize(("style", "make"), SONGS, ids=[f"{style} {make.__name__}" for style, make in SONGS])
def test_what_goes_on_has_no_faults_wherever_it_begins(style, make, number):
    score = make(style, seed=len(style))

    new = extended(score, score.seconds * (0.1 + 0.2 * number), CHANGES[number], espeak())
    whole = concatenated(score, new)
    further = extended(whole, whole.seconds, CHANGES[number], espeak())

    assert faults(new) == faults(whole) == faults(further) == faults(concatenated(whole, further)) == []
    assert whole.bars == new.credits.seam + new.bars


@pytest.mark.parametrize("style", STYLES)
def test_key_tempo_meter_swing_band_and_singer_stay(style):
    score = sung(style)

    new = after_chorus(score, Change(lyrics=MORE, style="techno, in F# minor, 170 bpm"))

    assert (new.key, new.meter, new.swing, new.tempos) == (score.key, score.meter, score.swing, score.tempos)
    players = {(part.role, part.instrument): (part.gain, part.pan, part.reverb) for part in score.parts}
    for part in new.parts:
        if part.role in {each.role for each in score.parts}:
            assert players[part.role, part.instrument] == (part.gain, part.pan, part.reverb)
    assert (new.vocal.singer, new.vocal.language) == (score.vocal.singer, score.vocal.language)


@pytest.mark.parametrize("style", STYLES)
def test_a_chorus_with_the_same_words_comes_back_with_the_same_notes_and_chords(style):
    score = sung(style)

    new = after_chorus(score, Change(lyrics=CHORUS))

    (old, again) = sections(score, SectionKind.CHORUS)[0], sections(new, SectionKind.CHORUS)[0]
    assert within(new.vocal.lead, new, again) == within(score.vocal.lead, score, old)
    assert harmony(new, again) == harmony(score, old)


@pytest.mark.parametrize("style", STYLES)
def test_a_chorus_with_other_words_comes_back_with_the_same_tune_and_chords(style):
    score = sung(style)

    new = after_chorus(score, Change(lyrics=MORE, seed=77))

    (old, again) = sections(score, SectionKind.CHORUS)[0], sections(new, SectionKind.CHORUS)[0]
    assert harmony(new, again) == harmony(score, old)
    tune = within(score.vocal.lead, score, old)
    for start, _, pitch in within(new.vocal.lead, new, again):
        assert [old_pitch for begin, length, old_pitch in tune if begin <= start < begin + length] in ([], [pitch])


@pytest.mark.parametrize("style", ["pop", "jazz"])
def test_with_another_seed_the_band_plays_as_it_did(style):
    score = sung(style)

    one, other = (after_chorus(score, Change(lyrics=CHORUS, seed=seed)) for seed in (1, 9))

    for role in (Role.DRUMS, Role.CHORDS):
        first, second = (
            [part.notes for part in new.parts if part.role is role and drums(new, 0)] for new in (one, other)
        )
        assert [within(notes, one, one.sections[0]) for notes in first] == [
            within(notes, other, other.sections[0]) for notes in second
        ]


def test_a_chorus_of_another_number_of_lines_begins_as_it_did():
    score = sung()
    lyrics = "[Chorus]\nLight up the harbour, light up the bay\nNobody here wants to sail away"

    new = after_chorus(score, Change(lyrics=lyrics))

    (old, again) = sections(score, SectionKind.CHORUS)[0], sections(new, SectionKind.CHORUS)[0]
    notes = within(new.vocal.lead, new, again)
    assert notes == within(score.vocal.lead, score, old)[: len(notes)]
    assert harmony(new, again)[0] == harmony(score, old)[0]


def test_an_instrumental_chorus_comes_back():
    score = played("rock", seed=2)
    assert sections(score, SectionKind.CHORUS)

    new = after_chorus(score, Change(seconds=60.0))

    (old, again) = sections(score, SectionKind.CHORUS)[0], sections(new, SectionKind.CHORUS)[0]
    (before, after) = (next(part.notes for part in each.parts if part.role is Role.LEAD) for each in (score, new))
    bars = min(old.bars, again.bars) * score.meter.bar
    first, second = (
        [note for note in notes if note[0] < bars] for notes in (within(before, score, old), within(after, new, again))
    )
    assert (
        [(start, pitch % 12) for start, _, pitch in first] == [(start, pitch % 12) for start, _, pitch in second] != []
    )


def test_an_instrument_goes_on_in_its_octave():
    score = played("pop", seed=0)

    new = extended(score, 20.0, Change(seconds=20.0), espeak())

    assert faults(concatenated(score, new)) == []


def test_without_words_it_sings_new_verses_and_the_chorus_that_there_is():
    score = sung(description="a song about an old harbour")

    new = after_chorus(score, Change())

    lines = set(new.vocal.lines)
    assert lines >= set(CHORUS.splitlines()[1:])
    assert lines - set(score.vocal.lines)
    assert not {"Intro"} & {section.name for section in new.sections}


def test_each_further_extension_has_other_verses():
    score = sung(description="a song about an old harbour")
    first = after_chorus(score, Change())

    second = extended(first, first.seconds, Change(), espeak())

    verses = [set(each.vocal.lines) - set(score.vocal.lines) for each in (first, second)]
    assert all(verses)
    assert not verses[0] & verses[1]


def test_in_a_language_that_nobody_writes_the_words_come_again():
    lyrics = "[Verse]\nDie Sonne scheint auf das alte Haus\n\n[Chorus]\nKomm doch mit mir und wir gehen hinaus"
    score = sung(lyrics=lyrics, language="de")

    new = extended(score, score.seconds, Change(), espeak("de"))

    assert new.vocal.language == "de"
    assert set(new.vocal.lines) <= set(score.vocal.lines)
    assert faults(concatenated(score, new)) == []


@pytest.mark.parametrize("style", ["pop", "rock", "reggae"])
@pytest.mark.parametrize("lyrics", [LYRICS, CHORUS], ids=["song", "chorus alone"])
def test_the_drums_go_on_at_the_seam(style, lyrics):
    score = sung(style, lyrics=lyrics)
    bar = seam_after(score, SectionKind.CHORUS)

    new = extended(score, second_of(score, bar), Change(lyrics=f"{MORE}\n\n[Verse 2]\nNobody waits any more"), espeak())

    assert drums(score, bar - 1)
    assert drums(new, 0)
    assert new.sections[0].kind is SectionKind.VERSE
    assert new.sections[0].energy < new.sections[1].energy


@pytest.mark.parametrize("share", [0.0, 0.21, 0.5, 0.77, 1.0])
def test_it_begins_at_the_nearest_bar(share):
    score = sung()
    at = share * score.seconds

    seam = extended(score, at, Change(lyrics=MORE), espeak()).credits.seam

    assert abs(second_of(score, seam) - at) <= second_of(score, 1) / 2


def test_from_the_very_beginning_all_is_new():
    score = sung()

    new = extended(score, 0.1, Change(lyrics=MORE), espeak())

    assert new.credits.seam == 0
    assert (
        concatenated(score, new).vocal.lines
        == new.vocal.lines
        == tuple(line for line in MORE.splitlines() if line and not line.startswith("["))
    )


@pytest.mark.parametrize(("asked", "about"), [(None, 60.0), (20.0, 20.0), (90.0, 90.0)])
@pytest.mark.parametrize("make", [sung, played])
def test_it_is_as_long_as_asked_or_about_a_minute(make, asked, about):
    new = extended(make(), 30.0, Change(seconds=asked), espeak())

    assert new.seconds == pytest.approx(about, abs=6.0)


def test_words_that_are_given_decide_how_long_it_is():
    new = extended(sung(), 30.0, Change(lyrics="[Verse]\nOnly this and no more"), espeak())

    assert new.seconds < 20.0


def test_the_tempo_is_the_one_at_the_seam():
    score = sung()
    later = Tempo(start=Ticks(8 * score.meter.bar), bpm=77.0)
    score = replace(score, tempos=(*score.tempos, later))

    assert extended(score, second_of(score, 12), Change(lyrics=MORE), espeak()).tempos[0].bpm == 77.0
    assert extended(score, second_of(score, 4), Change(lyrics=MORE), espeak()).tempos == score.tempos[:1]


def test_the_same_is_extended_to_the_same_bytes_and_another_seed_to_others():
    score = sung(description="a song about an old harbour")
    found = [dump(after_chorus(score, Change(seed=seed))) for seed in (None, None, 8)]

    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("lyrics", ["x" * 5_000, "la " * 1_600, "😀" * 50, "[Chorus]\n[Verse]", "[Intro]\nHey"])
def test_any_words_make_a_song_that_goes_on(lyrics):
    score = sung()

    new = extended(score, 20.0, Change(lyrics=lyrics, seconds=30.0), espeak())

    assert faults(concatenated(score, new)) == []


@pytest.mark.parametrize("at", [-1.0, 1e6, float("nan")])
def test_a_song_goes_on_from_no_moment_outside_of_it(at):
    with pytest.raises(InvalidRequest) as refused:
        extended(sung(), at, Change(), espeak())

    assert (refused.value.reason, refused.value.field) == ("out_of_range", "at")


def test_a_song_does_not_go_on_in_another_language():
    with pytest.raises(InvalidRequest) as refused:
        extended(sung(), 30.0, Change(lyrics="Halo dunia", language="id"), espeak("id"))

    assert refused.value.reason == "language"
