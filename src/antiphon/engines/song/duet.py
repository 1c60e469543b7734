"""Duets: who sings which stanza, and where the tune then lies."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from antiphon.engines.song.score import Pitch, Singer, Sung
from antiphon.engines.song.words import Stanza, VoiceOf

_OCTAVE = 12
_SMALLER = 1.17
"""How much shorter a woman's vocal tract is than a man's."""
_KEYS = range(128)


def partner_of(singer: Singer) -> Singer:
    """Someone of the other gender who sings as they do, an octave away if there are such notes."""
    if singer.gender == "female":
        return _moved(singer, "male", -_OCTAVE, 1.0 / _SMALLER)
    return _moved(singer, "female", _OCTAVE, _SMALLER)


def is_duet(stanzas: Sequence[Stanza], singer: Singer) -> bool:
    """Whether anybody else has something to sing."""
    return any(stanza.lines and stanza.voice not in {None, singer.gender} for stanza in stanzas)


def whose(voice: VoiceOf | None, singer: Singer) -> Literal[0, 1]:
    """Who has the tune of a stanza; where both sing, the singer has it and the partner the second voice."""
    return 0 if voice in {None, "both", singer.gender} else 1


def given(notes: Sequence[Sung], singer: Literal[0, 1], singers: tuple[Singer, Singer]) -> list[Sung]:
    """Notes that lie well for the first of two singers, as the one of that number sings them."""
    own, other = singers[0], singers[singer]
    way = _OCTAVE * round((other.lowest + other.highest - own.lowest - own.highest) / (2 * _OCTAVE))
    return [replace(note, pitch=Pitch(note.pitch + way), singer=singer) for note in notes]


def _moved(singer: Singer, gender: Literal["male", "female"], way: int, smaller: float) -> Singer:
    if not (singer.lowest + way in _KEYS and singer.highest + way in _KEYS):
        way = 0
    return replace(
        singer,
        gender=gender,
        lowest=Pitch(singer.lowest + way),
        highest=Pitch(singer.highest + way),
        tract=round(singer.tract * smaller, 3),
    )
