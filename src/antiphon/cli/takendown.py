"""What `antiphon listen --score` writes: a recording as a score."""

from pathlib import Path

from antiphon.cli.failing import CommandFailed
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.heard import Heard
from antiphon.engines.song.studio import reader
from antiphon.engines.song.transcribed import Wish, transcribed
from antiphon.engines.song.written import dump

_LONGEST_TITLE = 80


def write_score(path: Path, heard: Heard, *, title: str, style: str, language: str) -> str:
    """Write the score of a recording; a sentence about it.

    The same recording gives the same score.

    Raises:
        CommandFailed: There can be none, or it cannot be written.
    """
    wish = Wish(title=title[:_LONGEST_TITLE], seed=round(heard.seconds * 1000), style=style, language=language)
    try:
        with reader(language) as speaker:
            found = transcribed(heard, wish, speaker)
        path.write_bytes(dump(found.score))
    except InvalidRequest as wrong:
        raise CommandFailed(f"no score can be made of it: {wrong.reason} {wrong.field}".rstrip()) from None
    except OSError as failure:
        raise CommandFailed(f"cannot write {path}: {failure.strerror}") from None
    told = f"{found.score.bars} bars, {found.score.credits.style}; {found.heard} notes of a melody"
    moved = f", {found.moved} of them moved" if found.moved else ""
    unsung = f"; {found.unsung} words are not sung" if found.unsung else ""
    return f"{told}{moved}{unsung}."
