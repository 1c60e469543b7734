"""The server, whose songs are ten seconds long where nobody says how long: a whole one would keep a test too long."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from antiphon.cli.main import main
from antiphon.domain.songs import SongForm, SongMade, SongWish
from antiphon.engines.song.maker import LocalSongMaker

_make = LocalSongMaker.make


async def _briefly(
    maker: LocalSongMaker,
    wish: SongWish,
    *,
    forms: Collection[SongForm],
    folder: Path,
    told: Callable[[str, float], None],
) -> SongMade:
    return await _make(maker, replace(wish, seconds=wish.seconds or 10.0), forms=forms, folder=folder, told=told)


if __name__ == "__main__":
    LocalSongMaker.make = _briefly  # type: ignore[method-assign]
    main()
