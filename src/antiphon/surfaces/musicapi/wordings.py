"""Words that are written while the client waits: lyrics, and styles in more words. Source: contracts, MusicAPI §5."""

import secrets
from collections.abc import Mapping
from typing import Any

from antiphon.domain.errors import InvalidRequest
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.desk import Asked, Call, Studio
from antiphon.surfaces.musicapi.exports import success

_DESCRIPTION, _TAGS = 120, 1000
_LYRICS = 2
"""So many are written, to choose from."""


async def lyrics(studio: Studio, asked: Asked) -> Call:
    """Lyrics on what is described."""
    description = fields.text(asked.body, "description", most=_DESCRIPTION)
    if not description.strip():
        raise InvalidRequest("description", "description")
    studio.moderator.description(description)

    async def work() -> Mapping[str, Any]:
        async with studio.turns.turn(asked.key.account_id):
            found = await studio.maker.words(description, count=_LYRICS, seed=secrets.randbelow(fields.SEEDS))
        results = [{"title": words.title, "lyrics": words.lyrics} for words in found]
        return {"code": 200, "results": results, "message": "success"}

    return Call(price="sonic/lyrics", work=work)


async def upsample_tags(studio: Studio, asked: Asked) -> Call:
    """A style in more words."""
    tags = fields.required(asked.body, "tags", most=_TAGS)
    studio.moderator.description(tags)

    async def work() -> Mapping[str, Any]:
        async with studio.turns.turn(asked.key.account_id):
            return success({"upsampled_tags": await studio.maker.tags(tags)})

    return Call(price="sonic/upsample-tags", work=work)
