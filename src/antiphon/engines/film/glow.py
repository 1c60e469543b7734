"""Light that is added to a frame: stars, northern lights, rays."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

from antiphon.engines.film.alive import Sparkle
from antiphon.engines.film.plane import NEUTRAL, Yuv, picture
from antiphon.engines.film.plate import Moment, Size
from antiphon.engines.painter.chance import chance, grains

_PASSING = 17.0
"""Levels of luma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glow:
    """Light that the camera does not come nearer to.

    Args:
        looks: What it is like at times that are equally far apart; between them, it goes over from one to the next.
        every: Seconds between them.
        sparkle: What flickers in the first of them.
        pulse: How much it swells, 0 to 1.
        pace: Of that, in times a second.
    """

    looks: tuple[Yuv, ...]
    every: float = 1.0
    sparkle: Sparkle | None = None
    pulse: float = 0.0
    pace: float = 0.2

    def floor(self, moment: Moment, size: Size) -> int:
        """As `Actor` has it."""
        del moment
        return size[1]

    def draw(self, frame: Yuv, moment: Moment, floor: int) -> None:
        """As `Actor` has it."""
        look = self._look(moment.time)
        rows = min(floor, look.y.size[1])
        if rows <= 0:
            return
        for under, over, offset in zip(frame, look, (0, -NEUTRAL, -NEUTRAL), strict=True):
            box = (0, 0, under.size[0], rows * under.size[1] // frame.y.size[1])
            under.paste(ImageChops.add(under.crop(box), over.crop(box), 1, offset), (0, 0))

    def _look(self, time: float) -> Yuv:
        if self.sparkle is not None:
            return self.looks[0]._replace(y=self.sparkle.at(time))
        at = min(time / self.every, len(self.looks) - 1.001)
        look = self.looks[0]
        if len(self.looks) > 1:
            first, second = self.looks[int(at)], self.looks[int(at) + 1]
            look = Yuv(*(Image.blend(one, other, at - int(at)) for one, other in zip(first, second, strict=True)))
        if not self.pulse:
            return look
        share = self.pulse * (0.5 - 0.5 * math.cos(2 * math.pi * self.pace * time))
        dark = (Image.new("L", plane.size, value) for plane, value in zip(look, (0, NEUTRAL, NEUTRAL), strict=True))
        return Yuv(*(Image.blend(plane, none, share) for plane, none in zip(look, dark, strict=True)))


def passing(size: Size, seconds: float, *, seed: int) -> Glow:
    """A wide soft light that goes from one side to the other, as through a window.

    Args:
        size: The frame's.
        seconds: How long that takes.
        seed: What chance is drawn from.
    """
    width, height = size
    draw, count = chance(seed, "passing"), 5
    side, level = draw.choice((-1, 1)), draw.uniform(0.2, 0.6)
    x = (np.arange(width, dtype=np.float32) / height)[None, :]
    y = (np.arange(height, dtype=np.float32) / height)[:, None]
    grain = grains(seed, "passing").random((height, width), dtype=np.float32)
    looks = []
    for number in range(count):
        middle = width / height * (0.5 + side * (number / (count - 1) - 0.5) * 0.9)
        away = ((x - np.float32(middle)) ** 2 + (y - np.float32(level)) ** 2) * np.float32(2.6)
        luma = picture((np.exp(-away) * np.float32(_PASSING) + grain).astype(np.uint8))
        half = Image.new("L", (width // 2, height // 2), NEUTRAL)
        looks.append(Yuv(luma, half, half))
    return Glow(looks=tuple(looks), every=seconds / (count - 1))
