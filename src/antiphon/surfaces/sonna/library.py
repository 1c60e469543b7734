"""`/api/v1/library`: what signed-in users made. Its shapes are ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.keys import ApiKey
from antiphon.domain.library import ItemType, LibraryItem
from antiphon.services.library import Library, content_type
from antiphon.services.till import Till
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.endpoint import Counted, Endpoint, id_in, reply, text_in
from antiphon.surfaces.sonna.expected import CURSOR, FEW_PARAMETERS, number_between
from antiphon.surfaces.sonna.numbers import moment
from antiphon.web.body import read_json
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

LARGEST_BODY = 16 * 1024
USUAL_PAGE, LARGEST_PAGE = 50, 200
_LONGEST_SEARCH = 200
_TYPES: tuple[ItemType, ...] = get_args(ItemType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query; see `Library.page`."""

    type: ItemType | None
    search: str
    most: int
    before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The endpoints. They are for those who are signed in: what keys make is not here.

    Args:
        callers: Who may come in.
        till: How often.
        library: What there is.
    """

    callers: Callers
    till: Till
    library: Library

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return [
            resource("/api/v1/library", GET=Endpoint(route_name="sonna.library.list", work=self.list)),
            resource(
                "/api/v1/library/{item_id}",
                GET=Endpoint(route_name="sonna.library.item", work=self.item),
                PATCH=Endpoint(route_name="sonna.library.rename", work=self.rename),
                DELETE=Endpoint(route_name="sonna.library.remove", work=self.remove),
            ),
        ]

    async def list(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """Items, the newest first, and how much room there is."""
        caller = await self._caller(scope, counted)
        asked = _asked(scope["query_string"])
        page = await self.library.page(
            caller.account_id, type_=asked.type, search=asked.search, before=asked.before, most=asked.most
        )
        return reply(
            {
                "items": [self._shown(item) for item in page.items],
                "nextCursor": None if page.next is None else page.next.hex,
                "bytes": await self.library.room_taken(caller.account_id),
                "bytesAllowed": await self.library.room(caller.account_id),
            }
        )

    async def item(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """One item, with its lyrics."""
        caller = await self._caller(scope, counted)
        return reply({"item": self._shown(await self.library.item(caller.account_id, _item_id(scope)))})

    async def rename(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Call an item something else."""
        caller = await self._caller(scope, counted)
        item_id = _item_id(scope)
        body = await read_json(scope, receive, most=LARGEST_BODY)
        if not isinstance(body, dict):
            raise InvalidRequest("json")
        item = await self.library.rename(caller.account_id, item_id, text_in(body, "title"))
        return reply({"item": self._shown(item)})

    async def remove(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """Delete an item; from then on its addresses lead to nothing."""
        caller = await self._caller(scope, counted)
        await self.library.remove(caller.account_id, _item_id(scope))
        return reply({})

    async def _caller(self, scope: Scope, counted: Counted) -> ApiKey:
        caller = await self.callers.user(scope)
        counted.quota = await self.till.count(caller, dialect="sonna", klass="library")
        return caller

    def _shown(self, item: LibraryItem) -> dict[str, Any]:
        """An item as it is shown; what its kind does not have is left out."""
        more = {
            "durationSeconds": None if item.seconds is None else round(item.seconds, 3),
            "width": item.width,
            "height": item.height,
            "imageUrl": None if item.cover is None else self.library.url(item.cover),
            "voice": item.voice,
            "lyrics": item.lyrics,
        }
        return {
            "id": str(item.id),
            "type": item.type,
            "title": item.title,
            "model": item.model,
            "createdAt": moment(item.created_at),
            "url": self.library.url(item.path),
            "mimeType": content_type(item.path),
            "bytes": item.size,
            **{name: value for name, value in more.items() if value is not None},
        }


def _item_id(scope: Scope) -> UUID:
    found = id_in(scope, "item_id")
    if found is None:
        raise NotFound("library_item")
    return found


def _asked(query: bytes) -> Asked:
    """Read a query. Of a name that is there twice, the last counts; others are passed over.

    Raises:
        InvalidRequest: "out_of_range", "not_one_of".
    """
    try:
        given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=100))
    except ValueError:
        raise InvalidRequest("out_of_range", "query", expected=FEW_PARAMETERS) from None
    search = given.get("search", "")
    if len(search) > _LONGEST_SEARCH:
        raise InvalidRequest("out_of_range", "search", expected=f"at most {_LONGEST_SEARCH} characters long")
    return Asked(type=_type(given), search=search, most=_limit(given), before=_cursor(given))


def _type(given: Mapping[str, str]) -> ItemType | None:
    wanted = given.get("type")
    if wanted is None:
        return None
    for one in _TYPES:
        if one == wanted.upper():
            return one
    allowed = ", ".join(f"'{one}'" for one in _TYPES)
    raise InvalidRequest("not_one_of", "type", allowed=allowed)


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", str(USUAL_PAGE))
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= LARGEST_PAGE:
        raise InvalidRequest("out_of_range", "limit", expected=number_between(1, LARGEST_PAGE))
    return int(text)


def _cursor(given: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(given["cursor"]) if "cursor" in given else None
    except ValueError:
        raise InvalidRequest("out_of_range", "cursor", expected=CURSOR) from None
