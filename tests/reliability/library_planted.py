"""`antiphon serve` on a disk that is slow to move files, so that many a kill comes between row, file and charge.

python -m reliability.library_planted serve ...; the variable PLANTED names a bug, of which nothing is in the product.
"""

import asyncio
import os
import random
from collections.abc import Callable
from typing import ClassVar

from antiphon.domain.units import Seconds
from antiphon.services import library
from antiphon.store import postgres_library, sqlite_library
from antiphon.store.blobs import LocalBlobs

_SLOW = 0.1
"""Seconds that a move takes at most, before and after the file is at its new name."""
_SLOWER = 0.6
"""The same with a bug, which is to be found by few kills."""


class SlowBlobs(LocalBlobs):
    """Files that are moved as if the disk had much else to do."""

    slowness = _SLOW

    async def move(self, name: str, to: str) -> None:
        await asyncio.sleep(random.uniform(0, self.slowness))
        await super().move(name, to)
        await asyncio.sleep(random.uniform(0, self.slowness))


class LateBlobs(SlowBlobs):
    """Files that are said to be at their new name before they are."""

    slowness = _SLOWER
    _moving: ClassVar[set["asyncio.Task[None]"]] = set()

    async def move(self, name: str, to: str) -> None:
        self._moving.add(asyncio.create_task(super().move(name, to)))


def late_file() -> None:
    """What is charged and listed has no file yet."""
    app.LocalBlobs = LateBlobs


def hasty_sweep() -> None:
    """The sweep takes what is not paid for yet, however young it is, and whatever is at work."""
    SlowBlobs.slowness = _SLOWER
    library.SWEEP_EVERY, library._LEFT_AFTER = Seconds(0.05), Seconds(0.0)
    for module in (postgres_library, sqlite_library):
        module.UNSURE = _changed(module.UNSURE, "AND NOT EXISTS", "AND true OR NOT EXISTS")


def two_tries() -> None:
    """A job that is done again leaves what its former try took."""
    SlowBlobs.slowness = _SLOWER
    for module in (postgres_library, sqlite_library):
        module.LET_GO = _changed(module.LET_GO, "state = 'taken'", "state = 'forgotten'")


def unpaid() -> None:
    """What has a row is an item, paid for or not."""
    SlowBlobs.slowness = _SLOWER
    for module in (postgres_library, sqlite_library):
        for name in ("FIND", "FIND_AT", "LIST", "RENAME", "REMOVE"):
            setattr(module, name, _changed(getattr(module, name), module._PAID, "true"))


def _changed(statement: str, part: str, instead: str) -> str:
    assert part in statement, statement
    return statement.replace(part, instead)


BUGS: dict[str, Callable[[], None]] = {
    "late-file": late_file,
    "hasty-sweep": hasty_sweep,
    "two-tries": two_tries,
    "unpaid": unpaid,
}
PLANTED = ("", *BUGS)
"""What `--planted` can name; "" is the product."""
UNAIMED = frozenset({"late-file", "hasty-sweep"})
"""Those that kills before the charge do not show."""

if __name__ == "__main__":
    from antiphon import app
    from antiphon.cli.main import main

    app.LocalBlobs = SlowBlobs
    BUGS.get(os.environ.pop("PLANTED", ""), int)()
    main()
