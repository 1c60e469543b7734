"""What a voice sounds like, in terms of a speaker, and the same in terms of espeak. Pure.

Source of espeak's terms: espeak-ng 1.52, `docs/voices.md` and `src/libespeak-ng/voices.c`.
"""

from dataclasses import dataclass

_FORMANTS = range(9)
_NEUTRAL_PITCH = 82  # Hertz, where espeak leaves the formants as they are.
_PITCH_PER_SHIFT = 328  # Hertz by which pitch must rise for espeak to double all formants.
_TONE_AT = (600, 1200, 2000)  # Hertz.
_TONES = (
    (-26, (255, 30, 0)),
    (-6, (200, 123, 50)),
    (6, (140, 147, 170)),
    (15, (80, 150, 255)),
)
"""Brightness, and how much is heard at each of `_TONE_AT`; in between, in between."""

_BREATH_SHAPE = (0, 2, 3, 3, 3, 3, 3, 2)
"""How breath spreads over the formants; the low ones would only hum."""

_WHISPER = "0 40 60 60 60 40 30 20"
"""The same of a voice that is breath alone; as loud as leaves room for the strongest sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timbre:
    """The sound of a speaker.

    Args:
        pitch: The lowest fundamental frequency of ordinary speech, in hertz.
        span: How far melody rises above it, in hertz.
        tract: The formants, as a multiple of a man's; a woman's shorter vocal tract is near 1.17.
        brightness: Tilt of the spectrum, -26 dark to 15 bright; a third of a decibel an octave each.
        softness: Width of the formants in percent: below 100 ringing, above 100 mellow.
        breath: Noise in the voice, 0 to 4.
        flutter: Small irregularities of pitch, 0 to 20; espeak's own is 2.
        roughness: Irregularity from one cycle to the next, 0 to 3.
        loudness: Strength of the whole, in percent. Set so that all voices are equally loud.
        consonants: Strength of consonants beside vowels, in percent.
        voiced: False is a whisper.
    """

    pitch: int
    span: int
    tract: float = 1.0
    brightness: int = 0
    softness: int = 100
    breath: int = 0
    flutter: int = 2
    roughness: int = 2
    loudness: int = 100
    consonants: int = 100
    voiced: bool = True

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} {value} is outside {low}-{high}")


_BOUNDS = (
    ("pitch", 30, 640),
    ("span", 10, 400),
    ("tract", 0.8, 1.3),
    ("brightness", -26, 15),
    ("softness", 70, 150),
    ("breath", 0, 4),
    ("flutter", 0, 20),
    ("roughness", 0, 3),
    ("loudness", 20, 150),
    ("consonants", 50, 150),
)


def timbre_lines(timbre: Timbre) -> tuple[str, ...]:
    """The lines of an espeak variant file that give it this sound."""
    breath = " ".join(str(timbre.breath * part) for part in _BREATH_SHAPE) if timbre.voiced else _WHISPER
    noise = round(timbre.consonants * timbre.loudness / 100)
    return (
        f"pitch {timbre.pitch} {timbre.pitch + timbre.span}",
        *(f"formant {number} {_formant_frequency(timbre)} 100 {timbre.softness}" for number in _FORMANTS),
        f"tone {_tone(timbre.brightness)}",
        f"voicing {timbre.loudness if timbre.voiced else 0}",
        f"consonants {noise} {noise}",
        f"flutter {timbre.flutter}",
        f"roughness {timbre.roughness}",
        *((f"breath {breath}",) if timbre.breath or not timbre.voiced else ()),
    )


def _formant_frequency(timbre: Timbre) -> int:
    """In percent. espeak moves formants with the pitch; that is undone here, so that `tract` alone decides."""
    moved = 1 + (timbre.pitch - _NEUTRAL_PITCH) / _PITCH_PER_SHIFT
    return round(100 * timbre.tract / moved)


def _tone(brightness: int) -> str:
    """Frequencies and how much of them is heard, of 255; brightness 0 is espeak's own curve."""
    above = next(place for place, (point, _) in enumerate(_TONES) if brightness <= point)
    (dark, low), (bright, high) = _TONES[max(0, above - 1)], _TONES[max(1, above)]
    share = (brightness - dark) / (bright - dark)
    amounts = [round(start + share * (end - start)) for start, end in zip(low, high, strict=True)]
    return " ".join(f"{frequency} {amount}" for frequency, amount in zip(_TONE_AT, amounts, strict=True))
