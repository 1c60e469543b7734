"""What the server says when it refuses before any application is asked."""

import json
from collections.abc import Callable, Iterable
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

Refuse = Callable[[int, str, str], bytes]
"""Makes a refusal's body: (status, a sentence saying why, request id) -> JSON in the dialect's own form."""

_TYPES = {408: "request_timeout", 500: "internal_error", 503: "service_unavailable"}


def neutral(status: int, reason: str, request_id: str) -> bytes:
    """Body of a refusal where no dialect has given a form of its own.

    Args:
        status: The HTTP status.
        reason: One English sentence for people; it never holds anything of the request.
        request_id: The value of the reply's `X-Request-Id`.
    """
    body = {
        "error_code": status,
        "error_type": _TYPES.get(status, "invalid_request"),
        "error_message": reason,
        "request_id": request_id,
    }
    return json.dumps(body, separators=(",", ":")).encode()


def response(
    status: int,
    reason: str,
    *,
    refuse: Refuse,
    headers: Iterable[tuple[bytes, bytes]],
    method: str = "",
) -> bytes:
    """Bytes of a whole HTTP/1.1 response that refuses and announces the connection's end.

    Args:
        status: The HTTP status.
        reason: As in `neutral`.
        refuse: Makes the body.
        headers: Fields that every response of this server carries.
        method: The request's method where it is known: a HEAD gets no body.
    """
    request_id = str(uuid4())
    body = refuse(status, reason, request_id)
    lines = [STATUS_LINE[status]]
    lines += [b"%s: %s\r\n" % field for field in headers]
    if status == 503:  # noqa: PLR2004 - it reads best as the number that it is.
        lines.append(b"retry-after: 1\r\n")
    elif status == 426:  # noqa: PLR2004
        lines.append(b"upgrade: websocket\r\nsec-websocket-version: 13\r\n")
    # A 414 may be cached unless it says otherwise (RFC 9110, 15.5.15).
    lines.append(
        b"content-type: application/json\r\ncontent-length: %d\r\ncache-control: no-store\r\n"
        b"x-request-id: %s\r\nconnection: close\r\n\r\n" % (len(body), request_id.encode())
    )
    return b"".join(lines) if method == "HEAD" else b"".join([*lines, body])
