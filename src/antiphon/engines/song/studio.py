"""From what is asked for to a score, with espeak to read the words.

For a process of its own: espeak is not thread-safe.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.voices import load_languages
from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.brief import brief
from antiphon.engines.song.chance import chance
from antiphon.engines.song.compose import compose
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.verbs.again import WRITTEN

_ENGLISH = "en"
_SEEDS = 2**31


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
    if wanted.lyrics is None and wanted.language not in WRITTEN:
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
