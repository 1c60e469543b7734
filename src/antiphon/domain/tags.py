"""Tags in a text, such as [whispers]: where they stand, and the text without them. Pure."""

import re
from collections.abc import Iterator

LONGEST_TAG = 80
_TAG = re.compile(r"\[([^\[\]\n]{0,78}[^\W\d_][^\[\]\n]{0,78})\]")
_BREAK = re.compile(r"\n[ \t\r]*\n")


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """The text in its order: ("words", what is said), ("tag", what stands between the brackets) or ("break", "").

    A tag has a letter in it and at most `LONGEST_TAG` characters on one line; other brackets are words. A break is
    where an empty line was, which belongs to the words before it.
    """
    at = 0
    for found in _TAG.finditer(text):
        if len(found[0]) > LONGEST_TAG:
            continue
        yield from _spoken(text[at : found.start()])
        yield "tag", found[1].strip()
        at = found.end()
    yield from _spoken(text[at:])


def words_of(text: str) -> str:
    """The text without its tags, and with one space wherever there was any: for asking whether two say the same."""
    return " ".join("".join(" " if kind == "tag" else said for kind, said in tokens(text)).split())


def _spoken(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for gap in _BREAK.finditer(text):
        yield "words", text[at : gap.end()]
        yield "break", ""
        at = gap.end()
    if at < len(text):
        yield "words", text[at:]
