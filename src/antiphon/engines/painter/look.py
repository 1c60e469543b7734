"""Looks at a picture that is given as an example, in a child that holds nothing but the picture."""

import json
import os
import subprocess
import sys

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.colour import Colour
from antiphon.engines.painter.likeness import LARGEST_FILE, Likeness

_PATIENCE = 30.0
_PATH = os.pathsep.join(place for place in sys.path if place)
"""All that the child is told of its surroundings: where its modules are."""

_CHILD = (sys.executable, "-m", "antiphon.engines.painter.glance")


def looked(picture: bytes) -> Likeness:
    """What a picture is like: its colours, and where it is light.

    Args:
        picture: A PNG, JPEG or WebP file as somebody made it.

    Raises:
        InvalidRequest: "too_large", or "unreadable": it is none of these, broken, or more than the child bears.
    """
    if len(picture) > LARGEST_FILE:
        raise InvalidRequest("too_large", "picture", limit=LARGEST_FILE)
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            _CHILD, input=picture, capture_output=True, timeout=_PATIENCE, env={"PYTHONPATH": _PATH}, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise InvalidRequest("unreadable", "picture") from late
    if done.returncode or not done.stdout.startswith(b"{"):
        reason = done.stdout.decode("ascii", "replace")
        raise InvalidRequest("too_large" if reason == "too_large" else "unreadable", "picture")
    told = json.loads(done.stdout)
    return Likeness(
        rows=tuple(Colour(name) for name in told["rows"]),
        accents=tuple(Colour(name) for name in told["accents"]),
        light=(told["light"][0], told["light"][1]),
        horizon=told["horizon"],
    )
