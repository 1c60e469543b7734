"""A receiver of webhooks that takes few of them, and notes all."""

import hashlib
import random
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from e2e.receiver import verified

SECRET = "what both sides know of each other"
TAKEN = 0.2
"""The part of what comes that is taken."""
_REFUSALS = (500, 404, 503, 307, None)
"""None: the connection is cut."""


@dataclass(slots=True)
class Seen:
    """How often an event came, was taken, had a wrong signature, and with which bodies."""

    came: int = 0
    taken: int = 0
    wrong: int = 0
    bodies: set[str] = field(default_factory=set)


class Receiver:
    """All receivers, on one port of this machine's own addresses, as long as the context lasts.

    Args:
        seed: Of what is taken.
    """

    def __init__(self, *, seed: int) -> None:
        self._seen: dict[str, Seen] = {}
        self._chance = random.Random(f"receiver {seed}")
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._come(self)

            def log_message(self, *_args: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def seen(self) -> dict[str, Seen]:
        """What came, by the id of its event."""
        with self._lock:
            return dict(self._seen)

    def _come(self, request: BaseHTTPRequestHandler) -> None:
        size = int(request.headers["content-length"])
        if len(body := request.rfile.read(size)) < size:  # Its sender was killed.
            return
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            taken = self._chance.random() < TAKEN
            status = 204 if taken else self._chance.choice(_REFUSALS)
            one = self._seen.setdefault(headers["webhook-id"], Seen())
            one.came += 1
            one.taken += taken
            one.wrong += not verified(headers, body, SECRET)
            one.bodies.add(hashlib.sha256(body).hexdigest())
        if status is None:
            request.close_connection = True
            return
        request.send_response(status)
        if status == 307:
            request.send_header("location", "/trap")
        request.send_header("content-length", "0")
        request.end_headers()
