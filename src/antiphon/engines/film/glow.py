"""Light that is added to a frame: stars, northern lights, rays."""

import math
from dataclasses import dataclass

from PIL import Image, ImageChops

from antiphon.engines.film.alive import Sparkle
from antiphon.engines.film.plane import NEUTRAL, Yuv
from antiphon.engines.film.plate import Moment, Size


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
