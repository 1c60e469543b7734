"""Waves: water that is painted once, bent a little differently in every frame."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.paint.view import Plane

_CELL = (18, 64)
"""Rows and columns of the frame between the places that are bent."""

_WAVES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripple:
    """Waves that run towards the camera.

    Args:
        seed: What they are drawn from.
        shore: The far shore's row in its plate: nothing moves there.
        height: Rows of the picture.
        strength: How rough it is, 0 to 1.
    """

    seed: int
    shore: float
    height: int
    strength: float

    def bent(self, x: Plane, y: Plane, time: float) -> tuple[Plane, Plane]:
        """How far what is seen at places of the plate lies from them, aside and down, in pixels."""
        below = ((y - self.shore) / self.height).clip(0.0, None)
        near, depth = 1 / (below + 0.12), np.log(below + 0.03)
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
        draw = chance(self.seed, "ripple")
        for number in range(_WAVES):
            along, aside = draw.uniform(3.5, 9.0), draw.uniform(-1.6, 1.6)
            speed, phase = draw.uniform(1.5, 3.2), draw.uniform(0, 2 * math.pi)
            total += np.sin(aside * near * x / self.height - along * depth + speed * time + phase) / (1 + 0.3 * number)
        size = (0.35 + self.strength) * self.height * (0.0008 + 0.006 * below)
        return total * size * 1.3, total * size


def rippled(grey: Any, size: tuple[int, int], box: tuple[float, ...], ripple: Ripple, time: float) -> Any:
    """As `plate.scaled`, bent by waves."""
    columns, rows = grey.size
    left, top, right, bottom = box
    across = np.linspace(0, size[0], max(2, round(size[0] / _CELL[1]) + 1)).round()
    down = np.linspace(0, size[1], max(2, round(size[1] / _CELL[0]) + 1)).round()
    x = left + across[None, :] * ((right - left) / size[0])
    y = top + down[:, None] * ((bottom - top) / size[1])
    aside, under = ripple.bent(x, y, time)
    at_x, at_y = (x + aside).clip(0, columns).tolist(), (y + under).clip(0, rows).tolist()
    edges_x, edges_y = [int(edge) for edge in across], [int(edge) for edge in down]
    mesh = [
        (
            (edges_x[i], edges_y[j], edges_x[i + 1], edges_y[j + 1]),
            (
                at_x[j][i],
                at_y[j][i],
                at_x[j + 1][i],
                at_y[j + 1][i],
                at_x[j + 1][i + 1],
                at_y[j + 1][i + 1],
                at_x[j][i + 1],
                at_y[j][i + 1],
            ),
        )
        for j in range(len(edges_y) - 1)
        for i in range(len(edges_x) - 1)
    ]
    return grey.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
