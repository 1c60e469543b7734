"""The last hand: contrast, tint, vignette, paper and grain, and then eight bits without bands."""

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.paint.noise import looked_up, table
from antiphon.engines.painter.paint.view import Plane, Planes, View, paint_of, smooth
from antiphon.engines.painter.scene import Grade

_GRAIN = 512
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Finish = Callable[[Planes, int], NDArray[np.uint8]]
"""From rows of the picture, changed in place, and the first one's number, pixels of shape (rows, columns, 3)."""


def finish(grade: Grade, view: View, seed: int) -> Finish:
    """What brings rows to their final form."""
    across = (np.arange(view.width, dtype=np.float32) + 0.5) / view.width - 0.5
    tint = paint_of(grade.tint)
    amount = max(grade.grain, 0.004) * 255  # A little always: it takes the bands out of gradients.
    start = seed % _GRAIN
    tiles = -(-(view.width + 2 * _GRAIN) // _GRAIN)
    speckles = np.tile(_unit_grain() * np.float32(amount), (1, tiles))[:, start : start + view.width + _GRAIN]
    fibres = table(seed, "paper", first=64, octaves=4, gain=0.8) if grade.paper else None

    def finished(planes: Planes, top: int) -> NDArray[np.uint8]:
        rows = planes.shape[1]
        luma = np.tensordot(_LUMA, planes, 1)
        if grade.contrast:
            curve = luma + np.float32(grade.contrast) * (smooth(luma, 0.0, 1.0) - luma)
            planes *= (curve + 1e-3) / (luma + 1e-3)
            luma = curve
        if grade.chroma != 1.0:
            planes += (planes - luma) * np.float32(grade.chroma - 1)
        if grade.lean:
            planes += (tint - planes) * (np.float32(grade.lean) * (1 - np.abs(2 * luma.clip(0.0, 1.0) - 1)))
        down = (np.arange(top, top + rows, dtype=np.float32) + 0.5) / view.height - 0.5
        corner = (across * across)[None, :] + (down * down)[:, None]
        planes *= 1 - np.float32(grade.vignette) * smooth(corner, 0.16, 0.62)
        if fibres is not None:
            planes *= _paper(fibres, view, top, rows, grade.paper)
        planes *= 255
        planes += _speckled(speckles, top, rows, view.width)
        planes += 0.5
        np.clip(planes, 0, 255, out=planes)
        return np.ascontiguousarray(planes.astype(np.uint8).transpose(1, 2, 0))

    return finished


@functools.cache
def _unit_grain() -> Plane:
    return grains(0, "grain").standard_normal((_GRAIN, _GRAIN), dtype=np.float32)


def _speckled(speckles: Plane, top: int, rows: int, width: int) -> Plane:
    """Grain that does not repeat itself below itself: every next band is shifted."""
    numbers = np.arange(top, top + rows)
    if numbers[0] // _GRAIN == numbers[-1] // _GRAIN:
        shift = int(numbers[0] // _GRAIN * 197 % _GRAIN)
        return speckles[numbers[0] % _GRAIN : numbers[0] % _GRAIN + rows, shift : shift + width]
    split = int(_GRAIN - numbers[0] % _GRAIN)
    return np.concatenate(
        [_speckled(speckles, top, split, width), _speckled(speckles, top + split, rows - split, width)]
    )


def _paper(fibres: Plane, view: View, top: int, rows: int, strength: float) -> Plane:
    x, y = view.columns()[None, :], view.rows(top, top + rows)[:, None]
    return 1 + (looked_up(fibres, x, y) - 0.5) * np.float32(0.22 * strength)
