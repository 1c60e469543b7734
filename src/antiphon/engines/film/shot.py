"""The shot: how the camera moves.

Every place of the camera shows a part of the picture as it was composed, so that no layer's edge is ever seen: it
goes nearer, and aside no farther than going nearer leaves room for. Near layers move more than far ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median
from types import MappingProxyType

from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.layers import Shapes
from antiphon.engines.painter.scene import Camera, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the camera is.

    Args:
        near: How much larger than in the picture what is at depth 1 is: 0.2 is a fifth.
        aside: From -1 (as far to the left as there is room) to 1.
        up: From -1 (as far down as there is room) to 1.
    """

    near: float = 0.0
    aside: float = 0.0
    up: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A move from one place to another.

    Args:
        haste: How much faster than they are clouds and light go.
    """

    name: str
    start: Place
    end: Place
    haste: float = 1.0


_WHOLE = Place()
_MOVES: Mapping[str, tuple[Place, Place]] = MappingProxyType(
    {
        "push": (_WHOLE, Place(near=0.24, up=0.25)),
        "drone": (_WHOLE, Place(near=0.30, up=0.95)),
        "rise": (_WHOLE, Place(near=0.18, up=1.0)),
        "right": (_WHOLE, Place(near=0.22, aside=0.95)),
        "left": (_WHOLE, Place(near=0.22, aside=-0.95)),
        "pan": (Place(near=0.24, aside=-0.95), Place(near=0.24, aside=0.95)),
        "pull": (Place(near=0.26, up=0.3), _WHOLE),
        "still": (_WHOLE, Place(near=0.015)),
        "gentle": (_WHOLE, Place(near=0.16, up=0.2)),
    }
)
_ASKED: tuple[tuple[str, str], ...] = (
    ("still", r"static (?:shot|camera)|still camera|locked|no (?:camera )?(?:movement|motion)|kamera diam"),
    ("pull", r"zoom(?:ing|s)? out|pull(?:ing|s)? (?:back|out)|dolly out|mundur|menjauh"),
    ("push", r"zoom(?:ing|s)? in|zoom|push(?:ing|es)? in|dolly|fly(?:ing)? (?:through|into)|mendekat|maju"),
    ("rise", r"ris(?:e|es|ing) (?:shot|camera)|camera ris(?:es|ing)|crane|tilt(?:ing|s)? up|jib|kamera naik"),
    ("left", r"pan(?:ning|s)? left|to the left|ke kiri"),
    ("right", r"pan(?:ning|s)? right|tracking|truck|slider|to the right|ke kanan"),
    ("pan", r"pan|panning|panorama|panoramic|sweep(?:ing)?"),
    ("drone", r"drone|aerial|fly-?over|fly-?by|bird'?s[- ]eye|helicopter|udara"),
)
_HASTE = re.compile(r"\b(?:time-?lapse|hyper-?lapse|timelapse|selang waktu)\b")
_FREE = {"mountain": ("push", "left", "right", "drone", "rise"), "coast": ("push", "left", "right", "rise")}
_OUTDOORS = ("push", "left", "right", "rise")
FLAT = frozenset({"abstract", "portrait", "flowers"})
"""Families without depth: the camera is gentle with them, and a light goes over them."""

_SIDE = 0.42
"""Of the width."""

_USUAL = 5.0
"""Seconds in which a move is as large as it is written here."""


def shot(scene: Scene, prompt: str, seconds: float) -> Shot:
    """The move that a prompt asks for, else one that suits the subject. A shorter film has a shorter one.

    Args:
        scene: What is to be seen.
        prompt: As it was given.
        seconds: How long the film is.
    """
    text = prompt.lower()
    free = ("gentle",) if scene.family in FLAT else _FREE.get(scene.family, _OUTDOORS)
    asked = next((name for name, words in _ASKED if re.search(rf"\b(?:{words})\b", text)), None)
    name = asked or chance(scene.seed, "shot").choice([move for move in free if move != _away(scene)])
    start, end = _MOVES[name]
    share = min(1.4, seconds / _USUAL)
    return Shot(
        name=name, start=_shortened(start, share), end=_shortened(end, share), haste=6.0 if _HASTE.search(text) else 1.0
    )


def _away(scene: Scene) -> str:
    """The move that would lose sight of what stands at one side."""
    standing = [layer for layer in scene.layers if isinstance(layer, Shapes) and not layer.drift and layer.depth < 1]
    places = [fmean(x for x, _ in shape.points) for layer in standing for shape in layer.shapes]
    if not places:
        return ""
    middle = median(places) / scene.width
    return "right" if middle < _SIDE else "left" if middle > 1 - _SIDE else ""


def _shortened(place: Place, share: float) -> Place:
    return Place(near=place.near * share, aside=place.aside, up=place.up)


def camera(shot: Shot, share: float, *, width: float) -> Camera:
    """Where the camera is after a share (0 to 1) of the film.

    Args:
        shot: The move.
        share: Of the time.
        width: The picture's, in heights.
    """
    at = eased(share)
    near = shot.start.near + (shot.end.near - shot.start.near) * at
    aside = shot.start.aside + (shot.end.aside - shot.start.aside) * at
    up = shot.start.up + (shot.end.up - shot.start.up) * at
    room = near / (1 + near) / 2  # Of what is at depth 1; farther layers have more than they use.
    return Camera(x=aside * room * width, y=-up * room, zoom=1 + near)


def eased(share: float) -> float:
    """From 0 to 1: on its way at once, quicker in the middle, slower towards the end, and never at rest."""
    smooth = share * share * (3 - 2 * share)
    return 0.6 * share + 0.4 * smooth
