"""What MusicAPI no longer has. Source: contracts, MusicAPI §9."""

from dataclasses import dataclass
from typing import ClassVar, NoReturn

from starlette.types import Receive, Scope, Send

from antiphon.services.keys import Keys
from antiphon.surfaces.musicapi.desk import whose
from antiphon.surfaces.musicapi.errors import Retired

PREFIXES = ("/api/v1/riffusion", "/api/v1/studio")


@dataclass(frozen=True, slots=True)
class Gone:
    """The routes that were there: whoever has a key hears where to go."""

    route_name: ClassVar = "musicapi.retired"

    keys: Keys

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> NoReturn:
        """Say that it is retired.

        Raises:
            Retired: Always, but to strangers.
        """
        await whose(scope, self.keys)
        raise Retired("/api/v1/sonic/create")
