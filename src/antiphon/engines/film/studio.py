"""From a request to its film."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from antiphon.engines.film.export import write_mp4
from antiphon.engines.film.light import developed
from antiphon.engines.film.plane import Yuv, blank
from antiphon.engines.film.plate import Moment, laid
from antiphon.engines.film.request import RATE, Request
from antiphon.engines.film.shot import Shot, camera, shot
from antiphon.engines.film.stage import Stage, actors
from antiphon.engines.painter.brief import Brief, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.scene import Scene

Progress = Callable[[str, float], None]
"""Called with the name of a stage ("paint", "film") and how much of it is done, 0 to 1."""


def make(request: Request, file: BinaryIO, progress: Progress = lambda _stage, _share: None) -> Scene:
    progress("paint", 0.0)
    asked = brief(request.picture(), 0)
    scene = composed(asked)
    move = shot(scene, request.prompt, request.seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        frames = _frames(request, asked, scene, move, progress)
        write_mp4(path, frames, None, size=request.pixels(), rate=RATE)
        with path.open("rb") as made:
            shutil.copyfileobj(made, file)
    return scene


def _frames(request: Request, asked: Brief, scene: Scene, move: Shot, progress: Progress) -> Iterator[Yuv]:
    size = request.pixels()
    cast = actors(Stage(scene=scene, size=size, seconds=request.seconds, haste=move.haste))
    develop = developed(size, vignette=scene.grade.vignette, hour=asked.time, seed=scene.seed)
    frame = blank(size)
    for number in range(request.frames):
        share = number / max(1, request.frames - 1)
        laid(frame, cast, Moment(time=number / RATE, camera=camera(move, share, width=scene.width)))
        develop(frame, share)
        yield frame
        progress("film", (number + 1) / request.frames)
