"""What the film's tests share: small films in memory, and what can be measured in them."""

import io
from collections.abc import Iterator
from itertools import islice

import av
import numpy as np
from numpy.typing import NDArray

from antiphon.engines.film.plane import blank
from antiphon.engines.film.plate import Moment, laid
from antiphon.engines.film.request import RATE, Request
from antiphon.engines.film.shot import Shot, camera, shot
from antiphon.engines.film.stage import Stage, actors
from antiphon.engines.film.studio import make
from antiphon.engines.film.unfold import unfolded
from antiphon.engines.painter.brief import brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.scene import Scene

SIZE = (384, 216)

Lumas = NDArray[np.float32]
"""Shape (frames, rows, columns), 16 to 235."""


def scene_of(prompt: str, seed: int = 1) -> Scene:
    request = Request(prompt=prompt, seed=seed)
    return unfolded(composed(brief(request.picture(), 0)))


def shown(scene: Scene, move: Shot, *, seconds: float = 3.0, every: int = 1) -> Lumas:
    """The frames of a scene, or every so manieth of them, as they are before the last hand."""
    return np.stack(list(_shown(scene, move, seconds, every)))


def first_frames(prompt: str, count: int) -> Lumas:
    scene = scene_of(prompt)
    return np.stack(list(islice(_shown(scene, shot(scene, prompt, 3.0), 3.0, 1), count)))


def _shown(scene: Scene, move: Shot, seconds: float, every: int) -> Iterator[NDArray[np.float32]]:
    cast = actors(Stage(scene=scene, size=SIZE, seconds=seconds, haste=move.haste))
    frame, count = blank(SIZE), round(seconds * RATE)
    for number in range(0, count, every):
        at = camera(move, number / (count - 1), width=scene.width)
        laid(frame, cast, Moment(time=number / RATE, camera=at))
        yield np.asarray(frame.y, np.float32)


def small_film(prompt: str, seed: int = 1, *, every: int = 1) -> Lumas:
    scene = scene_of(prompt, seed)
    return shown(scene, shot(scene, prompt, 3.0), every=every)


def moved(before: Lumas, after: Lumas) -> int:
    """How many columns a band of a picture has moved to the right, by phase correlation."""
    window = np.hanning(before.shape[1]).astype(np.float32)
    one, other = (np.fft.rfft2((band - band.mean()) * window) for band in (before, after))
    cross = other * np.conj(one)
    peak = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-6), s=before.shape)
    column = int(np.argmax(peak[0]))
    return column - before.shape[1] if column > before.shape[1] // 2 else column


def written(**wishes: object) -> bytes:
    file = io.BytesIO()
    make(Request(**{"size": "480p", "aspect": "1:1", "seconds": 3.0, **wishes}), file)
    return file.getvalue()


def pictures_of(film: bytes) -> list[NDArray[np.uint8]]:
    with av.open(io.BytesIO(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def sound_of(film: bytes) -> NDArray[np.float32]:
    with av.open(io.BytesIO(film)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
