"""API keys: their form, and what is known about one."""

import enum
import re
import string
import zlib
from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.units import Seconds

ENTROPY_BYTES = 32
"""Randomness in a minted key."""

LONGEST = 250
"""Characters of the longest key that is looked at (contracts/soniox.md §1.6)."""

MOST_ACTIVE = 10
"""Active keys an account can have at once."""

SHOWN_CHARACTERS = 13
"""How much of a key a list may show: enough to tell keys apart, too little to guess the rest."""

TEMPORARY_PREFIX = "temp_"
"""What temporary keys begin with: characters that a browser can send as a websocket's subprotocol."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BODY_LENGTH = 43
_CHECKSUM_LENGTH = 6
_MINTED = re.compile(rf"[0-9A-Za-z]{{{_BODY_LENGTH + _CHECKSUM_LENGTH}}}", re.ASCII)
_SHORTEST_BOOTSTRAP, _LONGEST_BOOTSTRAP = 24, 200
_BOOTSTRAP = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Permission(enum.StrEnum):
    """What a key may be used for, as Soniox lists it (contracts/soniox.md §3)."""

    SPEECH_TO_TEXT_REALTIME = "speech_to_text_realtime"
    SPEECH_TO_TEXT_ASYNC = "speech_to_text_async"
    FILES = "files"
    TEXT_TO_SPEECH_REALTIME = "text_to_speech_realtime"
    CLONED_VOICES = "cloned_voices"
    USAGE_AND_LIMITS = "usage_and_limits"
    TEMPORARY_API_KEYS = "temporary_api_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whoever owns keys and, later, credits.

    Args:
        id: Made by the server, sorts by time.
        name: Unique; the first account is called "default".
        created_at: Unix seconds.
    """

    id: UUID
    name: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryKey:
    """A key for somebody else's hands, such as a browser's (contracts/soniox.md §3). Times are Unix seconds.

    Args:
        id: Made by the server, sorts by time.
        parent_id: The key it was made with; what that may not do, or no longer, this may not either.
        permission: The one thing it may be used for.
        created_at: When it was made.
        expires_at: From when on it begins nothing more; what it has begun goes on.
        client_reference_id: The label of everything it does, whatever a request says; "" for none.
        single_use: Whether it begins one stream at most.
        longest_session: How long any one stream may last; None for no end of its own.
    """

    id: UUID
    parent_id: UUID
    permission: Permission
    created_at: float
    expires_at: float
    client_reference_id: str = ""
    single_use: bool = False
    longest_session: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known about a key, which is never the key itself. Times are Unix seconds.

    Args:
        id: Made by the server, sorts by time.
        account_id: Whose it is.
        project_id: In which of the account's projects; the account's own id names its first project.
        name: What its owner calls it.
        shown_prefix: Its first characters.
        created_at: When it was made.
        permissions: What it may be used for; None is everything.
        last_used_at: Last use, written at most once a minute.
        revoked_at: Since when it opens nothing.
        leaked_at: When it was first seen where keys must not be, such as in an address.
        temporary: Where a temporary key was presented: its terms. All else is then its parent's.
        user_id: Where there is no key, but somebody who is signed in: who, which is `id` too. They may do everything.
    """

    id: UUID
    account_id: UUID
    project_id: UUID
    name: str
    shown_prefix: str
    created_at: float
    permissions: frozenset[Permission] | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None
    leaked_at: float | None = None
    temporary: TemporaryKey | None = None
    user_id: UUID | None = None

    @property
    def logged_id(self) -> UUID | None:
        """The key as the request log names it; None where somebody is signed in."""
        return self.id if self.user_id is None else None

    @property
    def active(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None

    def allows(self, permission: Permission) -> bool:
        """Whether the key may be used for `permission`."""
        if self.temporary is not None and self.temporary.permission is not permission:
            return False
        return self.permissions is None or permission in self.permissions


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("ascii")), _CHECKSUM_LENGTH)


def mint(prefix: str, entropy: bytes) -> str:
    """A new key: prefix, 43 base62 characters, 6 of checksum over all before them.

    Args:
        prefix: ASCII; what scanners for leaked keys search for.
        entropy: Exactly 32 bytes from a cryptographic source.

    Raises:
        ValueError: `entropy` is not of 32 bytes.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError("a key takes 32 random bytes")
    unchecked = prefix + _base62(int.from_bytes(entropy, "big"), _BODY_LENGTH)
    return unchecked + _checksum(unchecked)


def well_formed(key: str, prefix: str) -> bool:
    """Whether `key` could have come from `mint`: a mistyped one is told without a look-up."""
    if not key.startswith(prefix) or not _MINTED.fullmatch(key, len(prefix)):
        return False
    return _checksum(key[:-_CHECKSUM_LENGTH]) == key[-_CHECKSUM_LENGTH:]


def plausible(key: str, prefix: str) -> bool:
    """Whether a look-up of `key` can succeed. Only keys with our prefix carry a checksum."""
    if len(key) > LONGEST or not key.isascii():
        return False
    return well_formed(key, prefix) if key.startswith(prefix) else True


def bootstrap_fault(key: str, prefix: str) -> str | None:
    """Why `key` cannot be the bootstrap key: "length", "characters" or "checksum". None: it can."""
    if not _SHORTEST_BOOTSTRAP <= len(key) <= _LONGEST_BOOTSTRAP:
        return "length"
    if not _BOOTSTRAP.fullmatch(key):
        return "characters"
    return None if plausible(key, prefix) else "checksum"


def shown_prefix(key: str) -> str:
    """The part of a key that lists may show."""
    return key[:SHOWN_CHARACTERS]
