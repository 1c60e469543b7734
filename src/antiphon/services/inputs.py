"""Pictures that somebody gives as examples: in the request itself, or by a URL."""

import base64
import binascii
import re

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.pictures import LARGEST_GIVEN
from antiphon.kit.http import Client, Refused, Unreachable

_FETCHED_WITHIN = 15.0
"""Seconds: the client waits."""
_DATA = re.compile(r"data:image/(?:png|jpe?g|webp)(?:;[\w.=-]+)*;base64,", re.ASCII | re.IGNORECASE)


class Inputs:
    """The use case of fetching them. What is in them, only a maker's confined child looks at.

    Args:
        http: Fetches them.
    """

    def __init__(self, http: Client) -> None:
        self._http = http

    async def file(self, given: str) -> bytes:
        """A picture's file.

        Args:
            given: A data URI, or where it is.

        Raises:
            InvalidRequest: "unreadable": the data URI is none of a picture in base64; "not_fetched"; "too_large".
        """
        if given[:5].lower() == "data:":
            return _decoded(given)
        try:
            return await self._http.get(given, most=LARGEST_GIVEN, seconds=_FETCHED_WITHIN)
        except Refused as refused:
            raise InvalidRequest("too_large" if refused.reason == "too_large" else "not_fetched") from None
        except Unreachable:
            raise InvalidRequest("not_fetched") from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


def _decoded(uri: str) -> bytes:
    head = _DATA.match(uri)
    if head is None:
        raise InvalidRequest("unreadable")
    try:
        return base64.b64decode(uri[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("unreadable") from None
