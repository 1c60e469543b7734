"""From what is asked for to a score, with espeak to read the words.

For a process of its own: espeak is not thread-safe.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.voices import load_languages
from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.brief import Request, brief
from antiphon.engines.song.chance import chance
from antiphon.engines.song.compose import compose
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.score import Score
from antiphon.engines.song.task import (
    AddInstrumental,
    AddVocals,
    Concat,
    Cover,
    Create,
    Extend,
    Making,
    Mashup,
    Remaster,
    Replace,
    Sample,
)
from antiphon.engines.song.verbs.accompany import accompanied
from antiphon.engines.song.verbs.again import Change, brief_again
from antiphon.engines.song.verbs.concat import concatenated
from antiphon.engines.song.verbs.cover import covered
from antiphon.engines.song.verbs.extend import extended
from antiphon.engines.song.verbs.mashup import mashed
from antiphon.engines.song.verbs.remaster import remastered
from antiphon.engines.song.verbs.replace import replaced
from antiphon.engines.song.verbs.sample import sampled
from antiphon.engines.song.verbs.vocals import with_vocals

_ENGLISH = "en"
_WRITTEN = frozenset({"en", "id"})
"""Languages that lyrics are written in where none are given; elsewhere they are English."""
_SEEDS = 2**31

_Changing: TypeAlias = Extend | Cover | Replace | Mashup | Sample | AddVocals | AddInstrumental
"""The verbs that heed a change."""


@contextlib.contextmanager
def reader(language: str) -> Iterator[Speaker]:
    """Whoever knows how words of a language sound; one that espeak does not speak is read as English.

    Args:
        language: A language code, such as "id".
    """
    names = {known.code: known.espeak for known in load_languages()}
    with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as folder:
        # By a link, as espeak takes no long path. Its voices are of no matter: nothing is said.
        Path(folder, "espeak-ng-data").symlink_to(installed_data())
        espeak = Espeak(Path(folder))
        espeak.set_voice(names.get(language, names[_ENGLISH]))
        yield espeak


def created(request: Request, take: int = 1) -> Score:
    """The song that is asked for: the same for the same request.

    Args:
        request: What is asked for.
        take: From 1. A further take sings the words that were written for the first, on music of its own.

    Raises:
        InvalidRequest: As `brief`.
    """
    wanted = brief(request)
    if wanted.lyrics is None and wanted.language not in _WRITTEN:
        wanted = replace(wanted, language=_ENGLISH)
    lyrics = None
    if not wanted.instrumental:
        lyrics = write(wanted) if wanted.lyrics is None else parse(wanted.lyrics)
    if take > 1:
        another = brief(replace(request, seed=seed_of(request.seed, take)))
        wanted = replace(another, title=wanted.title, language=wanted.language, instrumental=wanted.instrumental)
    with reader(wanted.language) as speaker:
        return compose(wanted, lyrics=lyrics, speaker=speaker, arrange=arrange)


def seed_of(seed: int, take: int) -> int:
    """What chance is drawn from for a take: the seed itself for the first."""
    return seed if take == 1 else chance(seed, "take", str(take)).randrange(_SEEDS)


def song(making: Making, take: int = 1) -> Score:
    """What a verb makes of its sources: the same of the same.

    Args:
        making: The verb and its sources.
        take: As `created`.

    Raises:
        InvalidRequest: As the verb.
    """
    match making:
        case Create():
            return created(making.request, take)
        case Concat():
            return concatenated(making.source, making.extension)
        case Remaster():
            return remastered(making.source, making.level)
        case Mashup():
            source = making.first
        case _:
            source = making.source
    change = making.change
    if take > 1:
        seed = source.seed if change.seed is None else change.seed
        change = replace(change, seed=seed_of(seed, take))
    with reader(brief_again(source, change).language) as speaker:
        return _changed(making, change, speaker)


def _changed(making: _Changing, change: Change, speaker: Speaker) -> Score:
    match making:
        case Extend():
            return extended(making.source, making.at, change, speaker)
        case Cover():
            return covered(making.source, change, speaker)
        case Replace():
            return replaced(making.source, making.start, making.end, change, speaker)
        case Mashup():
            return mashed(making.first, making.second, change, speaker)
        case Sample():
            return sampled(making.source, making.start, making.end, change, speaker)
        case AddVocals():
            return with_vocals(making.source, change, speaker)
        case AddInstrumental():
            return accompanied(making.source, change, start=making.start, end=making.end)
