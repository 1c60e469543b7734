"""Pictures, as they are asked for and as they come out, whoever makes them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PictureAspect = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
"""Width to height."""

PictureSize = Literal["1K", "2K", "4K"]
"""Of the long side: 1,024 pixels for each K."""

PictureFormat = Literal["png", "jpeg", "webp"]

LARGEST_GIVEN = 20 * 1024**2
"""Bytes of a picture that somebody gives as an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish:
    """Pictures to be made.

    Args:
        prompt: What they show.
        seed: What chance is drawn from: the same wish and seed give the same pictures.
        aspect: Width to height.
        size: How many pixels the long side has.
        count: How many, 1 to 4, each another.
        format: What kind of files.
        like: What given pictures are like, as the maker remembers them: see `PictureMaker.look`.
        title: What they are called: it is in their metadata, not on them.
    """

    prompt: str
    seed: int
    aspect: PictureAspect = "1:1"
    size: PictureSize = "1K"
    count: int = 1
    format: PictureFormat = "png"
    like: tuple[bytes, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureMade:
    """A picture that is there.

    Args:
        file: Where it is.
        width: Pixels.
        height: Pixels.
        unwritten: Letters that were to stand on it and were left out, because nobody here can write their script.
    """

    file: Path
    width: int
    height: int
    unwritten: str = ""
