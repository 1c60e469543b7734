"""espeak's mnemonics, read: what is a vowel, and where syllables begin.

Source: the kinds of all phonemes in espeak-ng 1.52's compiled tables (`phontab`), which this follows but for a
handful that are a vowel in one language and a consonant in another. The heads of mnemonics tell them apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.engines.espeak.library import SEPARATOR
from antiphon.engines.song.words import Syllable

TONAL = frozenset({"zh", "cmn", "yue", "vi", "th", "my", "pa"})
"""Languages whose mnemonics end in the numbers of tones. A sung syllable has the tune's pitch instead."""

_STRESS = {"'": 2, ",": 1}
_MARKS = "',%="
_VOWEL_HEADS = frozenset("&0389@AEIOUVWYaeiouy")
_VOWELS = frozenset({"2:", "4:", "5:", "j/", "ju", "ja", "ja#"})
_CONSONANTS = frozenset({"3-"})
_SYLLABIC = frozenset({"l-", "m-", "n-", "N-", "r-", "r:"})
_CLINGING = frozenset({":", "~", "#", ";", "-", ":0", ":1"})
_NEVER_FIRST = frozenset({"N", "ng", "N#", "N\\"})
_SILENT = re.compile(r"_.*|[|!+]+|\([a-z-]*\)|")
_LONE_TONE = re.compile(r"[0-9]+")
_TONE = re.compile(r"(?<=\D)[0-9]+$")
_RANKS = {
    **dict.fromkeys("ptkbdgcqJ?", 1),
    **dict.fromkeys("fvszSZTDxhHCXGBQ", 2),
    **dict.fromkeys("mnNM", 3),
    **dict.fromkeys("lrRL*", 4),
    **dict.fromkeys("wj", 5),
}
"""How open a consonant is, by the head of its mnemonic: an onset opens from first to last."""


@dataclass(frozen=True, slots=True)
class Phoneme:
    """A sound of a word.

    Args:
        name: Its mnemonic.
        vowel: Whether a syllable can stand on it.
        stress: Of a vowel: 0 none, 1 secondary, 2 primary.
    """

    name: str
    vowel: bool
    stress: int = 0


def read(mnemonics: str, language: str) -> tuple[tuple[Phoneme, ...], ...]:
    """The words of what `Espeak.mnemonics` gave; pauses, tones and changes of language left out."""
    words = (_word(group.split(SEPARATOR), language) for group in mnemonics.split())
    return tuple(word for word in words if word)


def syllables(word: Sequence[Phoneme]) -> tuple[Syllable, ...]:
    """A word's syllables: each takes as many of the consonants before it as can begin a word. None without a vowel."""
    centres = [place for place, phoneme in enumerate(word) if phoneme.vowel]
    if not centres:
        return ()
    starts = [0, *(_onset(word, left, right) for left, right in pairwise(centres))]
    ends = [*starts[1:], len(word)]
    return tuple(
        Syllable(
            phonemes=tuple(phoneme.name for phoneme in word[start:end]),
            vowel=centre - start,
            stress=word[centre].stress,
        )
        for start, centre, end in zip(starts, centres, ends, strict=True)
    )


def _word(tokens: Sequence[str], language: str) -> tuple[Phoneme, ...]:
    marked = [(token.strip().lstrip(_MARKS), token.strip()) for token in tokens]
    sounded = [(_toneless(name, language), token) for name, token in marked if not _is_silent(name, language)]
    names = [name for name, _ in sounded]
    return tuple(
        Phoneme(name, vowel=vowel, stress=_stress(token) if vowel else 0)
        for (name, token), vowel in zip(sounded, _vowels(names), strict=True)
    )


def _is_silent(name: str, language: str) -> bool:
    return bool(_SILENT.fullmatch(name) or (language in TONAL and _LONE_TONE.fullmatch(name)))


def _toneless(name: str, language: str) -> str:
    return _TONE.sub("", name) if language in TONAL else name


def _stress(token: str) -> int:
    return max((_STRESS.get(mark, 0) for mark in token[: len(token) - len(token.lstrip(_MARKS))]), default=0)


def _vowels(names: Sequence[str]) -> list[bool]:
    plain = [_is_vowel(name) for name in names]
    return [vowel or _stands_alone(names, plain, place) for place, vowel in enumerate(plain)]


def _is_vowel(name: str) -> bool:
    if name in _CONSONANTS or name in _SYLLABIC:
        return False
    return name[0] in _VOWEL_HEADS or name in _VOWELS or (name[0] == "?" and name[1:2] in _VOWEL_HEADS)


def _stands_alone(names: Sequence[str], plain: Sequence[bool], place: int) -> bool:
    """Whether a consonant that can be a syllable is one: between consonants it is, as in "krk"."""
    return names[place] in _SYLLABIC and not any(plain[max(0, place - 1) : place + 2])


def _onset(word: Sequence[Phoneme], left: int, right: int) -> int:
    """Where the syllable of the vowel at `right` begins."""
    start = right
    while start - 1 > left and _may_precede(word, start - 1, right):
        start -= 1
    while start < right and word[start].name in _CLINGING:
        start += 1
    return start


def _may_precede(word: Sequence[Phoneme], place: int, vowel: int) -> bool:
    name = word[place].name
    if name in _CLINGING or place + 1 == vowel:
        return name not in _NEVER_FIRST
    following = word[place + 1].name
    if following in _CLINGING:
        return True
    if name[0] in "sS" and place + 2 < vowel + 1:
        return _rank(following) in {1, 3, 4, 5} and len(name) <= len("s^")
    return _rank(name) < _rank(following) and _rank(following) >= _RANKS["l"]


def _rank(name: str) -> int:
    return _RANKS.get(name[0], 2)
