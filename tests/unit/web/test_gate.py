"""What the gate does for websockets: refusals in the words of the path, one line at the end, numbers."""

import queue
import threading

import pytest
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs
from uvicorn.protocols.utils import ClientDisconnected

from antiphon.domain.errors import PaymentRequired, Unauthenticated
from antiphon.kit.clock import SystemClock
from antiphon.kit.observe import Metrics
from antiphon.web.body import ClientGone
from antiphon.web.errors import headers_for, json_answer, status_of
from antiphon.web.gate import Gate
from antiphon.web.limits import Limits
from antiphon.web.upgrade import websocket_routes
from unit.web.raw import closing, frame, handshake, open_talk

REFUSALS = {"unauthenticated": Unauthenticated("missing"), "gone": ClientGone(), "fault": RuntimeError()}
LATE = {"payment": PaymentRequired("balance"), "fault": RuntimeError(), "gone": ClientGone()}


class Endpoint:
    """Does as the query says."""

    route_name = "test.websocket"

    def __init__(self):
        self.scopes = queue.Queue()

    async def __call__(self, scope, receive, send):
        self.scopes.put(scope)
        wish, _, what = scope["query_string"].decode().partition("=")
        await receive()
        if wish == "early":
            raise REFUSALS[what]
        if wish == "close":
            await send({"type": "websocket.close", "code": int(what)})
        await send({"type": "websocket.accept"})
        if wish == "late":
            raise LATE[what]
        if wish == "say":
            await send({"type": "websocket.close", "code": int(what)})
            raise ClientDisconnected
        for _ in range(int(what or 1)):
            await receive()


def face(error, request_id):
    return json_answer(status_of(error), f"{error.code} {request_id}".encode(), headers_for(error))


async def as_it_is(_request, failure):
    raise failure


class House:
    """An application behind a gate, and what the gate tells of it."""

    def __init__(self):
        self.endpoint = Endpoint()
        self.metrics = Metrics()
        self.done = threading.Semaphore(0)
        self.lines = []
        app = Starlette(routes=websocket_routes("/ws", self.endpoint), exception_handlers={HTTPException: as_it_is})
        given = {"faces": lambda _path: face, "metrics": self.metrics, "clock": SystemClock(), "direct": {}}
        app.add_middleware(Gate, **given)
        self.app = app

    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        finally:
            self.done.release()

    def line(self):
        """What was logged at the end of the one request there was."""
        assert self.done.acquire(timeout=5)
        (line,) = self.lines
        return {key: value for key, value in line.items() if key not in ("ms", "request_id", "log_level")}

    def number(self, name, **labels):
        return self.metrics.registry.get_sample_value(name, labels or None)


@pytest.fixture
def loop():
    """One will do here."""
    return "uvloop"


@pytest.fixture
def house():
    made = House()
    with capture_logs() as made.lines:
        yield made
    structlog.reset_defaults()


def test_a_path_without_a_websocket_is_not_found_in_the_words_of_its_dialect(starting, house):
    said = starting(house).ask(handshake("/other", X_Request_Id=b"mine"))
    assert said.startswith(b"HTTP/1.1 404 ")
    assert b"\r\nx-request-id: mine\r\n" in said
    assert b"\r\nx-content-type-options: nosniff\r\n" in said
    assert said.endswith(b"\r\n\r\nnot_found mine")
    assert house.line() == {"event": "request", "method": "GET", "route": "none", "status": 404, "code": "not_found"}
    labels = {"route": "none", "status": "404", "code": "not_found"}
    assert house.number("antiphon_requests_total", **labels) == 1


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_websockets_path_wants_a_websocket(starting, house, method):
    client = starting(house).connect()
    client.send(method + b" /ws HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nX-Request-Id: mine\r\n\r\n")
    said = client.read(until=b"upgrade_required mine")
    assert said.startswith(b"HTTP/1.1 426 ")
    assert b"\r\nupgrade: websocket\r\nconnection: upgrade\r\n" in said
    assert b"\r\n\r\nupgrade_required mine" in said
    assert house.line()["route"] == "test.websocket"


def test_what_an_endpoint_raises_before_it_accepts_is_answered_over_http(starting, house):
    said = starting(house).ask(handshake("/ws?early=unauthenticated"))
    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nwww-authenticate: Bearer\r\n" in said
    expected = {"method": "GET", "route": "test.websocket", "status": 401, "code": "unauthenticated"}
    assert house.line() == {"event": "request", **expected}
    assert house.number("antiphon_websockets_open") == 0


def test_a_fault_before_it_accepts_is_a_500(starting, house):
    assert starting(house).ask(handshake("/ws?early=fault")).startswith(b"HTTP/1.1 500 ")


def test_a_client_that_leaves_before_the_answer_is_told(starting, house):
    client = starting(house).connect()
    client.send(handshake("/ws?early=gone"))
    client.read()
    assert (house.line()["status"], house.lines[0]["code"]) == (499, "client_gone")


def test_an_endpoint_that_closes_before_it_accepts_forbids(starting, house):
    assert starting(house).ask(handshake("/ws?close=1008")).startswith(b"HTTP/1.1 403 ")


def test_the_id_of_a_request_is_told_to_both_sides(starting, house):
    talk = open_talk(starting(house).connect(), "/ws", X_Request_Id=b"mine")
    assert b"\r\nx-request-id: mine" in talk.answer
    assert house.endpoint.scopes.get(timeout=5)["antiphon.request_id"] == "mine"


def test_an_open_websocket_is_counted_and_its_end_is_told_once(starting, house):
    talk = open_talk(starting(house).connect(), "/ws?secret")
    house.endpoint.scopes.get(timeout=5)
    assert house.number("antiphon_websockets_open") == 1
    talk.send(closing(4321))
    assert house.line() == {"event": "websocket", "route": "test.websocket", "status": 4321, "code": ""}
    assert house.number("antiphon_websockets_open") == 0
    assert house.number("antiphon_websockets_total", route="test.websocket", code="other") == 1
    assert "secret" not in str(house.lines)


@pytest.mark.parametrize(
    ("path", "client", "status", "code"),
    [
        ("/ws", closing(1001), 1001, ""),
        ("/ws", frame(0x3), 1002, ""),
        ("/ws", frame(0x1, b"\xff"), 1007, ""),
        ("/ws", frame(0x1, b"end"), 1000, ""),
        ("/ws?say=1008", b"", 1008, "client_gone"),
        ("/ws?late=gone", b"", 1000, "client_gone"),
        ("/ws?late=payment", b"", 1001, "payment_required"),
        ("/ws?late=fault", b"", 1001, "internal"),
    ],
)
def test_the_line_says_how_a_websocket_ended(starting, house, path, client, status, code):
    talk = open_talk(starting(house).connect(), path)
    talk.send(client)
    assert talk.closed() == status
    assert house.line() == {"event": "websocket", "route": "test.websocket", "status": status, "code": code}
    assert house.number("antiphon_websockets_total", route="test.websocket", code=str(status)) == 1


def test_a_lost_connection_is_told(starting, house):
    talk = open_talk(starting(house).connect(), "/ws")
    talk.reset()
    assert house.line()["status"] == 1006


def test_a_websocket_that_the_stop_cuts_is_told(starting, house):
    running = starting(house, limits=Limits(drain=1))
    talk = open_talk(running.connect(), "/ws?wait=2")
    running.server.stop()
    assert talk.closed() == 1001
    assert house.line()["status"] == 1001
