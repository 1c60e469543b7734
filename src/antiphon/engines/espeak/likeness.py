"""What was measured of a speaker, in the terms in which espeak makes a voice. Pure.

The figures were found by speaking four English texts of ten seconds in some fifty timbres and measuring the result with
`audio.likeness`: with the same ruler, that is, by which a clip is measured.
"""

import math

from antiphon.domain.speech import Likeness
from antiphon.engines.espeak.timbre import Timbre

DIALECT = "en-us"
"""What espeak calls the English in which all of them speak: an accent is not measured."""

_LOWEST, _HIGHEST = 70.0, 360.0  # Hertz; beyond these the made voice is no voice.
_WIDEST = 14.0  # Semitones.
_PITCH_BELOW = 9  # Hertz by which espeak speaks below what it is told.
_LOW, _MIDDLE, _HIGH = 0.49, 0.80, 1.12  # Where in `Timbre.span` the 10th, 50th and 90th percentile of speech lie.
_CREAK = 60.0  # Hertz below which the 10th percentile does not go: there voices only crackle.
_LEAST_PITCH, _SPANS = 30, (10, 400)

_MAN, _TRACT, _TRACT_EXPONENT = 115.0, 0.995, 0.23  # The named voices lie along this line.
_TRACTS = (0.88, 1.3)

_EVEN_TILT, _TILT_PER_OCTAVE, _TILT_PER_STEP = -5.2, -0.68, 0.33  # At brightness 0; of pitch; of brightness.
_BRIGHTNESSES = (-26, 15)

# Decibels by which a voice is louder than the named ones at loudness 100: at a man's pitch, for each octave above
# it, its square, each step of brightness.
_LEVEL, _LEVEL_PER_OCTAVE, _LEVEL_PER_SQUARE, _LEVEL_PER_STEP = 2.0, 3.1, 0.8, -0.076
_LOUDNESSES = (20, 150)

_WORDS, _WORDS_EXPONENT = 26.0, 1.24  # Words a minute at one syllable a second; faster speech swallows some.
_SLOWEST, _FASTEST = 80, 400


def timbre_of(likeness: Likeness) -> Timbre:
    """The timbre whose speech measures like that, as near as espeak comes."""
    pitch = _within(likeness.pitch, (_LOWEST, _HIGHEST))
    octaves = _octaves(pitch)
    ratio = 2 ** (_within(likeness.span, (0.0, _WIDEST)) / 12)
    widest = min((pitch - _CREAK) / (_MIDDLE - _LOW), (pitch + _PITCH_BELOW - _LEAST_PITCH) / _MIDDLE)
    span = _within(min(widest, pitch * (ratio - 1) / (_HIGH - _MIDDLE + (_MIDDLE - _LOW) * ratio)), _SPANS)
    even = _EVEN_TILT + _TILT_PER_OCTAVE * octaves
    brightness = _within((likeness.tilt - even) / _TILT_PER_STEP, _BRIGHTNESSES)
    level = _LEVEL + level_at(pitch) + _LEVEL_PER_STEP * brightness
    return Timbre(
        pitch=round(pitch_around(pitch, span)),
        span=round(span),
        tract=round(tract_at(pitch), 3),
        brightness=round(brightness),
        loudness=round(_within(100 * 10 ** (-level / 20), _LOUDNESSES)),
    )


def tract_at(pitch: float) -> float:
    """The `Timbre.tract` of an ordinary speaker of that pitch, in hertz."""
    return _within(_TRACT * (pitch / _MAN) ** _TRACT_EXPONENT, _TRACTS)


def level_at(pitch: float) -> float:
    """Decibels by which a voice of that pitch, in hertz, is louder than a man's of the same `Timbre.loudness`."""
    return _LEVEL_PER_OCTAVE * _octaves(pitch) + _LEVEL_PER_SQUARE * _octaves(pitch) ** 2


def middle_of(timbre: Timbre) -> float:
    """The median fundamental frequency of speech in that timbre, in hertz."""
    return timbre.pitch - _PITCH_BELOW + _MIDDLE * timbre.span


def pitch_around(middle: float, span: float) -> float:
    """The `Timbre.pitch` with which speech of that `Timbre.span` has that median fundamental frequency."""
    return middle + _PITCH_BELOW - _MIDDLE * span


def pace_of(likeness: Likeness) -> int:
    """Words a minute for such a speaker."""
    return round(_within(_WORDS * likeness.pace**_WORDS_EXPONENT, (_SLOWEST, _FASTEST)))


def _octaves(pitch: float) -> float:
    """Above a man's."""
    return math.log2(pitch / _MAN)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
