"""From a request to its film."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from antiphon.engines.film.ambience import ambience
from antiphon.engines.film.export import SOUND_RATE, write_mp4
from antiphon.engines.film.light import developed
from antiphon.engines.film.plane import Yuv, blank
from antiphon.engines.film.plate import Moment, laid
from antiphon.engines.film.request import RATE, Request
from antiphon.engines.film.shot import Shot, camera, shot
from antiphon.engines.film.stage import Stage, actors
from antiphon.engines.film.unfold import unfolded
from antiphon.engines.painter.brief import Brief, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.paint.letters import writable
from antiphon.engines.painter.scene import Scene

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""

_PAINTED = 0.2
"""The share of the work that is done before the first frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What was made.

    Args:
        scene: What it shows.
        brief: What was understood.
        shot: How the camera moves.
        unwritten: Letters that were left out, because there is no face for their script.
    """

    scene: Scene
    brief: Brief
    shot: Shot
    unwritten: str = ""


def make(request: Request, file: BinaryIO, progress: Progress = lambda _share: None) -> Film:
    """Make a film and write it as MP4: the same bytes for the same request.

    Args:
        request: What is asked for.
        file: Open for writing; it is written to once, from its beginning to its end.
        progress: Told how much is done.
    """
    asked = brief(request.picture(), 0)
    scene = unfolded(composed(asked))
    film = Film(
        scene=scene,
        brief=asked,
        shot=shot(scene, request.prompt, request.seconds),
        unwritten=asked.letters if asked.letters and not writable(asked.letters) else "",
    )
    progress(0.0)
    sound = None
    if request.sound == "ambience":
        sound = ambience(scene, asked, round(request.frames * SOUND_RATE / RATE))
    with tempfile.TemporaryDirectory(prefix="antiphon-film-") as folder:
        path = Path(folder) / "film.mp4"  # The index is put first at last: that wants a file with a name.
        write_mp4(path, frames(request, film, progress), sound, size=request.pixels(), rate=RATE, title=request.name)
        with path.open("rb") as made:
            shutil.copyfileobj(made, file)
    progress(1.0)
    return film


def frames(request: Request, film: Film, progress: Progress = lambda _share: None) -> Iterator[Yuv]:
    """The frames of a film, one after the other; each is the same picture, changed."""
    size, scene = request.pixels(), film.scene
    cast = actors(Stage(scene=scene, size=size, seconds=request.seconds, haste=film.shot.haste))
    develop = developed(size, vignette=scene.grade.vignette, hour=film.brief.time, seed=scene.seed)
    frame = blank(size)
    progress(_PAINTED)
    for number in range(request.frames):
        share = number / (request.frames - 1)
        laid(frame, cast, Moment(time=number / RATE, camera=camera(film.shot, share, width=scene.width)))
        develop(frame, share)
        yield frame
        progress(_PAINTED + (1 - _PAINTED) * (number + 1) / request.frames)
