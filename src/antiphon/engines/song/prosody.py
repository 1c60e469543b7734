"""How lyrics sound: the syllables and stresses of each word, from espeak's phonemes, in any language it speaks.

A line is read whole, because words sound otherwise beside others ("the" before a vowel), and each word by itself,
to know which sounds of the line are whose: espeak writes some words together and reads a number as several.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Protocol

from antiphon.engines.song.phonemes import Phoneme, read, syllables
from antiphon.engines.song.words import SungLine, SungWord

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WRITTEN_TOGETHER = frozenset({"zh", "cmn", "yue"})
_SPOKEN = frozenset("LN")
_LONGEST_WORD = 60
"""Letters. Of what is longer, espeak gets pieces: it has buffers."""

_MOST_WORDS, _MOST_LETTERS = 20, 90
"""Of a line that is sung in one breath."""

_COMMAS = ",;:.!?—–،؛。，、！？"
_SKIPPED, _OTHER_SOUND, _OTHER_KIND, _WORD_SPLIT = 0.8, 0.6, 1.5, 0.15


class Speaker(Protocol):
    """Whoever knows how words sound: `Espeak` with the language's voice set."""

    def mnemonics(self, text: str) -> str:
        """The words' phonemes, as `Espeak.mnemonics` writes them."""
        ...


def sound(lines: Sequence[str], language: str, speaker: Speaker) -> tuple[SungLine, ...]:
    """The lines' words and their syllables. A line of which nothing can be sung has no words.

    A line that is too long for a breath becomes several.
    """
    known: dict[str, tuple[SungLine, ...]] = {}
    for line in lines:
        if line not in known:
            breaths = _breaths(_texts(line, language))
            written = [line] if len(breaths) == 1 else [" ".join(texts) for texts in breaths]
            known[line] = tuple(
                SungLine(text=text, words=_sounding(texts, language, speaker))
                for text, texts in zip(written, breaths, strict=True)
            )
    return tuple(breath for line in lines for breath in known[line])


