"""How a text is performed beside its words: who speaks, in which way, where it pauses, laughs or sighs."""

import enum
from dataclasses import dataclass

from antiphon.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a voice is used. The defaults are the voice's own way.

    Args:
        pitch: Semitones above the voice's own.
        melody: How far the pitch moves, as a multiple of the voice's own.
        pace: A multiple of the voice's own.
        loudness: Decibels above the voice's own.
        brightness: Tilt of the spectrum; a step is a third of a decibel an octave.
        breath: Noise in the voice, 0 to 4, besides what there is of it.
        flutter: Small irregularities of pitch, 0 to 20, likewise.
        whispered: Without voice, on breath alone.
        resemblance: 1.0 is the voice itself, 0.0 a plain, veiled one of its height.
        tract: The formants, as a multiple of the voice's own: above 1.0 that of a smaller throat.
        softness: Width of the formants, in percent points above the voice's own: positive is mellow.
        roughness: Irregularity from one cycle to the next, 0 to 3, besides what there is of it.
    """

    pitch: float = 0.0
    melody: float = 1.0
    pace: float = 1.0
    loudness: float = 0.0
    brightness: int = 0
    breath: int = 0
    flutter: int = 0
    whispered: bool = False
    resemblance: float = 1.0
    tract: float = 1.0
    softness: int = 0
    roughness: int = 0

    def and_also(self, other: "Delivery") -> "Delivery":
        """Both at once."""
        return Delivery(
            pitch=self.pitch + other.pitch,
            melody=self.melody * other.melody,
            pace=self.pace * other.pace,
            loudness=self.loudness + other.loudness,
            brightness=self.brightness + other.brightness,
            breath=self.breath + other.breath,
            flutter=self.flutter + other.flutter,
            whispered=self.whispered or other.whispered,
            resemblance=min(self.resemblance, other.resemblance),
            tract=self.tract * other.tract,
            softness=self.softness + other.softness,
            roughness=self.roughness + other.roughness,
        )


PLAIN = Delivery()
"""The voice's own way."""


class Gesture(enum.Enum):
    """Sounds that are no words."""

    LAUGH = "laugh"
    GIGGLE = "giggle"
    CHUCKLE = "chuckle"
    SIGH = "sigh"
    GASP = "gasp"
    BREATH = "breath"
    COUGH = "cough"
    SOB = "sob"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Silence, besides the pause that the words around it make."""

    length: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From here on it is spoken so.

    Args:
        voice: A voice the maker lists.
        language: A language code the maker lists, perhaps with a region.
        delivery: In which way.
    """

    voice: str
    language: str
    delivery: Delivery = PLAIN


Cue = Gesture | Pause | Turn
"""What a text may hold besides its words."""

Part = str | Cue
"""A piece of what is to be performed."""
