"""Composes scenes from briefs: one family of subjects to a module."""

from collections.abc import Callable, Mapping

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.compose.land import desert, meadow, mountain
from antiphon.engines.painter.compose.shore import coast
from antiphon.engines.painter.compose.woods import forest
from antiphon.engines.painter.scene import Scene

_FAMILIES: Mapping[str, Callable[[Brief], Scene]] = {
    "mountain": mountain,
    "meadow": meadow,
    "desert": desert,
    "coast": coast,
    "forest": forest,
}


def composed(brief: Brief) -> Scene:
    """The scene for a brief: the same for the same brief."""
    return _FAMILIES.get(brief.families[0], mountain)(brief)
