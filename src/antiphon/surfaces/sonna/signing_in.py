"""`/api/auth/*`: registering, signing in, and staying so. Source: contracts, Sonna §1.1 and §1.10."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from uuid import UUID

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.errors import AntiphonError, InvalidRequest, NotFound
from antiphon.services.limits import Limits, site
from antiphon.services.users import SignedIn, Users
from antiphon.surfaces.sonna import first_page
from antiphon.surfaces.sonna.endpoint import Counted, Endpoint, optional_text_in, reply, text_in
from antiphon.surfaces.sonna.errors import status_of, words
from antiphon.surfaces.sonna.numbers import moment
from antiphon.web.body import header, read_bytes, read_json
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

LARGEST_BODY = 16 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """The endpoints.

    Args:
        users: Who may sign in.
        limits: How often.
    """

    users: Users
    limits: Limits

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        elsewhere = Endpoint(route_name="sonna.auth.elsewhere", work=self.elsewhere)
        return [
            resource("/api/auth/register", POST=Endpoint(route_name="sonna.auth.register", work=self.register)),
            resource("/api/auth/login", POST=Endpoint(route_name="sonna.auth.login", work=self.login)),
            resource("/api/auth/refresh", POST=Endpoint(route_name="sonna.auth.refresh", work=self.refresh)),
            resource("/api/auth/logout", POST=Endpoint(route_name="sonna.auth.logout", work=self.logout)),
            resource(
                "/api/auth/first",
                GET=Endpoint(route_name="sonna.auth.first", work=self.look),
                POST=Endpoint(route_name="sonna.auth.first", work=self.first),
            ),
            resource("/api/auth/google", GET=elsewhere, POST=elsewhere),
            resource("/api/auth/mobile-login", GET=elsewhere, POST=elsewhere),
        ]

    async def register(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Make a user and their account."""
        body = await self._attempt(scope, receive, counted)
        email, password = text_in(body, "email"), text_in(body, "password")
        invite = optional_text_in(body, "invite") or ""
        if not invite and self.users.registration == "open":
            await self._count(scope, Counted(), klass="registration")
        return _told(await self.users.register(email, password, invite=invite, site=_site(scope)), status=201)

    async def login(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Sign in."""
        body = await self._attempt(scope, receive, counted, under="email")
        email, password = text_in(body, "email"), text_in(body, "password")
        return _told(await self.users.login(email, password, site=_site(scope)))

    async def refresh(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Get the next token."""
        await self._count(scope, counted, klass="refresh")
        body = await _json(scope, receive)
        return _told(await self.users.refresh(text_in(body, "refreshToken")))

    async def logout(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """End a session. What is none has ended as well."""
        await self._count(scope, counted, klass="refresh")
        body = await _json(scope, receive)
        await self.users.logout(text_in(body, "refreshToken"))
        return reply({})

    async def elsewhere(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """Signing in by way of others, of whom there are none."""
        await self._count(scope, counted)
        raise InvalidRequest("no_provider")

    async def look(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """The page that the first link leads to. Looking at it uses up nothing."""
        await self._count(scope, counted, klass="refresh")
        code = _code_in(scope)
        try:
            await self.users.look_at_link(code)
        except NotFound:
            if "text/html" not in (header(scope, b"accept") or ""):
                raise
            return first_page.gone()
        return first_page.form(code)

    async def first(self, scope: Scope, receive: Receive, counted: Counted) -> Answer:
        """Set e-mail and password of the first account: from the page, or as JSON."""
        if (header(scope, b"content-type") or "").partition(";")[0].strip().lower() != _FORM:
            body = await self._attempt(scope, receive, counted)
            code, email, password = (text_in(body, name) for name in ("code", "email", "password"))
            return _told(await self.users.use_link(code, email, password, site=_site(scope)), status=201)
        await self._count(scope, counted)
        filled = await _form(scope, receive)
        code = filled.get("code", "")
        try:
            await self.users.use_link(code, filled.get("email", ""), filled.get("password", ""), site=_site(scope))
        except NotFound:
            return first_page.gone()
        except InvalidRequest as wrong:
            if status_of(wrong) != 400:  # noqa: PLR2004 - it reads best as the number that it is
                raise
            return first_page.form(code, told=words(wrong))
        return first_page.done()

    async def _attempt(self, scope: Scope, receive: Receive, counted: Counted, *, under: str = "") -> Mapping[str, Any]:
        """The body of an attempt, which is counted whatever it is.

        Args:
            scope: The request.
            receive: Where the body comes from.
            counted: Takes what the limit says.
            under: The field by which it is counted too, an e-mail; "" for none.
        """
        try:
            body = await _json(scope, receive)
        except AntiphonError:
            await self._count(scope, counted)
            raise
        named = body.get(under)
        place = await self.users.counted_as(named, _site(scope)) if isinstance(named, str) else None
        await self._count(scope, counted, place=place)
        return body

    async def _count(
        self, scope: Scope, counted: Counted, *, klass: str = "authentication", place: UUID | None = None
    ) -> None:
        counted.quota = await self.limits.check("sonna", klass, ip=_site(scope), key_id=place)


def _site(scope: Scope) -> str:
    """From where a request comes, as it is counted."""
    client = scope.get("client")
    return site(client[0]) if client else "local"


async def _json(scope: Scope, receive: Receive) -> Mapping[str, Any]:
    body = await read_json(scope, receive, most=LARGEST_BODY)
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    return body


async def _form(scope: Scope, receive: Receive) -> Mapping[str, str]:
    content = (await read_bytes(scope, receive, most=LARGEST_BODY)).decode("latin-1")
    try:
        return dict(parse_qsl(content, keep_blank_values=True, max_num_fields=10))
    except ValueError:
        raise InvalidRequest("json") from None


def _code_in(scope: Scope) -> str:
    try:
        found: dict[str, list[str]] = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=10)
    except ValueError:
        return ""
    (code, *_) = found.get("code", [""])
    return code


def _told(signed_in: SignedIn, *, status: int = 200) -> Answer:
    user = signed_in.user
    return reply(
        {
            "token": signed_in.token,
            "expiresIn": signed_in.expires_in,
            "refreshToken": signed_in.refresh,
            "user": {
                "id": str(user.id),
                "email": user.email,
                "accountId": str(user.account_id),
                "createdAt": moment(user.created_at),
            },
        },
        status=status,
    )
