"""From a request to its score, with espeak to read the words. For a process of its own: espeak is not thread-safe."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.voices import load_languages, load_voices, write_data_folder
from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.brief import Request, brief
from antiphon.engines.song.compose import compose
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.score import Score

_ENGLISH = "en"
_WRITTEN = frozenset({"en", "id"})
"""Languages that lyrics are written in where none are given; elsewhere they are English."""


@contextlib.contextmanager
def reader(language: str) -> Iterator[Speaker]:
    """Whoever knows how words of a language sound; one that espeak does not speak is read as English.

    Args:
        language: A language code, such as "id".
    """
    names = {known.code: known.espeak for known in load_languages()}
    with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as folder:
        write_data_folder(Path(folder), source=installed_data(), voices=load_voices())
        espeak = Espeak(Path(folder))
        espeak.set_voice(names.get(language, names[_ENGLISH]))
        yield espeak


def created(request: Request) -> Score:
    """The song that is asked for: the same for the same request.

    Raises:
        InvalidRequest: As `brief`.
    """
    wanted = brief(request)
    if wanted.lyrics is None and wanted.language not in _WRITTEN:
        wanted = replace(wanted, language=_ENGLISH)
    lyrics = None
    if not wanted.instrumental:
        lyrics = write(wanted) if wanted.lyrics is None else parse(wanted.lyrics)
    with reader(wanted.language) as speaker:
        return compose(wanted, lyrics=lyrics, speaker=speaker, arrange=arrange)
