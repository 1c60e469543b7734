"""Songs whose scores are known, performed: what is heard in them can be held against what they are."""

from functools import cache

from antiphon.engines.song.export import mp3
from antiphon.engines.song.perform import RATE, Musicians, performed
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Mode, Score
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.studio import created

SONGS = {"pop": False, "waltz": True, "reggae": True, "house": True}
"""Styles, and whether nobody sings."""

_MINOR = frozenset({Mode.MINOR, Mode.HARMONIC_MINOR, Mode.DORIAN, Mode.PHRYGIAN})


@cache
def score(style: str) -> Score:
    return created(Request(style=style, seed=1, description="the sea", seconds=12, instrumental=SONGS[style]))


@cache
def recording(style: str) -> bytes:
    """As MP3."""
    return mp3(performed(score(style), Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None), RATE)


def mode_of(wanted: Score) -> str:
    return "minor" if wanted.key.mode in _MINOR else "major"
