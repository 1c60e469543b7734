"""What was sent under an `Idempotency-Key`, kept so that it can be sent again.

Only sound that came to its end is kept: after a failure midway the client may try again, and is charged again.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.types import Receive, Scope, Send

from antiphon.audio.formats import FORMATS
from antiphon.domain.errors import Conflict, NotFound
from antiphon.domain.speech import Codec
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import TYPES, Artifacts
from antiphon.services.pay import Claim
from antiphon.web import idempotency
from antiphon.web.errors import Answer, Headers
from antiphon.web.files import send_file

_SHELF = "soniox/replay"
_KEPT = Seconds(24 * 3600.0)
_CONTENT_TYPE = b"content-type"


class Recorder:
    """Listens to an answer as it is sent.

    Args:
        artifacts: Where it is kept.
        claim: The request; without an idempotency key nothing is kept.
        codec: What the sound is in.
    """

    def __init__(self, artifacts: Artifacts, claim: Claim, codec: Codec) -> None:
        self._artifacts = artifacts
        self._claim = claim
        self._codec = codec
        self._sound = bytearray()
        self._too_large = False

    def hear(self, audio: bytes) -> None:
        """Take bytes that were sent."""
        if self._claim.idempotency is None or self._too_large:
            return
        self._sound += audio
        if len(self._sound) > idempotency.LARGEST_FILE:
            self._too_large = True
            self._sound.clear()

    async def answer(self, headers: Headers) -> idempotency.StoredAnswer | None:
        """The whole answer, to be kept; None where no key was given.

        Raises:
            Unavailable: The sound cannot be kept.
        """
        if self._claim.idempotency is None:
            return None
        path = "" if self._too_large else await self._keep()
        return idempotency.stored(Answer(status=200, headers=headers, body=b""), artifact=path)

    async def _keep(self) -> str:
        artifact = await self._artifacts.keep(
            _once(bytes(self._sound)),
            shelf=_SHELF,
            owner=str(self._claim.account_id),
            suffix=next(suffix for suffix in _suffixes(self._codec) if suffix in TYPES),
            lifetime=_KEPT,
        )
        return artifact.path


async def send_again(
    artifacts: Artifacts, answer: idempotency.StoredAnswer, *, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send what was kept.

    Raises:
        Conflict: "idempotency_too_large": it was too long to be kept; "idempotency_gone": it is kept no longer.
        ClientGone: The client left.
    """
    if not answer.artifact:
        raise Conflict("idempotency_too_large")
    try:
        file = await artifacts.open(answer.artifact)
    except NotFound:
        raise Conflict("idempotency_gone") from None
    again = idempotency.replayed(answer)
    (kind,) = (value for name, value in again.headers if name == _CONTENT_TYPE)
    others = [(name, value) for name, value in again.headers if name != _CONTENT_TYPE]
    await send_file(scope, receive, send, file=replace(file, content_type=kind.decode("latin-1")), headers=others)


def _suffixes(codec: Codec) -> tuple[str, ...]:
    return (*(suffix[1:] for suffix in FORMATS[codec].suffixes), "pcm")


async def _once(sound: bytes) -> AsyncIterator[bytes]:
    yield sound
