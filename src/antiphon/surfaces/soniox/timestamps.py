"""From times of words to times of characters. Source: contracts, Soniox §2.3, `timestamps`. Pure."""

from collections.abc import Iterator
from typing import Any

from antiphon.domain.speech import SpeechPiece

_Character = tuple[str, int, int]
"""A code point, and when it begins and ends, in milliseconds."""


class Timeline:
    """Follows a text and its sound, and says when each code point of the one is heard in the other.

    The code points of a word share its time evenly, and so do those between two words the time between them. A word
    comes with the sound that it ends in, and with it what stands before it. All frames together tell the whole text,
    or, where the sound was cut, what is heard of it; times never go back.
    """

    def __init__(self) -> None:
        self._untold = ""
        self._told = 0  # Code points before `_untold`.
        self._at = 0  # The end of the last of them, in milliseconds.

    def add(self, text: str) -> None:
        """Take the next part of the text, before the piece with its sound."""
        self._untold += text

    def frame(self, piece: SpeechPiece) -> dict[str, list[Any]] | None:
        """What is to be told along with a piece, in the order of the pieces; None where that is nothing."""
        characters = list(self._characters(piece))
        if not characters:
            return None
        return {
            "characters": [character for character, _, _ in characters],
            "character_start_times_seconds": [start / 1000 for _, start, _ in characters],
            "character_end_times_seconds": [end / 1000 for _, _, end in characters],
        }

    def _characters(self, piece: SpeechPiece) -> Iterator[_Character]:
        for word in piece.words:
            yield from self._take(word.offset - self._told, until=word.start)
            yield from self._take(word.offset + word.length - self._told, until=word.end)
        if piece.last and not piece.capped:
            yield from self._take(len(self._untold), until=piece.duration)

    def _take(self, count: int, *, until: int) -> Iterator[_Character]:
        """The next code points, sharing the time from the last one's end to `until`."""
        taken, self._untold = self._untold[: max(0, count)], self._untold[max(0, count) :]
        start, length = self._at, max(0, until - self._at)
        self._told += len(taken)
        self._at += length
        for index, character in enumerate(taken):
            yield character, start + length * index // len(taken), start + length * (index + 1) // len(taken)
