"""Requests that offer another protocol."""

from collections.abc import Iterable

_OFFER = frozenset({b"upgrade", b"http2-settings", b"connection"})


def declined(request_line: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of a request as it would be without its offer to upgrade.

    Java's client offers h2c on every plain request, and a server may ignore that (RFC 9110, 7.8). But
    httptools (0.9.0) skips the body of a request with an offer: read again without it, it is an ordinary one.

    Args:
        request_line: Without its line end.
        fields: Names in lower case, and values.
    """
    fields = tuple(fields)
    options = b",".join(value for name, value in fields if name == b"connection").lower()
    lines = [b"%s: %s" % field for field in fields if field[0] not in _OFFER]
    lines += [b"connection: %s" % option for option in (b"close", b"keep-alive") if option in options]
    return b"\r\n".join([request_line, *lines, b"", b""])
