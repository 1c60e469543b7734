"""Ending what a task does from outside, with an error that says why."""

import asyncio
from types import TracebackType
from typing import Self


class Interrupt:
    """A context whose work others can end: `async with Interrupt() as interrupt`, and elsewhere `interrupt.now(error)`.

    The work is cancelled, cleans up as at any cancellation, and leaving the context raises the error in its place.
    A cancellation that is not the interrupt's goes before it, as with `asyncio.timeout`.
    """

    __slots__ = ("_entered", "_error", "_task")

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._error: BaseException | None = None
        self._entered = 0

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be interrupted")
        self._entered = task.cancelling()
        self._task = task
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if task is None or self._error is None:
            return
        others = task.uncancel() > self._entered
        if kind is asyncio.CancelledError and not others:
            raise self._error from None

    def now(self, error: BaseException) -> None:
        """End the work with `error`, unless it has ended, or is being ended, already. From another task or a timer."""
        if self._task is not None and self._error is None:
            self._error = error
            self._task.cancel()
