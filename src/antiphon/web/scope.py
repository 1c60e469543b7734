"""What an application is told of a request before its body."""

import urllib.parse
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def http_scope(connection: HttpToolsProtocol, *, version: str) -> dict[str, Any]:
    """The ASGI scope of the request whose header a connection has just read.

    Args:
        connection: Its parser, its `url` and its `headers` are those of the request.
        version: "1.0" or "1.1".

    Raises:
        HttpParserInvalidURLError: The request's target is none.
        UnicodeDecodeError: The same, by a byte that is not ASCII.
    """
    parts = httptools.parse_url(connection.url)
    raw_path = parts.path or b"/"
    path = raw_path.decode("ascii")
    if "%" in path:
        path = urllib.parse.unquote(path)
    root_path = connection.root_path
    return {
        "type": "http",
        "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
        "http_version": version,
        "method": connection.parser.get_method().decode("ascii"),
        "server": connection.server,
        "client": connection.client,
        "scheme": connection.scheme,
        "root_path": root_path,
        "path": root_path + path,
        "raw_path": root_path.encode("ascii") + raw_path,
        "query_string": parts.query or b"",
        "headers": connection.headers,
        "state": connection.app_state.copy(),
    }
