"""What is asked of a film."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter import brief
from antiphon.engines.painter.brief import ASPECTS, Aspect
from antiphon.engines.painter.likeness import Likeness

Size = Literal["480p", "720p", "1080p"]

SIZES: Mapping[Size, int] = MappingProxyType({"480p": 480, "720p": 720, "1080p": 1080})
"""Pixels on the short side."""

RATE = 24
"""Frames in a second."""

SHORTEST, LONGEST = 1.0, 10.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Args:
        prompt: What the film shows, and how the camera moves.
        seed: What chance is drawn from: the same request and seed give the same film.
        seconds: How long it is; brought to a whole number of frames.
        size: How many pixels the short side has.
        aspect: Width to height.
        title: Letters on it; "" for those that the prompt quotes, if any.
        sound: What is heard.
        like: What a given picture is like, whose colours and composition are taken.
        name: What the file says it is called; "" for nothing.

    Raises:
        InvalidRequest: "missing" where the prompt is empty; "too_long", "out_of_range", "unknown_size",
            "unknown_aspect".
    """

    prompt: str
    seed: int
    seconds: float = 5.0
    size: Size = "720p"
    aspect: Aspect = "16:9"
    title: str = ""
    sound: Literal["ambience", "none"] = "ambience"
    like: Likeness | None = None
    name: str = ""

    def __post_init__(self) -> None:
        self.picture()
        if not SHORTEST <= self.seconds <= LONGEST:  # Not a number is neither.
            raise InvalidRequest("out_of_range", "seconds", low=SHORTEST, high=LONGEST)
        if self.size not in SIZES:
            raise InvalidRequest("unknown_size", "size", known=tuple(SIZES))

    def picture(self) -> brief.Request:
        """What is asked of the painter."""
        return brief.Request(prompt=self.prompt, seed=self.seed, aspect=self.aspect, title=self.title, like=self.like)

    @property
    def frames(self) -> int:
        """How many there are."""
        return round(self.seconds * RATE)

    def pixels(self) -> tuple[int, int]:
        """Columns and rows, both even: so the encoder wants them."""
        short, ratio = SIZES[self.size], ASPECTS[self.aspect]
        long = round(short * max(ratio, 1 / ratio) / 2) * 2
        return (long, short) if ratio >= 1 else (short, long)
