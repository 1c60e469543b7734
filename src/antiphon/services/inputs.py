"""Pictures that somebody gives as examples: in the request itself, or by a URL."""

import asyncio
import base64
import binascii
import re
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.pictures import LARGEST_GIVEN
from antiphon.kit.http import Client, Refused, Unreachable
from antiphon.services.turns import Turns

_FETCHED_WITHIN = 15.0
"""Seconds: the client waits."""
_TAKEN_AT_ONCE, _OF_AN_ACCOUNT = 8, 2
"""Requests whose pictures are fetched and looked at. Nothing is paid for that, and each has a file in memory."""
_LONGEST_HEAD = 256
"""Characters of a data URI ahead of what is in it."""
_DATA = re.compile(r"data:image/(?:png|jpe?g|webp)(?:;[\w.=-]+)*;base64,", re.ASCII | re.IGNORECASE)


class Inputs:
    """The use case of fetching them. What is in them, only a maker's confined child looks at.

    Args:
        http: Fetches them.
    """

    def __init__(self, http: Client) -> None:
        self._http = http
        self._turns = Turns(_TAKEN_AT_ONCE, most=_OF_AN_ACCOUNT)

    def turn(self, account_id: UUID) -> AbstractAsyncContextManager[None]:
        """Wait until an account's pictures may be had. Errors are those of `Turns.turn`."""
        return self._turns.turn(account_id)

    async def file(self, given: str) -> bytes:
        """A picture's file.

        Args:
            given: A data URI, or where it is.

        Raises:
            InvalidRequest: "unreadable": the data URI is none of a picture in base64; "not_fetched"; "too_large".
        """
        if given[:5].lower() == "data:":
            return await asyncio.to_thread(_decoded, given)
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
    head = _DATA.match(uri[:_LONGEST_HEAD])
    if head is None:
        raise InvalidRequest("unreadable")
    try:
        return base64.b64decode(uri[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("unreadable") from None
