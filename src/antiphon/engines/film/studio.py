"""From a request to its film."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from antiphon.engines.film.export import write_mp4
from antiphon.engines.film.plane import Yuv
from antiphon.engines.film.plate import laid
from antiphon.engines.film.request import RATE, Request
from antiphon.engines.film.shot import Shot, camera, shot
from antiphon.engines.film.stage import staged
from antiphon.engines.painter.brief import brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.scene import Scene

Progress = Callable[[str, float], None]
"""Called with the name of a stage ("paint", "film") and how much of it is done, 0 to 1."""


def make(request: Request, file: BinaryIO, progress: Progress = lambda _stage, _share: None) -> Scene:
    progress("paint", 0.0)
    scene = composed(brief(request.picture(), 0))
    move = shot(scene, request.prompt, request.seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        frames = _frames(request, scene, move, progress)
        write_mp4(path, frames, None, size=request.pixels(), rate=RATE)
        with path.open("rb") as made:
            shutil.copyfileobj(made, file)
    return scene


def _frames(request: Request, scene: Scene, move: Shot, progress: Progress) -> Iterator[Yuv]:
    width, height = request.pixels()
    plates = staged(scene, width=width, height=height)
    frame = plates[0].paint.copy()
    for number in range(request.frames):
        share = number / max(1, request.frames - 1)
        laid(frame, plates, camera(move, share, width=scene.width), number / RATE)
        yield frame
        progress("film", (number + 1) / request.frames)
