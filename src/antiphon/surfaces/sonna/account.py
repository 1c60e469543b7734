"""`/api/v1/user/*`: API keys, the subscription, credits. Source: contracts, Sonna §1.2, §1.5 and §1.10."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest, NotFound, PermissionDenied
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.services.credits import Standing
from antiphon.services.keys import Keys
from antiphon.services.till import Till
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.endpoint import Counted, Endpoint, id_in, optional_text_in, reply
from antiphon.surfaces.sonna.numbers import moment, whole_credits
from antiphon.web.body import header, read_json
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

LARGEST_BODY = 16 * 1024

_UNNAMED = "API key"
_NOTHING = MilliCredits(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The endpoints.

    Args:
        callers: Who may come in.
        keys: Where keys are made.
        till: Knows plans and balances, and how often.
    """

    callers: Callers
    keys: Keys
    till: Till

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return [
            resource("/api/v1/user/credits", GET=Endpoint(route_name="sonna.credits", work=self.credits)),
            resource(
                "/api/v1/user/subscription/check-renewal",
                POST=Endpoint(route_name="sonna.check_renewal", work=self.check_renewal),
            ),
            resource(
                "/api/v1/user/api-keys",
                GET=Endpoint(route_name="sonna.api_keys.list", work=self.list),
                POST=Endpoint(route_name="sonna.api_keys.create", work=self.create),
            ),
            resource(
                "/api/v1/user/api-keys/{key_id}",
                DELETE=Endpoint(route_name="sonna.api_keys.revoke", work=self.revoke),
            ),
        ]

    async def credits(self, scope: Scope, _receive: Receive, _counted: Counted) -> Answer:
        """What the account has."""
        caller = await self.callers.anyone(scope)
        standing = await self.till.standing(caller)
        available = (await self.till.credits.balance(caller.account_id)).available
        return reply(
            {
                "credits": whole_credits(MilliCredits(sum(available.values()))),
                "payg_credits": whole_credits(available.get(Bucket.PAYG, _NOTHING)),
                **_plan(standing),
            }
        )

    async def check_renewal(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """End a subscription that is over."""
        caller = await self.callers.anyone(scope)
        counted.quota = await self.till.count(caller, dialect="sonna", klass="check-renewal")
        standing, ended = await self.till.credits.ensure_current(caller.account_id)
        available = (await self.till.credits.balance(caller.account_id)).available
        return reply(
            {
                "action": "subscription_expired_reset_to_free" if ended else "none",
                "credits": whole_credits(MilliCredits(sum(available.values()))),
                **_plan(standing),
            }
        )

    async def list(self, scope: Scope, _receive: Receive, _counted: Counted) -> Answer:
        """All keys of the account, revoked ones too."""
        caller = await self.callers.user(scope)
        return reply({"apiKeys": [_entry(key) for key in await self.keys.list(caller.account_id)]})

    async def create(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Make a key. An account without paid access has those it has, and gets no more."""
        caller = await self.callers.user(scope)
        counted.quota = await self.till.count(caller, dialect="sonna", klass="api-keys")
        name = await _name(scope, receive)
        balance = await self.till.credits.balance(caller.account_id)
        if not (await self.till.standing(caller)).plan.paid_access(balance.available.get(Bucket.PAYG, _NOTHING)):
            raise PermissionDenied(reason="paid_keys")
        key, text = await self.keys.create(caller.account_id, name)
        return reply({"key": text, "apiKey": _entry(key)}, status=201)

    async def revoke(self, scope: Scope, _receive: Receive, _counted: Counted) -> Answer:
        """Close a key. Again changes nothing."""
        caller = await self.callers.user(scope)
        key_id = id_in(scope, "key_id")
        if key_id is None:
            raise NotFound("unknown_key")
        key = await self.keys.revoke(account_id=caller.account_id, key_id=key_id)
        return reply({"revokedAt": _moment(key.revoked_at)})


async def _name(scope: Scope, receive: Receive) -> str:
    """What the key is to be called. A request without a body names nothing."""
    if (header(scope, b"content-length") or "0") == "0" and header(scope, b"transfer-encoding") is None:
        return _UNNAMED
    body = await read_json(scope, receive, most=LARGEST_BODY)
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    name = optional_text_in(body, "name")
    return _UNNAMED if name is None else name


def _plan(standing: Standing) -> dict[str, Any]:
    return {"plan": standing.plan.id, "expiresAt": _moment(standing.subscription.until)}


def _entry(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "keyPrefix": key.shown_prefix,
        "name": key.name,
        "createdAt": moment(key.created_at),
        "lastUsedAt": _moment(key.last_used_at),
        "revokedAt": _moment(key.revoked_at),
    }


def _moment(at: float | None) -> str | None:
    return None if at is None else moment(at)
