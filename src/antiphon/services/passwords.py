"""Hashing passwords: slow by intent, so it happens beside the event loop, a few at a time, and not without end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from antiphon.domain.errors import LimitExceeded
from antiphon.domain.users import LONGEST_PASSWORD, normal_password

T = TypeVar("T")

_THREADS = 2
"""Hashes that are made at once; each has its memory."""
_MOST_WAITING = 64
"""Of 28 ms each: who is further behind would wait for longer than a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a hash costs; the default is OWASP's least for argon2id.

    Args:
        memory: KiB.
        rounds: Passes over it.
    """

    memory: int = 19 * 1024
    rounds: int = 2


class Passwords:
    """Makes and compares hashes (argon2id).

    Args:
        cost: What new ones cost. Former ones name their own, and are made anew when somebody signs in.
        threads: How many are worked on at once.
        most_waiting: How many are taken on at once; further ones are refused.
    """

    def __init__(self, cost: Cost, *, threads: int = _THREADS, most_waiting: int = _MOST_WAITING) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.rounds, memory_cost=cost.memory, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._most_waiting = most_waiting
        self._taken_on = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """The hash of a password, with its salt and parameters.

        Raises:
            LimitExceeded: Too many wait already.
        """
        return await self._beside(lambda: self._hasher.hash(normal_password(password)))

    async def right(self, password: str, stored: str | None) -> bool:
        """Whether a hash is that of a password. Where there is none it takes as long, and is not.

        Raises:
            LimitExceeded: Too many wait already.
        """
        return await self._beside(lambda: self._compare(password, stored))

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown()

    def _compare(self, password: str, stored: str | None) -> bool:
        # Made whoever comes first, so that the first one nobody knows does not wait for two.
        self._nobodys = self._nobodys or self._hasher.hash("")
        # Nobody has one that is longer than theirs may be, and its begin costs as much.
        text = normal_password(password[:LONGEST_PASSWORD])
        known = stored is not None and len(password) <= LONGEST_PASSWORD
        try:
            return self._hasher.verify(stored or self._nobodys, text) and known
        except (VerificationError, InvalidHashError):
            return False

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._taken_on >= self._most_waiting:
            raise LimitExceeded("rate", tier="server")
        self._taken_on += 1
        done = asyncio.get_running_loop().run_in_executor(self._pool, work)
        done.add_done_callback(self._let_go)
        # Who leaves frees no thread: it counts until it is done.
        return await asyncio.shield(done)

    def _let_go(self, _done: "asyncio.Future[T]") -> None:
        self._taken_on -= 1
