"""Models, read from the catalogue's TOML."""

import functools
import tomllib
from importlib import resources
from typing import Any

from antiphon.domain.models import SpeechModel


@functools.cache
def load_speech_models() -> tuple[SpeechModel, ...]:
    """All of them, in the catalogue's order."""
    text = resources.files(__package__).joinpath("speech.toml").read_text(encoding="utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def _model(entry: dict[str, Any]) -> SpeechModel:
    slowest, fastest = entry.pop("speed")
    return SpeechModel(**{**entry, "makers": tuple(entry["makers"])}, speed=(slowest, fastest))
