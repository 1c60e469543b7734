"""Covers: a picture that leaves room for letters, and the letters."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, lab, mixed
from antiphon.engines.painter.layers import Layer, Letters, Shape, Shapes
from antiphon.engines.painter.scene import Scene

_CREAM, _INK = Colour("#fdf6e8"), Colour("#16131c")
_FULL = {"abstract", "flowers", "forest"}
"""Subjects that leave no room for letters: these stand below the picture."""
_LONG = 16
"""Letters, from which a title is set in several lines."""


def lettered(brief: Brief, scene: Scene) -> Scene:
    """The scene with the brief's letters on it."""
    draw = chance(brief.seed, "letters")
    lines = _lines(brief.letters)
    layout = _framed if scene.family in _FULL else draw.choice((_poster, _poster, _low, _framed))
    return replace(scene, layers=(*scene.layers, *layout(brief, scene, lines)))


def _lines(text: str) -> list[str]:
    """The words in lines that are about as long as each other."""
    words = text.split()
    if len(text) <= _LONG or len(words) == 1:
        return [text]
    count = min(len(words), 2 if len(text) <= 2 * _LONG else 3 if len(text) <= 4 * _LONG else 5)
    wanted, lines = len(text) / count, [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) / 2 > wanted and len(lines) < count:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _ink(brief: Brief, scene: Scene, upper: bool) -> Colour:  # noqa: FBT001 - which end of the picture
    """Cream on what is dark there, ink on what is light."""
    ground = _ground(scene, upper)
    tint = brief.colours[0] if brief.colours else _CREAM
    return mixed(_CREAM, tint, 0.15) if lab(ground)[0] < 0.72 else mixed(_INK, ground, 0.1)  # noqa: PLR2004 - lightness


def _ground(scene: Scene, upper: bool) -> Colour:  # noqa: FBT001 - as above
    for layer in scene.layers:
        if layer.kind == "sky":
            return layer.stops[0 if upper else -1]
        if layer.kind == "nebula":
            return layer.colours[0]
    return scene.background


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """Where lines of letters stand, and how large they are at most."""

    x: float
    y: float
    width: float
    size: float
    colour: Colour
    left: bool = False


def _set(lines: list[str], at: _Setting) -> list[Layer]:
    """Lines under each other, all as large as the longest allows."""
    size = min(at.size, at.width / max(1.0, max(len(line) for line in lines) * 0.95))
    return [
        Letters(
            text=line,
            x=at.x,
            y=at.y + number * size * 1.5,
            size=size,
            width=at.width,
            colour=at.colour,
            left=at.left,
            heavy=0.9,
            spacing=0.04,
        )
        for number, line in enumerate(lines)
    ]


def _poster(brief: Brief, scene: Scene, lines: list[str]) -> list[Layer]:
    """Large, over the sky, in capitals."""
    ink = _ink(brief, scene, upper=True)
    return _set(
        [line.upper() for line in lines],
        _Setting(x=brief.width / 2, y=0.15, width=0.84 * brief.width, size=0.105, colour=ink, left=False),
    )


def _low(brief: Brief, _scene: Scene, lines: list[str]) -> list[Layer]:
    """At the lower left, on a darkened foot."""
    veil = tuple(
        Shape(
            points=((-0.1, top), (brief.width + 0.1, top), (brief.width + 0.1, 1.1), (-0.1, 1.1)),
            colour=_INK,
            alpha=0.045,
        )
        for top in (0.52 + 0.03 * step for step in range(12))
    )
    y = 0.885 - 0.12 * (len(lines) - 1)
    rule = Shape(points=((0.07, 0.962), (0.19, 0.962), (0.19, 0.967), (0.07, 0.967)), colour=_CREAM)
    return [
        Shapes(depth=1.0, shapes=(*veil, rule)),
        *_set(lines, _Setting(x=0.07, y=y, width=0.84 * brief.width, size=0.085, colour=_CREAM, left=True)),
    ]


def _framed(brief: Brief, _scene: Scene, lines: list[str]) -> list[Layer]:
    """In the middle of a paper frame, under the picture."""
    w, rim = brief.width, 0.045
    foot = 0.84 - 0.055 * (len(lines) - 1)
    paper = Colour("#f6efe2")
    frame = (
        ((-0.2, -0.2), (w + 0.2, -0.2), (w + 0.2, rim), (-0.2, rim)),
        ((-0.2, foot), (w + 0.2, foot), (w + 0.2, 1.2), (-0.2, 1.2)),
        ((-0.2, 0.0), (rim, 0.0), (rim, 1.0), (-0.2, 1.0)),
        ((w - rim, 0.0), (w + 0.2, 0.0), (w + 0.2, 1.0), (w - rim, 1.0)),
    )
    shapes = tuple(Shape(points=points, colour=paper) for points in frame)
    size = 0.07 if len(lines) == 1 else 0.055
    y = (foot + 1.0) / 2 - (len(lines) - 1) * size * 0.75
    return [
        Shapes(depth=1.0, shapes=shapes),
        *_set(
            [line.upper() for line in lines], _Setting(x=w / 2, y=y, width=0.82 * w, size=size, colour=_INK, left=False)
        ),
    ]


Layout = Callable[[Brief, Scene, list[str]], list[Layer]]
