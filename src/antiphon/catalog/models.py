"""Models, read from the catalogue's TOML."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """A model of speech as clients name it.

    Args:
        id: Its name in requests.
        dialect: The published API it belongs to.
        name: For people.
        vendor: Whose it is. A maker of another name stands in for it.
        makers: Who may serve it, best first.
        speed: Slowest and fastest speed, 1.0 being the voice's own.
        silence_reduction: Whether pauses can be shortened.
        alias_of: The model it is another name of.
    """

    id: str
    dialect: str
    name: str
    vendor: str
    makers: tuple[str, ...]
    speed: tuple[float, float]
    silence_reduction: bool
    alias_of: str | None = None


def load_speech_models() -> tuple[SpeechModel, ...]:
    """All of them, in the catalogue's order."""
    text = resources.files(__package__).joinpath("speech.toml").read_text(encoding="utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def _model(entry: dict[str, Any]) -> SpeechModel:
    slowest, fastest = entry.pop("speed")
    return SpeechModel(**{**entry, "makers": tuple(entry["makers"])}, speed=(slowest, fastest))
