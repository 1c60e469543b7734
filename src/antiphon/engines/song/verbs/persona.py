"""A persona: somebody who sings like the speaker of a clip, or who sang a song. The same parameters on every song.

A clip tells four numbers of its speaker (`domain.speech.Likeness`). Pitch and tilt decide what is heard most, the range
and the formants; how lively and how fast somebody speaks only colour it. All stay where a voice can be sung with.
"""

import math
from typing import Literal

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Likeness
from antiphon.engines.song.score import Pitch, Score, Singer

_A, _A_PITCH = 440.0, 69

_WOMAN = 160.0
"""Hertz from which a speaker is heard as a woman: between the medians of men, 115 or so, and women, 205."""

_VOICES = (80.0, 300.0)
"""Hertz between which speakers are believed."""

_BELOW_SPEECH, _RANGE = 0.5, 22
"""Semitones: how far the lowest note lies below the usual pitch of speech, and how many are sung."""

_LOWEST = (40, 60)

_MAN, _TRACT_EXPONENT, _TRACTS = 115.0, 0.26, (0.9, 1.25)
"""The formants rise with the pitch: a woman's, at 205 Hz, are 1.16 times a man's."""

_EVEN_TILT, _TILT_PER_OCTAVE = -5.2, -0.68
"""Decibels an octave of an ordinary speaker at a man's pitch, and what an octave higher adds: `espeak.likeness`."""

_TILT_SHARE, _TILTS = 0.7, (-3.5, 3.5)
_BREATH, _BREATH_PER_DECIBEL, _BREATHS = 0.15, -0.04, (0.05, 0.4)
_VIBRATO, _VIBRATO_PER_SEMITONE, _VIBRATOS = 10.0, 2.4, (8.0, 48.0)
_RATE, _RATE_PER_SYLLABLE, _RATES = 4.5, 0.22, (4.8, 6.3)
_SLIDE, _SLIDE_PER_SYLLABLE, _SLIDES = 0.12, -0.012, (0.03, 0.1)


def singer_of(likeness: Likeness) -> Singer:
    """Somebody who sings like a speaker."""
    pitch = _within(likeness.pitch, _VOICES)
    gender: Literal["male", "female"] = "female" if pitch >= _WOMAN else "male"
    octaves = math.log2(pitch / _MAN)
    lowest = round(_within(_A_PITCH + 12 * math.log2(pitch / _A) - _BELOW_SPEECH, _LOWEST))
    darker = likeness.tilt - (_EVEN_TILT + _TILT_PER_OCTAVE * octaves)
    return Singer(
        gender=gender,
        lowest=Pitch(lowest),
        highest=Pitch(lowest + _RANGE),
        tract=round(_within((pitch / _MAN) ** _TRACT_EXPONENT, _TRACTS), 3),
        breath=round(_within(_BREATH + _BREATH_PER_DECIBEL * darker, _BREATHS), 3),
        tilt=round(_within(_TILT_SHARE * darker, _TILTS), 2),
        vibrato=round(_within(_VIBRATO + _VIBRATO_PER_SEMITONE * likeness.span, _VIBRATOS), 1),
        vibrato_rate=round(_within(_RATE + _RATE_PER_SYLLABLE * likeness.pace, _RATES), 2),
        portamento=round(_within(_SLIDE + _SLIDE_PER_SYLLABLE * likeness.pace, _SLIDES), 3),
    )


def singer_of_score(score: Score) -> Singer:
    """Who sings a song.

    Raises:
        InvalidRequest: "missing": nobody does.
    """
    if score.vocal is None:
        raise InvalidRequest("missing", "vocals")
    return score.vocal.singer


def _within(value: float, bounds: tuple[float, float]) -> float:
    """The value, or the bound that it is beyond; what is no number counts as the lower one."""
    return min(max(bounds[0], value), bounds[1])
