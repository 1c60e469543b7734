"""How a voice is used, and the sounds that are no words, in espeak's terms. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from antiphon.domain.delivery import Delivery, Gesture
from antiphon.engines.espeak.likeness import level_at, middle_of, pitch_around, tract_at
from antiphon.engines.espeak.timbre import Timbre

PACES = (80, 1000)
"""Words a minute that espeak can do; the fastest by leaving out periods."""

_PITCHES, _SPANS, _LOUDNESSES = (30.0, 640.0), (10.0, 400.0), (20.0, 150.0)
_BRIGHTNESSES, _BREATHS, _FLUTTERS = (-26, 15), (0, 4), (0, 20)
_TRACTS, _SOFTNESSES, _ROUGHNESSES = (0.8, 1.3), (70, 150), (0, 3)
# Decibels by which speech is louder: for each percent point of softness, and for each factor e of a larger throat.
# Measured with four voices, as in `likeness`.
_LEVEL_PER_SOFTNESS, _LEVEL_PER_TRACT = 0.092, 7.5
# What is left of a voice where nothing is kept of whose it is: without clearness, as some voices are ordinary already.
_PLAIN = Timbre(pitch=100, span=40, softness=125, brightness=-7, consonants=85)
_LOWEST = 40.0  # Hertz below which a voice is a rattle.
_WHISPER_PITCH, _WHISPER_SPAN, _WHISPER_SOFTNESS = 82, 10, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound that is no word.

    Args:
        mnemonics: Phonemes of American English, which every voice can say.
        delivery: In which way, besides the one in which it is spoken around it.
    """

    mnemonics: str
    delivery: Delivery


SOUNDS: Mapping[Gesture, Sound] = MappingProxyType(
    {
        Gesture.LAUGH: Sound(
            mnemonics="h'ah'ah'ah'ah'a", delivery=Delivery(pitch=4.0, melody=2.0, pace=1.3, loudness=2.0, breath=2)
        ),
        Gesture.GIGGLE: Sound(
            mnemonics="h'ih'ih'ih'ih'ih'i", delivery=Delivery(pitch=8.0, melody=2.0, pace=1.7, breath=2)
        ),
        Gesture.CHUCKLE: Sound(mnemonics="h'@h'@h'@", delivery=Delivery(pitch=1.0, pace=1.2, loudness=-5.0, breath=2)),
        Gesture.SIGH: Sound(mnemonics="h'A:h", delivery=Delivery(pace=0.5, loudness=4.0, whispered=True)),
        Gesture.GASP: Sound(mnemonics="h'a", delivery=Delivery(pace=1.4, loudness=8.0, whispered=True)),
        Gesture.BREATH: Sound(mnemonics="h'@h", delivery=Delivery(pace=0.7, whispered=True)),
        Gesture.COUGH: Sound(
            mnemonics="k'@hk'@h", delivery=Delivery(pitch=-2.0, melody=0.5, pace=1.6, loudness=4.0, breath=4)
        ),
        Gesture.SOB: Sound(
            mnemonics="h'u:h'u:h'u:", delivery=Delivery(pitch=5.0, melody=1.6, loudness=-2.0, breath=3, flutter=14)
        ),
    }
)


def delivered(timbre: Timbre, delivery: Delivery) -> Timbre:
    """The timbre of a voice that is used so, as near as espeak comes. Loudness is not in it, nor is pace."""
    plain = _resembling(_built(timbre, delivery), delivery.resemblance)
    changed = replace(
        plain,
        brightness=round(_within(plain.brightness + delivery.brightness, _BRIGHTNESSES)),
        breath=round(_within(plain.breath + delivery.breath, _BREATHS)),
        flutter=round(_within(plain.flutter + delivery.flutter, _FLUTTERS)),
    )
    return _whispering(changed) if delivery.whispered else _moved(changed, delivery)


def _built(timbre: Timbre, delivery: Delivery) -> Timbre:
    """The voice from another throat, as loud as before."""
    other = replace(
        timbre,
        tract=round(_within(timbre.tract * delivery.tract, _TRACTS), 3),
        softness=round(_within(timbre.softness + delivery.softness, _SOFTNESSES)),
        roughness=round(_within(timbre.roughness + delivery.roughness, _ROUGHNESSES)),
    )
    return _as_loud_as(timbre, other)


def _resembling(timbre: Timbre, share: float) -> Timbre:
    """A voice between this one (1.0) and a plain, veiled one of its height (0.0), as loud."""
    if share >= 1:
        return timbre
    plain = replace(_PLAIN, tract=tract_at(middle_of(timbre)))

    def between(low: float, high: float) -> float:
        return low + share * (high - low)

    other = replace(
        timbre,
        tract=round(between(plain.tract, timbre.tract), 3),
        brightness=round(between(plain.brightness, timbre.brightness)),
        softness=round(between(plain.softness, timbre.softness)),
        breath=round(between(plain.breath, timbre.breath)),
        consonants=round(between(plain.consonants, timbre.consonants)),
    )
    return _as_loud_as(timbre, other)


def _as_loud_as(timbre: Timbre, other: Timbre) -> Timbre:
    """The other one, as loud as the first."""
    softer, smaller = other.softness - timbre.softness, math.log(other.tract / timbre.tract)
    louder = _LEVEL_PER_SOFTNESS * softer - _LEVEL_PER_TRACT * smaller
    return replace(other, loudness=round(_within(timbre.loudness * 10 ** (-louder / 20), _LOUDNESSES)))


def _moved(timbre: Timbre, delivery: Delivery) -> Timbre:
    """Higher or lower, livelier or flatter, as loud as before."""
    ratio = 2 ** (delivery.pitch / 12)
    before = middle_of(timbre)
    middle = max(_LOWEST, before * ratio)
    widest = max(_SPANS[0], pitch_around(middle, 0.0) - _PITCHES[0])
    span = _within(timbre.span * ratio * delivery.melody, (_SPANS[0], min(_SPANS[1], widest)))
    louder = level_at(middle) - level_at(before)
    return replace(
        timbre,
        pitch=round(_within(pitch_around(middle, span), _PITCHES)),
        span=round(span),
        loudness=round(_within(timbre.loudness * 10 ** (-louder / 20), _LOUDNESSES)),
    )


def _whispering(timbre: Timbre) -> Timbre:
    """Without voice: its pitch is but that at which espeak leaves the formants alone."""
    return replace(
        timbre, pitch=_WHISPER_PITCH, span=_WHISPER_SPAN, softness=_WHISPER_SOFTNESS, loudness=100, voiced=False
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
