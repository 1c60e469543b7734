"""Where a text comes from, a part at a time."""

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from antiphon.cli.failing import CommandFailed

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A text.

    Args:
        length: Its bytes in UTF-8, for a progress bar; 0 where nobody knows.
        chunks: Reads it from the start, in parts of any size.
    """

    length: int
    chunks: Callable[[], Iterator[str]]


def given_text(text: str | None) -> Source:
    """The text of the command line, or standard input where that is None.

    Raises:
        CommandFailed: There is none.
    """
    if text is None:
        if sys.stdin.isatty():
            raise CommandFailed('nothing to say: give a text, as in antiphon say "Hello", or --file')
        return Source(0, lambda: _decoded(sys.stdin.buffer, "standard input"))
    if not text.strip():
        raise CommandFailed("nothing to say: the text is empty")
    text = os.fsencode(text).decode("utf-8", "replace")  # Also where the locale knows nothing of UTF-8.
    return Source(len(text.encode("utf-8", "replace")), lambda: iter((text,)))


def open_file(path: Path) -> Source:
    """A file's text; never held as a whole.

    Raises:
        CommandFailed: It cannot be read, or (while reading) is not UTF-8.
    """
    if str(path) == "-":
        return given_text(None)
    try:
        length = path.stat().st_size
        path.open("rb").close()
    except OSError as failure:
        raise CommandFailed(f"{path}: {failure.strerror}") from None
    return Source(length, lambda: _read(path))


def _read(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        yield from _decoded(file, str(path))


def _decoded(file: BinaryIO, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    blank = True
    try:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            blank = blank and not text.strip()
            yield text
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise CommandFailed(f"{name} is not UTF-8; convert it first, for example with iconv") from None
    if blank:
        raise CommandFailed(f"nothing to say: {name} is empty")
