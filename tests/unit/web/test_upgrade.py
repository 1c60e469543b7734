"""How a connection becomes a websocket, or does not."""

import threading

import pytest

from antiphon.web.limits import Limits
from unit.web.raw import ACCEPT, accepted, handshake, open_talk

POST = b"POST /tts HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"


async def tell(scope, receive, send):
    """Say what was asked for: over HTTP, or on a websocket."""
    if scope["type"] == "http":
        message = await receive()
        said = f"{scope['method']} {scope['path']} {message['body'].decode()}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})
        return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    keys = ("scheme", "http_version", "path", "query_string", "subprotocols")
    await send({"type": "websocket.send", "text": repr([scope[key] for key in keys])})
    await receive()


async def refuse(scope, receive, send):
    await receive()
    match scope["path"]:
        case "/close":
            await send({"type": "websocket.close"})
        case "/answer":
            await send({"type": "websocket.http.response.start", "status": 404, "headers": [(b"x-a", b"b")]})
            await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
            await send({"type": "websocket.http.response.body", "body": b"here"})
        case "/raise":
            raise RuntimeError
        case "/unasked":
            await send({"type": "websocket.accept", "subprotocol": "other"})
        case "/split":
            await send({"type": "websocket.accept", "headers": [(b"x", b"a\r\nb: c")]})
        case "/send":
            await send({"type": "websocket.send", "text": "too early"})


def test_a_handshake_is_answered_as_the_standard_says(serving):
    talk = open_talk(serving(tell).connect())
    assert accepted(talk.answer) == ACCEPT
    assert b"\r\nupgrade: websocket\r\n" in talk.answer
    assert b"\r\nconnection: Upgrade\r\n" in talk.answer


def test_the_application_is_told_what_was_asked_for(serving):
    talk = open_talk(serving(tell).connect(), "/a%20b?c=d", Sec_WebSocket_Protocol=b"one, t:wo,,three")
    assert talk.hear() == repr(["ws", "1.1", "/a b", b"c=d", ["one", "t:wo", "three"]])
    assert b"\r\nsec-websocket-protocol: one" in talk.answer


def test_names_are_read_in_any_case_and_among_others(serving):
    open_talk(serving(tell).connect(), Connection=b"keep-alive, upGrade", Upgrade=b"h2c, WebSocket")


def test_compression_is_not_agreed_to(serving):
    talk = open_talk(serving(tell).connect(), Sec_WebSocket_Extensions=b"permessage-deflate; client_max_window_bits")
    assert b"extensions" not in talk.answer


def test_a_connection_that_has_been_used_becomes_a_websocket(serving):
    client = serving(tell).connect()
    client.send(b"GET /first HTTP/1.1\r\nHost: h\r\n\r\n")
    client.read(until=b"GET /first ")
    assert "/ws" in open_talk(client, "/ws").hear()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec_WebSocket_Version": b"8"}, 426),
        ({"Sec_WebSocket_Version": b"13, 8"}, 426),
        ({"Sec_WebSocket_Version": None}, 426),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Key": b""}, 400),
        ({"Sec_WebSocket_Key": b"c2hvcnQ="}, 400),
        ({"Sec_WebSocket_Key": b"!HhlIHNhbXBsZSBub25jZQ=="}, 400),
        ({"Sec_WebSocket_Key": b"dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, 400),
    ],
)
def test_a_broken_handshake_is_refused(serving, changes, status):
    said = serving(tell).ask(handshake(**changes))
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert (b"\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" in said) == (status == 426)
    assert b"\r\nconnection: close\r\n" in said


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: 2\r\n\r\nhi",
        POST + b"Sec-WebSocket-Version: 13\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        handshake("/tts", Content_Length=b"2") + b"hi",
        handshake("/tts", Transfer_Encoding=b"chunked") + b"2\r\nhi\r\n0\r\n\r\n",
    ],
)
def test_an_offer_with_a_body_is_an_ordinary_request(serving, request_):
    client = serving(tell).connect()
    client.send(request_)
    assert client.read(until=b" /tts hi").startswith(b"HTTP/1.1 200 ")


def test_http_1_0_is_not_upgraded(serving):
    assert serving(tell).ask(handshake(version="1.0")).startswith(b"HTTP/1.1 200 ")


def test_a_handshake_waits_for_its_answer_before_it_sends(serving):
    assert serving(tell).ask(handshake() + b"\x81\x80aaaa").startswith(b"HTTP/1.1 400 ")


def test_a_handshake_does_not_overtake_the_request_before_it(serving):
    said = serving(tell).ask(b"GET /first HTTP/1.1\r\nHost: h\r\n\r\n" + handshake("/second"))
    assert b"GET /first " in said
    assert said.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 400 " in said


def test_frames_before_the_answer_are_refused_and_the_application_hears_of_it(serving):
    asked, heard = threading.Event(), threading.Event()

    async def slow(scope, receive, send):
        await receive()
        asked.set()
        if (await receive())["type"] == "websocket.disconnect":
            heard.set()

    client = serving(slow).connect()
    client.send(handshake())
    assert asked.wait(5)
    client.send(b"\x81\x80aaaa")
    assert client.read().startswith(b"HTTP/1.1 400 ")
    assert heard.wait(5)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/close", 403), ("/raise", 500), ("/return", 500), ("/unasked", 500), ("/split", 500), ("/send", 500)],
)
def test_without_the_application_there_is_no_websocket(serving, path, status):
    said = serving(refuse).ask(handshake(path))
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\n\r\n{" in said


def test_an_application_answers_a_handshake_like_a_request(serving):
    said = serving(refuse).ask(handshake("/answer"))
    assert said.startswith(b"HTTP/1.1 404 ")
    assert b"\r\nx-a: b\r\n" in said
    assert b"\r\nconnection: close\r\n" in said
    assert said.endswith(b"\r\ncontent-length: 8\r\nconnection: close\r\n\r\nnot here")


def test_a_large_header_is_refused(serving):
    assert serving(tell).ask(handshake(X=b"v" * 20_000)).startswith(b"HTTP/1.1 431 ")


def test_a_slow_handshake_is_refused(serving):
    client = serving(tell, limits=Limits(header_time=0.2)).connect()
    client.send(handshake()[:-2])
    assert client.read().startswith(b"HTTP/1.1 408 ")


def test_an_open_websocket_has_none_of_the_deadlines_of_http(serving):
    limits = Limits(header_time=0.1, keep_alive=0.1, body_grace=0.1)
    talk = open_talk(serving(tell, limits=limits).connect())
    talk.hear()
    talk.wire.settimeout(0.4)
    with pytest.raises(TimeoutError):
        talk.read()


def test_websockets_count_as_connections(serving):
    running = serving(tell, limits=Limits(max_connections=2))
    for _ in range(2):
        open_talk(running.connect())
    assert running.ask(handshake()).startswith(b"HTTP/1.1 503 ")
