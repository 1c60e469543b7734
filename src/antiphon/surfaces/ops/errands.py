"""What takes longer than a verb of the control socket may: begun by one call, asked after by others."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from antiphon.domain.errors import Conflict, NotFound

MOST = 4
"""At once."""
_SECONDS = 5.0


class Errands:
    """Work that goes on beside the calls that ask for it.

    Args:
        patience: Seconds that a call waits; less than a verb may take.
    """

    def __init__(self, *, patience: float = _SECONDS) -> None:
        self._patience = patience
        self._tasks: dict[str, asyncio.Task[object]] = {}
        self._begun = 0

    def begin(self, work: Coroutine[Any, Any, object]) -> dict[str, Any]:
        """Begin it; the answer names it, for `wait`.

        Raises:
            Conflict: "busy": enough is going on already.
        """
        # What nobody came back for makes room, but for the latest: its caller may be on the way.
        self._tasks = {name: task for name, task in self._tasks.items() if not task.done() or name == self._latest()}
        if len(self._tasks) >= MOST:
            work.close()
            raise Conflict("busy")
        self._begun += 1
        self._tasks[self._latest()] = asyncio.create_task(work)
        return {"errand": self._latest()}

    async def wait(self, name: str) -> dict[str, Any]:
        """Wait, but not for long: `{"errand": name}`, or `{"result": ...}` where it is done, told once.

        Raises:
            NotFound: "unknown_errand".
            Exception: What the work raised.
        """
        task = self._tasks.get(name)
        if task is None:
            raise NotFound("unknown_errand")
        done, _pending = await asyncio.wait([task], timeout=self._patience)
        if not done:
            return {"errand": name}
        self._tasks.pop(name, None)
        return {"result": task.result()}

    def _latest(self) -> str:
        return str(self._begun)
