"""From a request to its pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from antiphon.engines.painter.brief import Brief, Request, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.paint.canvas import Pixels, painted
from antiphon.engines.painter.paint.letters import writable
from antiphon.engines.painter.scene import Scene

Progress = Callable[[float], None]
"""Told how much of all pictures is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One of the pictures of a request.

    Args:
        pixels: Shape (rows, columns, 3).
        scene: What it shows.
        brief: What was understood.
        unwritten: Letters that were left out, because there is no face for their script.
    """

    pixels: Pixels
    scene: Scene
    brief: Brief
    unwritten: str = ""


def pictures(request: Request, progress: Progress = lambda _share: None) -> Iterator[Picture]:
    """The pictures of a request, one after the other. Each has a seed of its own, that comes from the request's."""
    width, height = request.pixels()
    for number in range(request.count):
        asked = brief(request, number)
        scene = composed(asked)
        pixels = painted(scene, width=width, height=height, progress=_part(progress, number, request.count))
        missing = asked.letters if asked.letters and not writable(asked.letters) else ""
        yield Picture(pixels=pixels, scene=scene, brief=asked, unwritten=missing)


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda share: progress((number + share) / count)
