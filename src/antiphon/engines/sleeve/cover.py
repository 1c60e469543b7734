"""The cover of a song: what its words and its style call up, painted, with its title on it."""

from antiphon.domain.sleeves import SleeveWish
from antiphon.engines.painter.brief import Request
from antiphon.engines.painter.export import encoded
from antiphon.engines.painter.studio import pictures
from antiphon.engines.sleeve.motif import prompt, seed

_LONGEST_LETTERED = 80
"""Letters of a title; a longer one would fill the picture."""


def cover(wish: SleeveWish) -> bytes:
    """The cover, 1,024 pixels square, as a JPEG; the same for the same wish."""
    request = Request(prompt=prompt(wish), seed=seed(wish), title=lettered(wish.title))
    (picture,) = pictures(request)
    return encoded(picture.pixels, "jpeg", seed=wish.seed)


def lettered(title: str) -> str:
    """What of a title stands on a cover: up to a word's end, where it is long."""
    whole = " ".join(title.split())
    if len(whole) <= _LONGEST_LETTERED:
        return whole
    return whole[: _LONGEST_LETTERED + 1].rpartition(" ")[0] or whole[:_LONGEST_LETTERED]
