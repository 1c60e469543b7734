"""What the painter's tests share: small pictures, and what can be measured in them."""

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.painter.brief import Request, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.paint.canvas import Pixels, painted
from antiphon.engines.painter.scene import Scene

WIDTH, HEIGHT = 96, 54


def scene_of(prompt: str, seed: int = 1, **wishes: object) -> Scene:
    return composed(brief(Request(prompt=prompt, seed=seed, **{"aspect": "16:9", **wishes})))


def small(prompt: str, seed: int = 1, **wishes: object) -> Pixels:
    return painted(scene_of(prompt, seed, **wishes), width=WIDTH, height=HEIGHT)


def luma(pixels: Pixels) -> NDArray[np.float64]:
    return pixels @ np.array([0.299, 0.587, 0.114]) / 255


def share_of_hue(pixels: Pixels, low: float, high: float) -> float:
    """The share of pixels that have a hue between two, in degrees, and enough of it to be seen."""
    red, green, blue = (pixels[..., part].astype(float) for part in range(3))
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    span = np.maximum(most - least, 1e-6)
    hue = np.where(
        most == red,
        (green - blue) / span % 6,
        np.where(most == green, (blue - red) / span + 2, (red - green) / span + 4),
    )
    return float(np.mean((hue * 60 >= low) & (hue * 60 < high) & (span > 14)))


def fingerprint(pixels: Pixels) -> int:
    """A perceptual hash: of 16 by 8 fields whether each is lighter than the next, and warmer than the mean."""
    rows, columns = pixels.shape[:2]
    fields = pixels[: rows // 8 * 8, : columns // 16 * 16].reshape(8, rows // 8, 16, columns // 16, 3).mean(axis=(1, 3))
    light = fields @ np.array([0.299, 0.587, 0.114])
    warm = fields[..., 0] - fields[..., 2]
    bits = np.concatenate(
        [(light[:, 1:] > light[:, :-1]).ravel(), (warm > warm.mean()).ravel(), (light > light.mean()).ravel()]
    )
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
