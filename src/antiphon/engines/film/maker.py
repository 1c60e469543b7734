"""The film engine as the server sees it: a wish in, a file out, the work in a process of its own for each.

No numpy is needed here: a server may use this in its main process.
"""

from pathlib import Path

from antiphon.domain.films import FilmMade, FilmWish
from antiphon.engines.film.order import FilmOrder, packed
from antiphon.engines.making import Limits, Told, made
from antiphon.engines.painter.maker import Looks

_WORKER = "antiphon.engines.film.worker"
_USUAL = Limits()


class LocalFilmMaker:
    """Makes films on this machine.

    Args:
        limits: What each may take.
    """

    def __init__(self, limits: Limits = _USUAL) -> None:
        self._limits = limits
        self._looks = Looks()

    @property
    def name(self) -> str:
        """What the request log calls this maker."""
        return "film"

    async def look(self, file: bytes) -> bytes:
        """What a picture is like; see `FilmMaker.look`."""
        return await self._looks.look(file)

    async def make(self, wish: FilmWish, *, folder: Path, told: Told) -> FilmMade:
        """Make a film; see `FilmMaker.make`.

        Raises:
            MakingFailed: It could not be made here and now.
        """
        order = FilmOrder(wish=wish, file=folder / "film.mp4", limits=self._limits)
        (file,) = await made(_WORKER, packed(order), [order.file], told)
        return FilmMade(
            file=order.file, width=file.width, height=file.height, seconds=wish.seconds, unwritten=file.unwritten
        )
