"""Scenes as JSON."""

from pydantic import TypeAdapter, ValidationError

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.scene import VERSION, Scene

_SCENE = TypeAdapter(Scene)


def dump(scene: Scene) -> bytes:
    """A scene as JSON."""
    return _SCENE.dump_json(scene, indent=1)


def load(data: bytes) -> Scene:
    """The scene that `dump` wrote.

    Raises:
        InvalidRequest: "unreadable" where it is none, or one of a later release.
    """
    try:
        scene = _SCENE.validate_json(data)
    except ValidationError as wrong:
        raise InvalidRequest("unreadable", "scene") from wrong
    if scene.version > VERSION:
        raise InvalidRequest("unreadable", "scene", version=scene.version)
    return scene
