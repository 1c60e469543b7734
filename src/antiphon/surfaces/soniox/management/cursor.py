"""Where the next page of a list begins, as a text that means nothing to clients.

A cursor is no secret and opens nothing: each list is one project's, whatever its cursor says. That it is checked at
all spares clients a wrong page for a cursor cut short or taken from another list.
"""

import base64
import binascii
import zlib

from antiphon.domain.errors import InvalidRequest

_LONGEST = 200
_CHECKSUM = 4


def cursor(listing: str, place: str) -> str:
    """The cursor of a place in a list.

    Args:
        listing: The list, such as "voices".
        place: Where, as the list's own code writes it; ASCII, at most 100 characters.
    """
    return base64.urlsafe_b64encode(_checksum(listing, place) + place.encode("ascii")).decode().rstrip("=")


def place(listing: str, presented: str) -> str:
    """The place that a cursor names.

    Raises:
        InvalidRequest: "cursor": it is none of this list.
    """
    if len(presented) <= _LONGEST and presented.isascii():
        try:
            content = base64.b64decode(presented + "=" * (-len(presented) % 4), altchars=b"-_", validate=True)
            found = content[_CHECKSUM:].decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            pass
        else:
            if content[:_CHECKSUM] == _checksum(listing, found):
                return found
    raise InvalidRequest("cursor", "cursor")


def _checksum(listing: str, place_: str) -> bytes:
    return zlib.crc32(f"{listing}\n{place_}".encode("ascii")).to_bytes(_CHECKSUM, "big")
