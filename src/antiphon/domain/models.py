"""What can be asked for by name."""

from dataclasses import dataclass


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
        timestamps: Whether the times of characters can be told.
        voice_cloning: Whether voices can be made from clips.
        alias_of: The model it is another name of.
    """

    id: str
    dialect: str
    name: str
    vendor: str
    makers: tuple[str, ...]
    speed: tuple[float, float]
    silence_reduction: bool
    timestamps: bool = False
    voice_cloning: bool = False
    alias_of: str | None = None
