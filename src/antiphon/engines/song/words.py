"""Lyrics, as they are written and as they are sung. Values only."""

from dataclasses import dataclass
from typing import Literal

from antiphon.engines.song.score import SectionKind

VoiceOf = Literal["male", "female", "both"]
"""Who shall sing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """Lines under one tag. Without lines it is played, not sung.

    Args:
        kind: What the tag means.
        name: The tag as it is written, such as "Verse 1"; empty where there was none.
        lines: As they are written.
        voice: Who sings, where the tag says so.
    """

    kind: SectionKind
    name: str
    lines: tuple[str, ...] = ()
    voice: VoiceOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lyrics:
    """The words of a song.

    Args:
        stanzas: In order.
        title: If they name one.
    """

    stanzas: tuple[Stanza, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Syllable:
    """A piece of a word with one vowel.

    Args:
        phonemes: espeak's mnemonics, in order, without marks of stress.
        vowel: Which of them is the vowel.
        stress: 0 none, 1 secondary, 2 primary.
    """

    phonemes: tuple[str, ...]
    vowel: int
    stress: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SungWord:
    """A word and how it sounds.

    Args:
        text: As it is written, with the marks that stand at it. What has no vowel is written together with the word
            that it is sung with, such as "w trzcinie".
        syllables: At least one.
    """

    text: str
    syllables: tuple[Syllable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SungLine:
    """A line and how it sounds.

    Args:
        text: As it is written.
        words: Those that can be sung; none where nothing can.
    """

    text: str
    words: tuple[SungWord, ...]

    @property
    def syllables(self) -> tuple[Syllable, ...]:
        """Of all its words."""
        return tuple(syllable for word in self.words for syllable in word.syllables)
