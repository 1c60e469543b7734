"""People who sign in: their e-mail addresses, and what keeps them signed in."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

LONGEST_EMAIL = 254
"""Characters of an address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the angle brackets)."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1000

_LONGEST_LOCAL = 64
_LONGEST_WRITTEN = 3 * LONGEST_EMAIL
"""Characters as they come in, not composed yet. What is longer is not looked at: composing takes a time that grows with
the square of the number of marks."""
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who signs in. Each has one account, and each account at most one of them.

    Args:
        id: Made by the server, sorts by time.
        account_id: Whose credits and keys they see.
        email: As `normal_email` has it; unique.
        created_at: Unix seconds.
    """

    id: UUID
    account_id: UUID
    email: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Leave to register once.

    Args:
        id: Made by the server, sorts by time.
        account_id: The account that is then signed in to, by a new e-mail and password if it has some already; None: a
            new one is made.
        created_at: Unix seconds.
        expires_at: Unix seconds from which on it opens nothing.
    """

    id: UUID
    account_id: UUID | None
    created_at: float
    expires_at: float


def normal_email(text: str) -> str | None:
    """An e-mail address as it is stored and compared: in lower case, composed (NFC). None: it is no address."""
    written = text.strip()
    if len(written) > _LONGEST_WRITTEN:
        return None
    email = unicodedata.normalize("NFC", unicodedata.normalize("NFC", written).lower())
    fits = len(email) <= LONGEST_EMAIL and len(email.partition("@")[0]) <= _LONGEST_LOCAL
    return email if fits and email.isprintable() and _EMAIL.fullmatch(email) else None


def normal_password(text: str) -> str:
    """A password as it is hashed: whichever keyboard it came from (NIST SP 800-63B, 5.1.1.2).

    It is to have at most `LONGEST_PASSWORD` characters: see `normal_email`.
    """
    return unicodedata.normalize("NFKC", text)
