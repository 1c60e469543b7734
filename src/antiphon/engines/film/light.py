"""The light of a film: how bright it is as time goes on, and darker corners."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from antiphon.engines.film.plane import BLACK, NEUTRAL, WHITE, Yuv, halved, picture
from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.paint.view import smooth

_TREND: Mapping[str, float] = MappingProxyType({"dawn": 0.07, "sunset": -0.06, "golden": -0.04, "dusk": -0.06})
"""How much brighter a film's end is than its beginning, by the time of day."""

_SWELL = 0.012

Develop = Callable[[Yuv, float], None]
"""Brings a frame, changed in place, to its final form; its time is a share of the film's, 0 to 1."""


def developed(size: tuple[int, int], *, vignette: float, hour: str, seed: int) -> Develop:
    """What is done to every frame at last.

    Args:
        size: The frame's.
        vignette: How much darker the corners are, 0 to 1.
        hour: The time of day.
        seed: What chance is drawn from.
    """
    width, height = size
    across = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    down = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    share = np.float32(vignette) * smooth((across * across)[None, :] + (down * down)[:, None], 0.16, 0.62)
    noise = grains(seed, "corners").random((height, width), dtype=np.float32)
    mask = picture((share * 255 + noise).clip(0, 255).astype(np.uint8))
    small = halved(mask)

    def develop(frame: Yuv, at: float) -> None:
        gain = 1 + _TREND.get(hour, 0.0) * at + _SWELL * math.sin(2 * math.pi * at)
        curve = [min(WHITE, max(BLACK, round(BLACK + (level - BLACK) * gain))) for level in range(256)]
        frame.y.paste(frame.y.point(curve), (0, 0))
        frame.y.paste(BLACK, (0, 0, *size), mask)
        for plane in (frame.u, frame.v):
            plane.paste(NEUTRAL, (0, 0, *plane.size), small)

    return develop
