"""Texts: what of them can be spoken, and where they may be cut."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_UNSPEAKABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
_KEPT = frozenset("\n\t\r")
_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?…。！？।॥؟]+[\"'»”’)\]]*\s+|[。！？]"),
    re.compile(r"[,;:—、，；：]\s*|\n"),
    re.compile(r"\s+"),
)
"""Where a text may be cut, best first: after a paragraph, a sentence, a clause, a word."""


def speakable(text: str) -> str:
    """The text with what has no sound and no meaning replaced by spaces, one for one, so that offsets hold.

    Those are control characters (to espeak, commands), surrogates, private and unassigned code points.
    Format characters stay: joiners shape words in many scripts.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char) in _UNSPEAKABLE and char not in _KEPT else char for char in text)


def segments(chunks: Iterable[str], *, longest: int = 2000) -> Iterator[str]:
    """A long text, given in chunks of any size, in parts of at most `longest` code points.

    Parts end where a paragraph, a sentence, a clause or at least a word does, in that order of preference.
    Nothing is lost or added: joined, the parts are the text. No more than `longest` code points and one
    chunk are held at any time.
    """
    held = ""
    for chunk in chunks:
        held += chunk
        while len(held) > longest:
            cut = _cut(held[:longest])
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _cut(window: str) -> int:
    """Where to cut a window that is full: after its last good break, if that is not in its first quarter."""
    for pattern in _BREAKS:
        last = 0
        for match in pattern.finditer(window):
            last = match.end()
        if last > len(window) // 4:
            return last
    return len(window)
