"""Words as syllables."""

import pytest

from antiphon.engines.song.phonemes import read, syllables
from antiphon.engines.song.prosody import sound
from unit.engines.song.composing import espeak


def spelled(mnemonics, language="en"):
    return [[".".join(one.phonemes) for one in syllables(word)] for word in read(mnemonics, language)]


def said(line, language="en", voice="en-us"):
    return {word.text: len(word.syllables) for word in sound([line], language, espeak(voice))[0].words}


@pytest.mark.parametrize(
    ("mnemonics", "expected"),
    [
        ("s·t·r·'E·N·T·s", [["s.t.r.E.N.T.s"]]),
        ("r·'I·D·@·m", [["r.I", "D.@.m"]]),
        ("w·'aI·n·d·I·N", [["w.aI.n", "d.I.N"]]),
        ("'E·k·s·t·r·@", [["E.k", "s.t.r.@"]]),
        ("s·'I·N·I·N", [["s.I.N", "I.N"]]),
        ("b·'V·?·n-", [["b.V", "?.n-"]]),
        ("z·m·'r-·z·l-", [["z.m.r-", "z.l-"]]),
        ("f·'aI3·r-", [["f.aI3.r-"]]),
        ("D·I2·; 'aU·3", [["D.I2.;"], ["aU", "3"]]),
    ],
)
def test_consonants_go_to_the_next_vowel_where_a_word_could_begin_with_them(mnemonics, expected):
    assert spelled(mnemonics) == expected


def test_stress_is_that_of_the_mark_before_the_vowel():
    (word,) = read("h·,aI·w·'eI·@", "en")

    assert [one.stress for one in syllables(word)] == [1, 2, 0]


def test_each_syllable_knows_its_vowel():
    (word,) = read("s·t·r·'i:·t·s", "en")

    (one,) = syllables(word)
    assert one.phonemes[one.vowel] == "i:"


def test_tones_pauses_and_changes_of_language_are_not_sounds():
    assert spelled("w·'o214·_| (en)·h·@·l·'oU·(cmn)·_| 2", "zh") == [["w.o"], ["h.@", "l.oU"]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Fire in the hour, tonight", {"Fire": 1, "in": 1, "the": 1, "hour,": 2, "tonight": 2}),
        ("in the middle of a rhythm", {"in": 1, "the": 1, "middle": 2, "of": 1, "a": 1, "rhythm": 2}),
        ("It was 1984 Dr. Smith", {"It": 1, "was": 1, "1984": 7, "Dr.": 2, "Smith": 1}),
        ("driving 😀 home — again", {"driving 😀": 2, "home —": 1, "again": 2}),
    ],
)
def test_each_word_has_its_own_syllables_though_espeak_writes_some_together(line, expected):
    assert said(line) == expected


@pytest.mark.parametrize(
    ("language", "voice", "line", "expected"),
    [
        ("id", "id", "Bernyanyi bersama", {"Bernyanyi": 3, "bersama": 3}),
        ("pl", "pl", "chrząszcz brzmi w trzcinie", {"chrząszcz": 1, "brzmi": 1, "w trzcinie": 2}),
        ("ru", "ru", "Помню в тишине", {"Помню": 2, "в тишине": 3}),
        ("zh", "cmn", "我爱你 中国", {"我": 1, "爱": 1, "你": 1, "中": 1, "国": 1}),
        ("cs", "cs", "zmrzl krk", {"zmrzl": 2, "krk": 1}),
        ("fr", "fr", "Les étoiles brillent", {"Les": 1, "étoiles": 2, "brillent": 1}),
        ("ar", "ar", "أنا أحبك", {"أنا": 2, "أحبك": 3}),
    ],
)
def test_other_languages_are_read_by_their_own_rules(language, voice, line, expected):
    assert said(line, language, voice) == expected


def test_a_word_in_a_line_sounds_as_it_does_there():
    before_vowel, before_consonant = (sound([line], "en", espeak())[0].words[0] for line in ("the ocean", "the sea"))

    assert before_vowel.syllables != before_consonant.syllables


@pytest.mark.parametrize("line", ["", "   ", "—", "😀 🎉", "...", "\u202e\u200b", "\x00"])
def test_what_cannot_be_sung_has_no_words(line):
    assert sound([line], "en", espeak())[0].words == ()


@pytest.mark.parametrize(
    "line", ["a" * 5000, "supercalifragilistic " * 200, "1" * 300, "krk " * 500, "[[@]] <b>&</b> %s", "אני אוהב אותך"]
)
def test_strange_lines_become_lines_of_one_breath(line):
    found = sound([line], "en", espeak())

    assert all(len(each.syllables) <= 90 for each in found)
    assert all(word.syllables for each in found for word in each.words)


def test_a_long_line_is_cut_after_a_comma():
    line = "and when the night is over we shall all be coming home again, and when the day begins we go out once more"

    first, second = sound([line], "en", espeak())

    assert first.text.endswith("again,")
    assert second.text.startswith("and when the day")