def _breaths(texts: Sequence[str]) -> list[list[str]]:
    """A line's words, cut where it is too long: after a comma if there is one in the latter half."""
    rest = list(texts)
    breaths = []
    while len(rest) > _MOST_WORDS or sum(map(len, rest)) > _MOST_LETTERS:
        letters = list(accumulate(len(text) for text in rest))
        room = max(1, min(_MOST_WORDS, sum(passed <= _MOST_LETTERS for passed in letters)))
        commas = [place for place in range(room // 2 + 1, room + 1) if rest[place - 1][-1] in _COMMAS]
        cut = commas[-1] if commas else room
        breaths.append(rest[:cut])
        rest = rest[cut:]
    return [*breaths, rest]


def _sounding(texts: Sequence[str], language: str, speaker: Speaker) -> tuple[SungWord, ...]:
    spoken = ["".join(letter for letter in text if not _is_picture(letter)) for text in texts]
    alone = [tuple(_joined(read(speaker.mnemonics(word), language))) for word in spoken]
    whole = read(speaker.mnemonics(" ".join(spoken)), language)
    shared = _shared(_joined(whole), [len(group) for group in whole], alone)
    sounds = [
        found if _has_vowel(found) or _leans(text, found) else own
        for text, found, own in zip(spoken, shared, alone, strict=True)
    ]
    return _words(texts, sounds)


def _texts(line: str, language: str) -> list[str]:
    """What stands between spaces, marks with the word before them, very long ones in pieces."""
    texts: list[str] = []
    for text in line.split():
        pieces = [text[at : at + _LONGEST_WORD] for at in range(0, len(text), _LONGEST_WORD)]
        if language in _WRITTEN_TOGETHER:
            pieces = [piece for part in pieces for piece in _characters(part)]
        for piece in pieces:
            if texts and not _is_spoken(piece):
                texts[-1] = f"{texts[-1]} {piece}" if piece is pieces[0] else texts[-1] + piece
            else:
                texts.append(piece)
    return texts


def _characters(text: str) -> list[str]:
    """Chinese writes no spaces; each character is a word to be sung."""
    return [
        piece
        for han, group in groupby(text, lambda letter: bool(_HAN.match(letter)))
        for piece in (group if han else ["".join(group)])
    ]


def _is_spoken(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in _SPOKEN for letter in text)


def _is_picture(letter: str) -> bool:
    """Emoji and the like: espeak would read their names out."""
    return unicodedata.category(letter) in {"So", "Sk", "Cf", "Cn", "Co", "Cs", "Cc"} or letter == "\ufe0f"


def _joined(words: Sequence[Sequence[Phoneme]]) -> list[Phoneme]:
    return [phoneme for word in words for phoneme in word]


def _has_vowel(word: Sequence[Phoneme]) -> bool:
    return any(phoneme.vowel for phoneme in word)


def _leans(text: str, found: Sequence[Phoneme]) -> bool:
    """Whether it is a word of one consonant, as Slavic prepositions are, whose letter has a name of its own."""
    return bool(found) and sum(map(_is_spoken, text)) == 1


def _words(texts: Sequence[str], sounds: Sequence[Sequence[Phoneme]]) -> tuple[SungWord, ...]:
    """What has no vowel goes to the word after it, or the last one before it."""
    words: list[SungWord] = []
    held: list[str] = []
    consonants: list[Phoneme] = []
    for text, found in zip(texts, sounds, strict=True):
        held.append(text)
        consonants.extend(found)
        if _has_vowel(consonants):
            words.append(SungWord(text=" ".join(held), syllables=syllables(consonants)))
            held, consonants = [], []
    if held and words:
        last = words.pop()
        end = last.syllables[-1]
        ending = tuple(phoneme.name for phoneme in consonants)
        closed = type(end)(phonemes=end.phonemes + ending, vowel=end.vowel, stress=end.stress)
        words.append(SungWord(text=" ".join([last.text, *held]), syllables=(*last.syllables[:-1], closed)))
    return tuple(words)


def _shared(
    line: Sequence[Phoneme], groups: Sequence[int], alone: Sequence[Sequence[Phoneme]]
) -> list[tuple[Phoneme, ...]]:
    """Each word's part of the line's phonemes: the way of least differences between the line and the words alone.

    Args:
        line: All phonemes of the line.
        groups: How many of them espeak wrote together each time; words rather end there.
        alone: The phonemes of each word by itself.
    """
    owners = [place for place, word in enumerate(alone) for _ in word]
    flat = _joined(alone)
    ends = {sum(groups[: index + 1]) for index in range(len(groups))}
    costs = [[column * _SKIPPED for column in range(len(flat) + 1)]]
    for row, sound_ in enumerate(line, start=1):
        above, costs_here = costs[-1], [row * _SKIPPED]
        for column, own in enumerate(flat, start=1):
            torn = (
                _WORD_SPLIT if row not in ends and (column == len(flat) or owners[column] != owners[column - 1]) else 0
            )
            costs_here.append(
                min(
                    above[column - 1] + _difference(sound_, own) + torn,
                    above[column] + _SKIPPED + torn,
                    costs_here[-1] + _SKIPPED,
                )
            )
        costs.append(costs_here)
    shares: list[list[Phoneme]] = [[] for _ in alone]
    row, column = len(line), len(flat)
    while row and column:
        step = costs[row - 1][column - 1] + _difference(line[row - 1], flat[column - 1])
        if step <= costs[row][column - 1] + _SKIPPED and step <= costs[row - 1][column] + _SKIPPED:
            row, column = row - 1, column - 1
            shares[owners[column]].append(line[row])
        elif costs[row - 1][column] <= costs[row][column - 1]:
            row -= 1
            shares[owners[column - 1]].append(line[row])
        else:
            column -= 1
    if owners:
        shares[owners[0]].extend(reversed(line[:row]))
    return [tuple(reversed(share)) for share in shares]


def _difference(one: Phoneme, other: Phoneme) -> float:
    if one.name == other.name:
        return 0.0
    return _OTHER_SOUND if one.vowel == other.vowel else _OTHER_KIND
