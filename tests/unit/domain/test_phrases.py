# ruff: noqa: RUF001 - sentences in many scripts
import ctypes
import unicodedata

import espeakng_loader
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain import phrases
from antiphon.domain.phrases import Phrases, runs_on

LANGUAGES = st.sampled_from(["en", "de", "zh", "ja", "th"])
TRICKY = st.text(alphabet="aB1I .,!?…\n。、\u200d\u0301ก็เ🇩🏽한ᄀᆨ-'\"—", max_size=300)
PROSE = st.lists(
    st.sampled_from(["word", "Dr", "IV", "3", "e.g", " ", " ", " ", "\n", ".", ",", "...", "!", "你好", "。"])
)
ANY = st.one_of(TRICKY, PROSE.map("".join), st.text(max_size=300))


def spoken(text: str, language: str = "en") -> list[str]:
    held = Phrases(language)
    return [*held.add(text), *held.end()]


@given(ANY, LANGUAGES)
def test_joined_the_phrases_are_the_text(text, language):
    assert "".join(spoken(text, language)) == text


@given(ANY, LANGUAGES, st.lists(st.integers(1, 12), min_size=1))
def test_it_makes_no_difference_how_the_text_was_cut(text, language, lengths):
    held, got, rest = Phrases(language), [], text
    while rest:
        for length in lengths:
            got += held.add(rest[:length])
            rest = rest[length:]
    assert [*got, *held.end()] == spoken(text, language)


@given(ANY, LANGUAGES)
def test_no_phrase_is_empty_and_none_is_longer_than_a_breath(text, language):
    longest = 100 if language in {"zh", "ja"} else 200
    assert all(0 < len(phrase) <= longest for phrase in spoken(text * 3, language))


@given(ANY, LANGUAGES)
def test_no_more_is_held_than_a_phrase(text, language):
    held, given_out = Phrases(language), 0
    for taken, char in enumerate(text * 3, 1):
        given_out += sum(map(len, held.add(char)))
        assert taken - given_out <= 200


def test_after_the_end_nothing_is_held():
    held = Phrases("en")
    held.add("Hello")
    assert held.end() == ["Hello"]
    assert held.end() == []


PHRASES = {
    "sentences": ("en", "Good morning. How are you? Fine!", ["Good morning. ", "How are you? ", "Fine!"]),
    "clauses": ("en", "One, two; three: four - five.", ["One, ", "two; ", "three: ", "four - five."]),
    "dashes": ("en", "He left — then he came—back.", ["He left — ", "then he came—back."]),
    "numbers": ("en", "It is 3.14, or 1,000 at 10:30.", ["It is 3.14, ", "or 1,000 at 10:30."]),
    "decimal commas": ("de", "Es sind 3,14 Meter, etwa.", ["Es sind 3,14 Meter, ", "etwa."]),
    "addresses": ("en", "See example.com/a?b=c:d and go.", ["See example.com/a?b=c:d and go."]),
    "titles": ("en", "I met Dr. Smith and Mrs. Jones.", ["I met Dr. Smith and Mrs. Jones."]),
    "initials": ("en", "J. R. Smith of the U.S. Army. He won.", ["J. R. Smith of the U.S. Army. ", "He won."]),
    "abbreviations": ("en", "Fruit, e.g. apples, etc. and so on.", ["Fruit, ", "e.g. apples, ", "etc. and so on."]),
    "ordinals": ("de", "Am 3. mal. Ludwig XIV. König.", ["Am 3. mal. ", "Ludwig XIV. König."]),
    "ellipses": ("en", "Well... let me see… yes.", ["Well... ", "let me see… ", "yes."]),
    "runs": ("en", "What?! No!!! Yes.", ["What?! ", "No!!! ", "Yes."]),
    "quotes": ("en", '"Go." He went. “So!” ok', ['"Go.', '" He went. ', "“So!", "” ok"]),
    "brackets": ("en", "Some (not all.) came [yes].", ["Some (not all.", ") came [yes]."]),
    "genitives": ("en", "The U.S.A.'s law. Done.", ["The U.S.A.'s law. ", "Done."]),
    "lines": ("en", "Milk\nand eggs.\nBread,\n\nButter", ["Milk\nand eggs.\n", "Bread,\n\n", "Butter"]),
    "paragraphs": ("en", "A title\n \n\nA text", ["A title\n \n\n", "A text"]),
    "lists": ("en", "1. Milk 2. Eggs - 3. Bread", ["1. Milk 2. Eggs - 3. Bread"]),
    "Chinese": ("zh", "你好，世界。今天！好吗？……对", ["你好，", "世界。", "今天！", "好吗？", "……对"]),
    "Japanese": ("ja", "「はい。」と、言った。", ["「はい。", "」と、", "言った。"]),
    "Hindi": ("hi", "नमस्ते। आप कैसे हैं? ठीक।", ["नमस्ते।", " आप कैसे हैं? ", "ठीक।"]),
    "Arabic": ("ar", "نعم، هذا جيد؛ أليس كذلك؟ بلى.", ["نعم، ", "هذا جيد؛ ", "أليس كذلك؟ ", "بلى."]),
    "Urdu": ("ur", "ہاں۔ یہ ہے۔", ["ہاں۔ ", "یہ ہے۔"]),
    "Spanish": ("es", "¡Hola! ¿Qué tal?", ["¡Hola! ", "¿Qué tal?"]),
    "Greek": ("el", "Ναι\u0387 τι\u037e Όχι.", ["Ναι\u0387 ", "τι\u037e ", "Όχι."]),
    "no words": ("en", "... !? -- ...", ["... !? -- ..."]),
}


