"""What is not made on request. The words are the contract's (MusicAPI §1.3); what they are about, an operator's choice.

Texts are compared as they are *folded*: without case and accents, letter by letter, so that of what is found in one
can be told how it was written.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from antiphon.catalog.moderation import WordLists
from antiphon.domain.songs import SongWish
from antiphon.surfaces.musicapi.errors import Moderated

_LONGEST = 80
"""Characters of a snippet."""

_APOSTROPHES = "\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_WORD = re.compile(r"(?<!\w)\w+")
_BEFORE = re.compile(
    r"(?<!\w)(?:by|like|a la|similar to|reminiscent of|(?:style|sound|vibe|spirit|manner|voice) of)(?: the)?\s$"
)
_AFTER = re.compile(r" ?(?:$|[^\w\s'-])| (?:and|or|but|meets|with|in|from|songs?|music|style|ballads?|tracks?)(?!\w)")
"""What stands before and after a name that is an ordinary word too, where it is meant as a name."""
_LOOKED = 30
"""So many characters before it are looked at."""


class Moderator:
    """Refuses wishes.

    Args:
        lists: What is looked for.
    """

    def __init__(self, lists: WordLists) -> None:
        self._artists = _phrases(lists.artists.wanted())
        self._artists_as_such = _phrases(lists.artists_as_such.wanted())
        self._producers = _phrases(lists.producers.wanted())
        self._inappropriate = _phrases(lists.inappropriate.wanted())
        self._copyrighted = _phrases(lists.copyrighted.wanted())
        self._heeds_form = lists.lyrics_format.enabled

    def check(self, wish: SongWish) -> None:
        """Let a wish pass that asks for nothing that is refused.

        Raises:
            Moderated: It does.
        """
        if wish.lyrics is not None:
            self.lyrics(wish.lyrics)
        self.description(wish.description, wish.style)
        if self._inappropriate.first(_folded(wish.title)):
            raise Moderated("review")

    def lyrics(self, text: str) -> None:
        """Let lyrics pass.

        Raises:
            Moderated: "lyrics_format", "copyrighted", "inappropriate".
        """
        if self._heeds_form and not _well_formed(text):
            raise Moderated("lyrics_format")
        folded = _folded(text)
        for reason, phrases in (("copyrighted", self._copyrighted), ("inappropriate", self._inappropriate)):
            if found := phrases.first(folded):
                raise Moderated(reason, found.snippet)

    def description(self, *texts: str) -> None:
        """Let what a song shall be like pass: a description, tags.

        Raises:
            Moderated: "artists", "producers", "review".
        """
        for folded in map(_folded, filter(None, texts)):
            as_such = (found for found in self._artists_as_such.all(folded) if found.is_meant)
            if found := self._artists.first(folded) or next(as_such, None):
                raise Moderated("artists", found.snippet)
            if found := self._producers.first(folded):
                raise Moderated("producers", found.snippet)
            if self._inappropriate.first(folded):
                raise Moderated("review")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folded:
    """A text as it is written, and as it is compared: letter for letter."""

    written: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A phrase, and where it is in a text: from one of its letters to before another."""

    phrase: str
    text: _Folded
    begins: int
    ends: int

    @property
    def snippet(self) -> str:
        """What is written there."""
        return self.text.written[self.begins : self.ends][:_LONGEST]

    @property
    def is_meant(self) -> bool:
        """Whether it is a name here, not an ordinary word: written like one, after "by" or "like", before an end."""
        letters = self.text.letters
        return bool(
            self.snippet == self.phrase
            and _BEFORE.search(letters, max(0, self.begins - _LOOKED), self.begins)
            and _AFTER.match(letters, self.ends)
        )


class _Phrases:
    """Phrases that are looked for, found by their first words. Between the words may be more space, or a line's end."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[str, str]]] = {}
        for phrase in phrases:
            letters = _folded(phrase).letters
            if first := _WORD.search(letters):
                pattern = r"\s+".join(map(re.escape, letters[first.start() :].split()))
                self._by_word.setdefault(first[0], []).append((phrase, rf"{pattern}(?!\w)"))

    def all(self, text: _Folded) -> Iterator[_Found]:
        """Those of a text, from its beginning on."""
        if not self._by_word:
            return
        for word in _WORD.finditer(text.letters):  # Few patterns are ever used, so they are compiled when they are.
            for phrase, pattern in self._by_word.get(word[0], ()):
                if found := re.compile(pattern).match(text.letters, word.start()):
                    yield _Found(phrase=phrase, text=text, begins=found.start(), ends=found.end())

    def first(self, text: _Folded) -> _Found | None:
        """The first of a text; None where there is none."""
        return next(self.all(text), None)


@functools.lru_cache(maxsize=16)
def _phrases(words: tuple[str, ...]) -> _Phrases:
    """Songs of every dialect are looked at with the same ones."""
    return _Phrases(words)


def _well_formed(text: str) -> bool:
    """Whether there is something to sing or to play, and no section's heading lacks one of its brackets."""
    lines = [line.strip() for line in text.splitlines()]
    open_ = (line for line in lines if line.startswith("[") and "]" not in line)
    closed = (line for line in lines if line.endswith("]") and "[" not in line)
    return any(letter.isalnum() for letter in text) and not any(open_) and not any(closed)


def _folded(text: str) -> _Folded:
    written = unicodedata.normalize("NFC", text)
    if written.isascii():
        return _Folded(written=written, letters=written.lower())
    table = {ord(letter): _plain(letter) for letter in set(written) if not letter.isascii()}
    return _Folded(written=written, letters=written.translate(table).lower())


def _plain(letter: str) -> str:
    """A letter without case and accents; always one."""
    if letter in _APOSTROPHES:
        return "'"
    parts = unicodedata.normalize("NFKD", letter)
    plain = parts[0] if all(unicodedata.combining(mark) for mark in parts[1:]) else letter
    lower = plain.lower()
    return lower if len(lower) == 1 else plain
