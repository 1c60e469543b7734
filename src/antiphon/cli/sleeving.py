"""What `antiphon sing` makes around a song: its cover, and a film with its lyrics in time."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeAlias

import orjson
import typer

from antiphon.cli.failing import CommandFailed
from antiphon.cli.singing import Wanted
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord
from antiphon.engines.sleeve.maker import LocalSleeveMaker, SleeveFailed
from antiphon.engines.song.task import Made

CoverFile: TypeAlias = Annotated[Path | None, typer.Option(help="A file for its cover: .jpg.")]
FilmFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="A file for a film with its cover and its lyrics in time: .mp4.")
]

_STEPS = 1000
_FAILURES = {
    "file": "cannot write {}",
    "memory": "there is not enough memory: {}",
    "died": "the process that made the cover or the film died ({}); please try again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleeve:
    """What is wanted around a song.

    Args:
        cover: The file of its cover; None for none.
        film: The file of its film; the same.

    Raises:
        CommandFailed: Of a file's ending no format is known.
    """

    cover: Path | None
    film: Path | None

    def __post_init__(self) -> None:
        for path, endings in ((self.cover, (".jpg", ".jpeg")), (self.film, (".mp4",))):
            if path is not None and path.suffix.lower() not in endings:
                raise CommandFailed(f"no format is known for {path.suffix!r}; give {endings[0]}")

    @contextmanager
    def around(self, wanted: Wanted) -> Iterator[tuple[Wanted, Path]]:
        """What is wanted of the song, and what a film needs besides, in a folder that is there for so long."""
        with tempfile.TemporaryDirectory(prefix="antiphon-sleeve-") as name:
            folder = Path(name)
            yield (wanted if self.film is None else replace(wanted, words=folder / "words.json")), folder

    def make(self, songs: Sequence[Made], folder: Path) -> None:
        """Make what is wanted, for every take.

        Raises:
            CommandFailed: It cannot be made, or a file cannot be written.
        """
        try:
            for number, song in enumerate(songs, 1):
                asyncio.run(self._made(song, number if len(songs) > 1 else None, folder))
        except SleeveFailed as failure:
            raise CommandFailed(_FAILURES[failure.reason].format(failure.detail)) from None
        except InvalidRequest as wrong:
            raise CommandFailed(f"such a film cannot be made: {wrong.reason} {wrong.field}".rstrip()) from None

    async def _made(self, song: Made, number: int | None, folder: Path) -> None:
        if self.cover is None and self.film is None:
            return
        maker = LocalSleeveMaker()
        wish = SleeveWish(title=song.title, style=song.tags, lyrics=song.lyrics, seed=song.seed + (number or 1) - 1)
        cover = folder / f"cover-{number}.jpg" if self.cover is None else _numbered(self.cover, number)
        await maker.cover(wish, file=cover)
        if self.film is None:
            return
        film = _numbered(self.film, number)
        with typer.progressbar(length=_STEPS, label="Filming", file=sys.stderr) as bar:
            shown = 0

            def told(share: float) -> None:
                nonlocal shown
                at = round(_STEPS * share)
                bar.update(max(0, at - shown))
                shown = max(shown, at)

            audio = song.files.get("wav") or song.files["mp3"]
            await maker.film(wish, cover=cover, audio=audio, words=_words(song.files["words"]), file=film, told=told)


def _numbered(path: Path, number: int | None) -> Path:
    return path if number is None else path.with_stem(f"{path.stem}-{number}")


def _words(path: Path) -> list[SungWord]:
    return [
        SungWord(text=word["text"], line=word["line"], start=word["start_s"], end=word["end_s"])
        for word in orjson.loads(path.read_bytes())["words"]
    ]
