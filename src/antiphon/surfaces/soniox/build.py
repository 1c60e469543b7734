"""The whole dialect."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from antiphon.services.artifacts import Artifacts
from antiphon.services.limits import Limits
from antiphon.services.usage import Usages
from antiphon.surfaces.soniox import routes, socket
from antiphon.surfaces.soniox.desk import Desk
from antiphon.surfaces.soniox.management import keys, limits, models, usage, voices
from antiphon.surfaces.soniox.management.endpoint import Door


def build(
    desk: Desk, *, artifacts: Artifacts, usages: Usages, allowed: Limits, abort_on_error: bool
) -> Sequence[BaseRoute]:
    """Speech in one piece and in streams, and all that is managed beside it.

    Args:
        desk: The services that speech is made with.
        artifacts: Where answers are kept for requests that come again.
        usages: Knows what was used.
        allowed: Knows how much may be.
        abort_on_error: Cut the connection when speech fails midway, instead of ending it with trailers.
    """
    door = Door(keys=desk.keys, till=desk.till)
    return [
        *routes.build(desk, artifacts=artifacts, abort_on_error=abort_on_error),
        *socket.build(desk, clock=desk.till.pay.clock),
        *keys.routes(door, temporary=desk.temporary),
        *limits.routes(door, usages=usages, limits=allowed),
        *models.routes(door, speech=desk.speech),
        *usage.routes(door, usages=usages),
        *voices.routes(door, voices=desk.voices, speech=desk.speech),
    ]
