"""What an operator can ask about webhooks. For how it is asked see `control`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.webhooks import MessageState
from antiphon.services.outbox import Outbox
from antiphon.surfaces.ops.control import Handler, Meant, text_in, worded

_MOST = 100


def webhook_handlers(outbox: Outbox, meant: Meant) -> dict[str, Handler]:
    """The verbs `webhooks.*`. Times are Unix seconds.

    Args:
        outbox: What they are about.
        meant: Whose. Where no account is named, a list is of all, and a secret the first one's.
    """
    desk = _Desk(outbox, meant)
    verbs: dict[str, Handler] = {
        "webhooks.list": desk.list,
        "webhooks.show": desk.show,
        "webhooks.replay": desk.replay,
        "webhooks.replay_exhausted": desk.replay_exhausted,
        "webhooks.secret": desk.secret,
    }
    return {verb: worded(handler) for verb, handler in verbs.items()}


class _Desk:
    """The verbs."""

    def __init__(self, outbox: Outbox, meant: Meant) -> None:
        self._outbox = outbox
        self._meant = meant

    async def list(self, arguments: dict[str, Any]) -> object:
        after = text_in(arguments, "after")
        found = await self._outbox.list(
            account_id=await self._account(arguments),
            state=_state_in(arguments),
            after=_id(after) if after else None,
            most=_MOST,
        )
        return {"webhooks": [_shown(asdict(each)) for each in found]}

    async def show(self, arguments: dict[str, Any]) -> object:
        found, attempts = await self._outbox.show(_id(text_in(arguments, "webhook")))
        return {**_shown(asdict(found)), "history": [asdict(attempt) for attempt in attempts]}

    async def replay(self, arguments: dict[str, Any]) -> object:
        return _shown(asdict(await self._outbox.replay(_id(text_in(arguments, "webhook")))))

    async def replay_exhausted(self, arguments: dict[str, Any]) -> object:
        return {"replayed": await self._outbox.replay_exhausted(await self._account(arguments))}

    async def secret(self, arguments: dict[str, Any]) -> object:
        return {"secret": self._outbox.secret(await self._meant.account(arguments))}

    async def _account(self, arguments: Mapping[str, Any]) -> UUID | None:
        return await self._meant.account(arguments) if arguments.get("account") else None


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in found.items()}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("unknown_webhook", "webhook") from None


def _state_in(arguments: Mapping[str, Any]) -> MessageState | None:
    try:
        return MessageState(arguments["state"]) if arguments.get("state") else None
    except ValueError:
        raise InvalidRequest("webhook_state", "state") from None
