"""The one table from an error to its HTTP status, and the headers that go with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from antiphon.domain.errors import AntiphonError, LimitExceeded, MethodNotAllowed, Unauthenticated, Unavailable
from antiphon.web.upgrade import UpgradeRequired

STATUS = {
    "invalid_request": 400,
    "model_unavailable": 400,
    "unauthenticated": 401,
    "payment_required": 402,
    "permission_denied": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "deadline_exceeded": 408,
    "conflict": 409,
    "duration_reached": 413,
    "too_large": 413,
    "unsupported_media": 415,
    "upgrade_required": 426,
    "limit_exceeded": 429,
    "internal": 500,
    "unavailable": 503,
}
"""By `AntiphonError.code`."""

CLIENT_CLOSED = 499
"""For logs and metrics only: nobody was there to be answered."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer, ready to send."""

    status: int
    headers: Headers
    body: bytes


class Face(Protocol):
    """How a dialect words an error."""

    def __call__(self, error: AntiphonError, request_id: str) -> Answer:
        """The answer to send."""


Faces = Callable[[str], Face]
"""Which face a path has, also when no route does."""


def status_of(error: AntiphonError) -> int:
    """The HTTP status of an error."""
    return STATUS[error.code]


def headers_for(error: AntiphonError) -> Headers:
    """Headers that every dialect sends with such an error."""
    match error:
        case LimitExceeded() | Unavailable():
            return [(b"retry-after", str(error.retry_after).encode())]
        case Unauthenticated():
            return [(b"www-authenticate", b"Bearer")]
        case MethodNotAllowed():
            return [(b"allow", ", ".join(error.allowed).encode())]
        case UpgradeRequired():
            return [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
        case _:
            return []


def json_answer(status: int, body: bytes, headers: Headers) -> Answer:
    """A JSON answer with its length, and not to be kept by caches."""
    return Answer(
        status=status,
        body=body,
        headers=[
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *headers,
        ],
    )
