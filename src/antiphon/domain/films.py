"""Films, as they are asked for and as they come out, whoever makes them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from antiphon.domain.pictures import PictureAspect

FilmSize = Literal["480p", "720p", "1080p"]
"""Pixels of the short side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmWish:
    """A film to be made.

    Args:
        prompt: What it shows, and how the camera moves.
        seed: What chance is drawn from: the same wish and seed give the same film.
        seconds: How long it is, 1 to 10.
        size: How many pixels the short side has.
        aspect: Width to height.
        like: What a given picture is like, as the maker remembers it: see `FilmMaker.look`; None for none.
        title: What it is called: as of `PictureWish`.
    """

    prompt: str
    seed: int
    seconds: float = 5.0
    size: FilmSize = "720p"
    aspect: PictureAspect = "16:9"
    like: bytes | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmMade:
    """A film that is there: an MP4 file.

    Args:
        file: Where it is.
        width: Pixels.
        height: Pixels.
        seconds: How long it lasts.
        unwritten: Letters that were left out, as in `PictureMade`.
    """

    file: Path
    width: int
    height: int
    seconds: float
    unwritten: str = ""
