"""Hears recordings that were not made here: how fast they go, in which key, on which chords, what is sung."""

import importlib.util
from pathlib import Path

from antiphon.domain.ports import Listener, Plugin


def _listener(cache: Path) -> Listener | None:
    if importlib.util.find_spec("librosa") is None:
        return None
    from antiphon.engines.listen.backend import Listening  # noqa: PLC0415 - only who has recordings needs it

    return Listening(cache=cache)


PLUGIN = Plugin(name="listen", listener=_listener)
