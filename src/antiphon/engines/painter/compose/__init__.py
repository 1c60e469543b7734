"""Composes scenes from briefs: one family of subjects to a module."""

from collections.abc import Callable, Mapping

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.compose.arid import desert
from antiphon.engines.painter.compose.city import city
from antiphon.engines.painter.compose.cosmos import space
from antiphon.engines.painter.compose.cover import lettered
from antiphon.engines.painter.compose.deep import underwater
from antiphon.engines.painter.compose.land import meadow, mountain
from antiphon.engines.painter.compose.pattern import abstract
from antiphon.engines.painter.compose.person import portrait
from antiphon.engines.painter.compose.shore import coast
from antiphon.engines.painter.compose.still import still
from antiphon.engines.painter.compose.woods import forest
from antiphon.engines.painter.scene import Scene

_FAMILIES: Mapping[str, Callable[[Brief], Scene]] = {
    "mountain": mountain,
    "meadow": meadow,
    "desert": desert,
    "coast": coast,
    "forest": forest,
    "city": city,
    "space": space,
    "flowers": still,
    "abstract": abstract,
    "portrait": portrait,
    "underwater": underwater,
}
_BEHIND_LETTERS = ("abstract", "abstract", "coast", "mountain", "desert", "space")
"""What is behind the letters of a cover that says nothing of it."""


def composed(brief: Brief) -> Scene:
    """The scene for a brief: the same for the same brief."""
    family = next((name for name in brief.families if name in _FAMILIES), None)
    outdoors = bool(brief.time or brief.weather or brief.season)
    chosen = family or chance(brief.seed, "cover").choice(_BEHIND_LETTERS[2:] if outdoors else _BEHIND_LETTERS)
    scene = _FAMILIES[chosen](brief)
    return lettered(brief, scene) if brief.letters else scene
