"""Whole songs, as they are asked for: what the tests of `test_whole_*` look at."""

import functools
from dataclasses import replace

from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.brief import brief
from antiphon.engines.song.compose import compose
from antiphon.engines.song.grammar import LANGUAGES
from antiphon.engines.song.lyrics import write
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Role, Score, SectionKind
from antiphon.engines.song.vocabulary import vocabulary
from unit.engines.song.composing import espeak

GENRES = sorted(vocabulary().genres)
SEEDS = range(5)
SECONDS = 40.0
"""Long enough for a verse and a chorus."""

_VOICES = {"en": "en-us", "id": "id"}
THEMES = (
    "a song about road trips",
    "a song about the rain",
    "",
    "a song about my old friend Ben",
    "lagu tentang rumah",
)
"""One for each seed; where there is none, the genre decides."""


@functools.cache
def of_genre(genre: str, *, seed: int, seconds: float = SECONDS) -> Score:
    """A song of a genre with words that are written for it."""
    return composed(Request(seed=seed, style=tag(genre), description=THEMES[seed % len(THEMES)], seconds=seconds))


def composed(request: Request) -> Score:
    """As `studio.created`, with one espeak for all songs of a process."""
    wanted = brief(request)
    wanted = wanted if wanted.language in LANGUAGES else replace(wanted, language="en")
    lyrics = None if wanted.instrumental else write(wanted)
    return compose(wanted, lyrics=lyrics, speaker=espeak(_VOICES[wanted.language]), arrange=arrange)


def tag(genre: str) -> str:
    """A genre as people write it."""
    return genre.replace("_", " ")


def ticks(score: Score, place: int) -> range:
    """Where a section is."""
    section = score.sections[place]
    return range(section.first_bar * score.meter.bar, (section.first_bar + section.bars) * score.meter.bar)


def choruses(score: Score) -> list[int]:
    """Their places."""
    return [place for place, section in enumerate(score.sections) if section.kind is SectionKind.CHORUS]


def part(score: Score, role: Role):
    """The notes of a role, of all who do it, by start."""
    notes = [note for each in score.parts if each.role is role for note in each.notes]
    return sorted(notes, key=lambda note: (note.start, note.pitch))
