"""The library: what signed-in users make, and keep."""

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

ItemType: TypeAlias = Literal["SPEECH", "DIALOGUE", "IMAGE", "MUSIC", "VIDEO"]

LONGEST_TITLE = 200
"""Code points of a title."""
_TITLE_OF_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryItem:
    """A thing that was made: one sound, picture, take of a song with its cover, or film.

    Args:
        id: UUIDv7: in the order of their making.
        account_id: Whose it is.
        type: What it is.
        title: For people.
        model: What made it, as the client named it.
        created_at: Unix seconds.
        path: Its file's address, without the server and the root of all files.
        size: In bytes, its cover's included.
        cover: The address of its cover; None where it has none.
        seconds: How long it lasts; None for what does not.
        width, height: Pixels; None for what has none.
        voice: Who speaks: a voice's id.
        lyrics: What is sung; None also where nobody asked for it.
    """

    id: UUID
    account_id: UUID
    type: ItemType
    title: str
    model: str
    created_at: float
    path: str
    size: int
    cover: str | None = None
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    voice: str | None = None
    lyrics: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The addresses of all its files."""
        return (self.path,) if self.cover is None else (self.path, self.cover)


def title_of(asked: str | None, text: str) -> str:
    """What a thing is called: as was asked, else as the text begins that it was made of.

    Args:
        asked: A title, or None; what is blank is none.
        text: What it was made of.
    """
    title = shortened(asked or "", LONGEST_TITLE)
    return title or shortened(text, _TITLE_OF_TEXT)


def shortened(text: str, most: int) -> str:
    """The first `most` code points of a text in one line."""
    # Only what can be seen of the result is looked at: texts may be of any length.
    return " ".join(text[: 4 * most].split())[:most].rstrip()


def found_by(text: str) -> str:
    """A title or a search, so that upper and lower case are the same: what is in the one is found in the other."""
    return " ".join(text.split()).casefold()
