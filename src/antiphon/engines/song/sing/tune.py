"""The pitch of a voice at each moment: slides, vibrato that comes late, and a little unsteadiness."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import chance
from antiphon.engines.song.score import Singer
from antiphon.engines.song.sing.syllables import Syllable, Tone

_APART = 0.15
"""Seconds of rest after which a voice begins anew instead of sliding."""
_EARLY = 0.7
"""Of a slide so much comes before the note."""
_SCOOP, _SCOOP_TIME = 60.0, 0.045
_LONG = 0.38
"""A note has to be so long to get vibrato."""
_VIBRATO_AFTER, _VIBRATO_RISE = 0.2, 0.35
_DRIFT = ((0.43, 2.5), (1.1, 2.0), (2.7, 1.5), (8.3, 1.0))
"""Hertz and cents of what a voice cannot keep still."""
_FALL, _FALL_TIME = 35.0, 0.09
_A, _A_PITCH = 440.0, 69

Curve = NDArray[np.float64]


def tune(found: Sequence[Syllable], moments: Curve, singer: Singer, *, place: str) -> Curve:
    """The fundamental frequency at some moments, in hertz.

    Args:
        found: What is sung.
        moments: In seconds, ascending and evenly spaced.
        singer: Whose vibrato and slides.
        place: What chance is drawn by.
    """
    tones = [tone for syllable in found for tone in syllable.tones]
    cents = intended(tones, moments, singer.portamento)
    for tone, first, last in _rests(tones):
        if first:
            after = np.maximum(moments - tone.start, 0.0)
            cents -= _SCOOP * np.exp(-after / _SCOOP_TIME) * (moments < tone.end) * (moments > tone.start - _APART)
        if last:
            cents -= (
                _FALL * np.clip(1.0 - (tone.end - moments) / _FALL_TIME, 0.0, 1.0) ** 2 * (moments < tone.end + 0.2)
            )
    cents += vibrato(tones, moments, singer, place=place)[0]
    draw = chance(f"{place} drift")
    for rate, depth in _DRIFT:
        cents += depth * np.sin(2.0 * np.pi * (rate * (0.9 + 0.2 * draw.random()) * moments + draw.random()))
    return _hertz(cents)


def hertz(tone: Tone) -> float:
    """A tone's fundamental frequency."""
    return float(_hertz(np.array(_cents(tone))))


def intended(tones: Sequence[Tone], moments: Curve, portamento: float) -> Curve:
    """The score's pitches, in cents from MIDI's key 0, with slides between them."""
    cents = np.full(len(moments), _cents(tones[0]) if tones else 100.0 * _A_PITCH)
    for before, after in pairwise(tones):
        slide = min(portamento, 0.5 * (before.end - before.start), 0.5 * (after.end - after.start))
        change = _cents(after) - _cents(before)
        if after.start - before.end > _APART:
            begin, end = after.start - _APART, after.start - _APART + 1e-3
        else:
            begin, end = after.start - _EARLY * slide, after.start + (1.0 - _EARLY) * slide
        first, last = np.searchsorted(moments, (begin, end))
        cents[last:] += change
        way = (moments[first:last] - begin) / max(end - begin, 1e-6)
        cents[first:last] += change * (0.5 - 0.5 * np.cos(np.pi * np.clip(way, 0.0, 1.0)))
    return cents


def vibrato(tones: Sequence[Tone], moments: Curve, singer: Singer, *, place: str) -> tuple[Curve, Curve]:
    """Cents that vibrato adds, and how far it is in swing, 0 to 1."""
    cents, strength = np.zeros_like(moments), np.zeros_like(moments)
    draw = chance(f"{place} vibrato")
    for tone in tones:
        length = tone.end - tone.start
        rate, depth = singer.vibrato_rate * (0.95 + 0.1 * draw.random()), singer.vibrato * (0.85 + 0.3 * draw.random())
        if length < _LONG:
            continue
        first, last = np.searchsorted(moments, (tone.start, tone.end))
        at = moments[first:last] - tone.start
        begin = max(_VIBRATO_AFTER, 0.3 * min(length, 1.0))
        rise = np.clip((at - begin) / _VIBRATO_RISE, 0.0, 1.0) ** 1.3 * np.clip((length - at) / 0.06, 0.0, 1.0)
        turns = rate * (1.0 + 0.012 * at) * (at - begin)
        strength[first:last] = rise
        cents[first:last] = depth * rise * np.sin(2.0 * np.pi * turns)
    return cents, strength


def _rests(tones: Sequence[Tone]) -> Iterator[tuple[Tone, bool, bool]]:
    """Each tone, whether it is the first after a rest, and whether it is the last before one."""
    apart = [True, *(after.start - before.end > _APART for before, after in pairwise(tones)), True]
    return ((tone, first, last) for tone, (first, last) in zip(tones, pairwise(apart), strict=True))


def _cents(tone: Tone) -> float:
    return 100.0 * tone.pitch + tone.cents


def _hertz(cents: Curve) -> Curve:
    return np.asarray(_A * 2.0 ** ((cents / 100.0 - _A_PITCH) / 12.0))
