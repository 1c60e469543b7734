"""The painter as the server sees it: a wish in, files out, the work in a process of its own for each.

No numpy is needed here: a server may use this in its main process.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from antiphon.domain.pictures import PictureMade, PictureWish
from antiphon.engines.making import Limits, Told, made
from antiphon.engines.painter.likeness import Likeness
from antiphon.engines.painter.look import looked
from antiphon.engines.painter.order import PaintOrder, packed, remembered

_WORKER = "antiphon.engines.painter.worker"
_USUAL = Limits()
_LOOKS = 2
"""Pictures that are looked at, at once; others wait."""


class Looks:
    """Looks at pictures that somebody gave, so many at once, each in a confined child.

    Args:
        looked: Looks at one, and waits for its child.
    """

    def __init__(self, looked: Callable[[bytes], Likeness] = looked) -> None:
        self._looked = looked
        self._places = asyncio.Semaphore(_LOOKS)

    async def look(self, file: bytes) -> bytes:
        """What a picture is like; see `PictureMaker.look`."""
        async with self._places:
            looking = asyncio.ensure_future(asyncio.to_thread(self._looked, file))
            try:
                return remembered(await asyncio.shield(looking))
            except asyncio.CancelledError:
                await asyncio.wait([looking])  # A thread cannot be stopped, and its child still takes the place.
                raise


class LocalPictureMaker:
    """Paints on this machine.

    Args:
        limits: What each wish may take.
    """

    def __init__(self, limits: Limits = _USUAL) -> None:
        self._limits = limits
        self._looks = Looks()

    @property
    def name(self) -> str:
        """What the request log calls this maker."""
        return "painter"

    async def look(self, file: bytes) -> bytes:
        """What a picture is like; see `PictureMaker.look`."""
        return await self._looks.look(file)

    async def paint(self, wish: PictureWish, *, folder: Path, told: Told) -> Sequence[PictureMade]:
        """Make pictures; see `PictureMaker.paint`.

        Raises:
            MakingFailed: They could not be made here and now.
        """
        order = PaintOrder(wish=wish, folder=folder, limits=self._limits)
        files = await made(_WORKER, packed(order), order.files(), told)
        return [
            PictureMade(file=folder / file.name, width=file.width, height=file.height, unwritten=file.unwritten)
            for file in files
        ]
