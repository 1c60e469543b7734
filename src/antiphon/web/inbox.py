"""What came on a websocket and waits for the application."""

import asyncio
from collections import deque
from collections.abc import MutableMapping
from typing import Any

from websockets.frames import Frame, Opcode

Message = MutableMapping[str, Any]

STOPPING = "antiphon.stopping"
"""Type of the message that says: the server wants to end. What runs may finish, nothing new should begin."""

_MOST = 16
_MOST_BYTES = 64 * 1024


class Inbox:
    """Messages in their order, the one that is being put together, and at last the end."""

    __slots__ = ("_end", "_messages", "_news", "_part", "_size", "_text")

    def __init__(self) -> None:
        self._messages: deque[tuple[int, Message]] = deque([(0, {"type": "websocket.connect"})])
        self._news = asyncio.Event()
        self._size = 0
        # One buffer, and no list of parts: parts may be empty, and then nothing would bound their number.
        self._part = bytearray()
        self._text = False
        self._end: Message | None = None

    @property
    def full(self) -> bool:
        """Whether enough waits: nothing more should be read."""
        return len(self._messages) >= _MOST or self._size >= _MOST_BYTES

    def take(self, frame: Frame) -> None:
        """Add a frame of data. Their order and size must have been checked.

        Raises:
            UnicodeDecodeError: It ends a text that is not UTF-8.
        """
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._part += frame.data
        if frame.fin:
            whole, self._part = self._part, bytearray()
            content = {"text": whole.decode()} if self._text else {"bytes": bytes(whole)}
            self._messages.append((len(whole), {"type": "websocket.receive", **content}))
            self._size += len(whole)
            self._news.set()

    def stop(self) -> None:
        """Tell, before all that waits, that the server wants to end."""
        begun = not self._messages or self._messages[0][1]["type"] != "websocket.connect"
        self._messages.insert(0 if begun else 1, (0, {"type": STOPPING}))
        self._news.set()

    def end(self, code: int, reason: str) -> None:
        """Nothing more comes. What waits may still be received."""
        if self._end is None:
            self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self._part = bytearray()
            self._news.set()

    def clear(self) -> None:
        """Throw away what waits."""
        self._messages.clear()
        self._size = 0

    async def get(self) -> Message:
        """The next message; after the last one, again and again, the end."""
        while not self._messages:
            if self._end is not None:
                return {**self._end}
            self._news.clear()
            await self._news.wait()
        size, message = self._messages.popleft()
        self._size -= size
        return message