@pytest.mark.parametrize(("language", "text", "expected"), PHRASES.values(), ids=PHRASES)
def test_a_phrase_ends_where_a_mark_closes_a_clause(language, text, expected):
    assert spoken(text, language) == expected


WAITS = {
    "for what follows a mark": ["Yes", ",", ("Yes, ", " "), "no"],
    "but not for the next word": ["Yes", ("Yes! ", "! "), "No"],
    "for the word after a full stop": ["Yes", ". ", ("Yes. ", "No")],
    "for a word that goes on": ["approx", ". ", "five"],
    "for all line ends": ["Yes", "!", "\n", "\n", ("Yes!\n\n", "No")],
    "for all of a run": ["Yes", "?", "!", ("Yes?! ", " ")],
    "for all dots": ["Yes", ".", ".", ".", ("Yes...", "x")],
    "for nothing": ["好", ("好。", "。")],
}


@pytest.mark.parametrize("chunks", WAITS.values(), ids=WAITS)
def test_a_phrase_waits(chunks):
    held = Phrases("en")
    for chunk in chunks:
        expected, text = ([chunk[0]], chunk[1]) if isinstance(chunk, tuple) else ([], chunk)
        assert held.add(text) == expected


# --- where no mark comes


def test_a_long_run_is_cut_after_a_word():
    first, *_ = spoken("wonderful " * 50)
    assert len(first) == 200
    assert first.endswith("wonderful ")


def test_a_long_run_is_cut_after_a_line_rather_than_a_word():
    first, *_ = spoken(("word " * 27 + "\n") + "word " * 50)
    assert first.endswith("\n")


def test_a_number_with_spaces_is_not_cut():
    first, *_ = spoken("word " * 35 + "1 000 000 000 000 000 000 000" + " word" * 40)
    assert first == "word " * 35


def test_a_word_that_is_too_long_is_cut():
    assert [len(phrase) for phrase in spoken("x" * 450)] == [200, 200, 50]


CLUSTERS = {
    "accents": "e\u0301",
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "skins": "\U0001f44d\U0001f3fd",
    "flags": "\U0001f1e9\U0001f1ea",
    "conjuncts": "\u0915\u094d\u0937",
    "vowels before": "\u0e40\u0e01",
    "vowels behind": "\u0e01\u0e32",
    "syllables": "\u1112\u1161\u11ab",
    "small kana": "\u304d\u3083",
    "long vowels": "\u30ab\u30fc",
}


@pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS)
@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_what_is_read_as_one_is_not_parted(cluster, before):
    for phrase in spoken(before + cluster * 150):
        assert not phrase.removeprefix(before).replace(cluster, "")


def test_scripts_without_spaces_are_cut_between_characters():
    assert [len(phrase) for phrase in spoken("今日はいい天気です" * 25, "ja")] == [100, 100, 25]


@pytest.mark.parametrize("text", ["word " * 20, "word", "He said “well” ", "3.14 ", "a line\n", "你好"])
def test_what_nothing_closes_runs_on(text):
    assert runs_on(text)


@pytest.mark.parametrize("text", ["Word. ", "Word,", "“Word!” ", "A title\n\n", "你好。", "Word (so.) "])
def test_what_a_mark_closes_does_not_run_on(text):
    assert not runs_on(text)


# --- espeak's own marks

_CLAUSE_ENDS = 0x1FF << 55
_IN_WORDS = 1 << 53
_ANYWHERE = 1 << 54


def espeak_marks() -> dict[str, bool]:
    """The marks that close clauses for espeak, and whether they do so whatever follows."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.ucd_properties.restype = ctypes.c_uint64
    library.ucd_properties.argtypes = (ctypes.c_uint32, ctypes.c_int)
    marks = {}
    for point in range(0x11_0000):
        found = library.ucd_properties(point, library.ucd_lookup_category(point))
        if found & _CLAUSE_ENDS and not found & _IN_WORDS:
            marks[chr(point)] = bool(found & _ANYWHERE)
    return marks


def test_every_mark_is_one_of_espeaks():
    anywhere = {**dict.fromkeys(phrases._SPACED, False), **dict.fromkeys(phrases._FREE + "¡¿", True)}
    known = espeak_marks()
    assert {mark: known.get(mark) for mark in anywhere} == anywhere
    assert known["…"] is False  # Yet `readclause.c` ends a clause at it, whatever follows.


def test_every_space_is_one_of_espeaks():
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    for point in range(0x11_0000):
        char = chr(point)
        if phrases._SPACES.fullmatch(char):
            assert library.ucd_isspace(point), unicodedata.name(char, hex(point))
