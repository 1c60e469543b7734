"""`POST /v1/auth/temporary-api-key`: a key for somebody else's hands."""

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.units import Seconds
from antiphon.services.temporary import TemporaryKeys
from antiphon.surfaces.soniox.management.answers import TemporaryApiKey
from antiphon.surfaces.soniox.management.endpoint import LARGEST_BODY, Door, Endpoint, reply
from antiphon.surfaces.soniox.management.envelope import validated
from antiphon.surfaces.soniox.management.schemas import CreateTemporaryApiKeyPayload, UsageType
from antiphon.surfaces.soniox.management.times import moment
from antiphon.web.body import read_json
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

_PERMISSIONS: Mapping[UsageType, Permission] = {
    "tts_rt": Permission.TEXT_TO_SPEECH_REALTIME,
    "transcribe_websocket": Permission.SPEECH_TO_TEXT_REALTIME,
}
"""What a key of each use may do; whoever makes it has to be allowed that too."""


def routes(door: Door, *, temporary: TemporaryKeys) -> Sequence[BaseRoute]:
    """The route of temporary keys.

    Args:
        door: Who may come in.
        temporary: Who makes them.
    """
    endpoint = Endpoint(
        route_name="soniox.temporary_key",
        door=door,
        permission=Permission.TEMPORARY_API_KEYS,
        klass="temporary-keys",
        work=_Minted(temporary),
    )
    return [resource("/v1/auth/temporary-api-key", POST=endpoint)]


class _Minted:
    """Makes temporary keys."""

    def __init__(self, temporary: TemporaryKeys) -> None:
        self._temporary = temporary

    async def __call__(self, key: ApiKey, scope: Scope, receive: Receive) -> Answer:
        """A new key, which is in this answer and nowhere else."""
        body = await read_json(scope, receive, most=LARGEST_BODY)
        wanted = validated(CreateTemporaryApiKeyPayload, body, place="body.payload")
        session = wanted.max_session_duration_seconds
        made, text = await self._temporary.mint(
            key,
            permission=_PERMISSIONS[wanted.usage_type],
            seconds=wanted.expires_in_seconds,
            client_reference_id=wanted.client_reference_id or "",
            single_use=bool(wanted.single_use),
            longest_session=None if session is None else Seconds(session),
        )
        return reply(TemporaryApiKey(api_key=text, expires_at=moment(made.expires_at)), status=201)
