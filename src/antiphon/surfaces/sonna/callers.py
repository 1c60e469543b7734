"""Who calls: with an API key, or signed in."""

import contextlib
from dataclasses import dataclass

from starlette.types import Scope

from antiphon.domain.errors import NotFound, PermissionDenied, Unauthenticated, Unavailable
from antiphon.domain.keys import ApiKey, Permission
from antiphon.services.accounts import Accounts
from antiphon.services.keys import Keys
from antiphon.services.tokens import Tokens, like_a_token
from antiphon.web.auth import presented, recognise, refuse_query
from antiphon.web.body import header


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who may come in.

    Args:
        keys: Knows keys.
        tokens: Knows those who are signed in; a token stands in `Authorization` only.
        accounts: Knows whether there is the account of a token, which another database under this server's secret may
            have had.
    """

    keys: Keys
    tokens: Tokens
    accounts: Accounts

    async def anyone(self, scope: Scope, permission: Permission | None = Permission.TEXT_TO_SPEECH_REALTIME) -> ApiKey:
        """Whose request this is. A temporary key, which is for others' hands, is for nothing that is done here.

        Raises:
            Unauthenticated, PermissionDenied, InvalidRequest: As `web.auth.authenticate`; also
                "incorrect_token", "expired_token", and "token_as_key": it stands where keys do.
        """
        await refuse_query(scope, self.keys)
        text = presented(scope)
        if like_a_token(text):
            if (header(scope, b"x-api-key") or "").strip():
                raise Unauthenticated("token_as_key")
            return await self._signed_in(self.tokens.read(text))
        key = await recognise(text, self.keys, permission)
        if key.temporary is not None:
            raise Unauthenticated("wrong_use")
        return key

    async def _signed_in(self, caller: ApiKey) -> ApiKey:
        try:
            with contextlib.suppress(Unavailable):  # Whatever needs the account says so.
                await self.accounts.get(caller.account_id)
        except NotFound:
            raise Unauthenticated("incorrect_token") from None
        return caller

    async def user(self, scope: Scope) -> ApiKey:
        """Who is signed in. Other errors are those of `anyone`.

        Raises:
            PermissionDenied: It is a key, which does not manage keys.
        """
        caller = await self.anyone(scope, None)
        if caller.user_id is None:
            raise PermissionDenied(reason="signed_in")
        return caller
