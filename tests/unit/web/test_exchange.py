"""Responses on the wire: framing, trailers, cuts, and what failing applications leave behind."""

import asyncio
import http.client
import logging
import threading

import pytest

from antiphon.web.exchange import trailer_section
from antiphon.web.limits import Limits

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
START = {"type": "http.response.start", "status": 200}
SMALL = Limits(linger_time=0.3, drain=1)


def body(data, *, more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


def trailers(*fields, more=False):
    return {"type": "http.response.trailers", "headers": fields, "more_trailers": more}


def sending(*messages, failure=None):
    """An application that sends these and then returns, or fails."""

    async def app(scope, receive, send):
        for message in messages:
            await send(message)
        if failure is not None:
            raise failure

    return app


TRAILING = sending(
    START | {"trailers": True},
    body(b"hello", more=True),
    body(b""),
    trailers((b"X-Tts-Error-Code", b"503"), more=True),
    trailers((b"X-Tts-Error-Message", b"Cannot continue")),
)


def rest(raw):
    return raw.partition(b"\r\n\r\n")[2]


def test_trailers_follow_the_last_chunk_byte_for_byte(serving):
    said = serving(TRAILING).ask(LAST)
    assert b"\r\ntransfer-encoding: chunked\r\n" in said
    assert rest(said) == (b"5\r\nhello\r\n0\r\nX-Tts-Error-Code: 503\r\nX-Tts-Error-Message: Cannot continue\r\n\r\n")


def test_a_connection_is_used_again_after_trailers(serving):
    client = http.client.HTTPConnection("127.0.0.1", serving(TRAILING).port, timeout=5)
    sockets = set()
    for _ in range(3):
        client.request("GET", "/")
        assert client.getresponse().read() == b"hello"
        sockets.add(client.sock)
    assert len(sockets) == 1
    assert None not in sockets
    client.close()


@pytest.mark.parametrize("request_", [OLD, HEAD], ids=["1.0", "HEAD"])
def test_trailers_are_dropped_where_they_cannot_be_taken(serving, request_):
    said = serving(TRAILING).ask(request_)
    assert rest(said) == (b"hello" if request_ is OLD else b"")
    assert b"transfer-encoding" not in said.partition(b"\r\n\r\n")[0] or request_ is HEAD


def test_trailers_are_dropped_where_the_length_is_known(serving):
    start = START | {"trailers": True, "headers": [(b"content-length", b"5")]}
    app = sending(start, body(b"hello"), trailers((b"x-a", b"1")))
    assert rest(serving(app).ask(LAST)) == b"hello"


def test_an_application_that_forgets_its_trailers_still_ends_its_body(serving):
    app = sending(START | {"trailers": True}, body(b"hello"))
    assert rest(serving(app).ask(LAST)) == b"5\r\nhello\r\n0\r\n\r\n"


def test_the_extensions_are_announced(serving):
    async def app(scope, receive, send):
        known = b",".join(sorted(name.encode() for name in scope["extensions"]))
        await send(START)
        await send(body(known))

    assert b"antiphon.abort,http.response.trailers" in serving(app).ask(LAST)


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ((b"x-a", b"1\r\nSet-Cookie: evil"), b"x-a: 1  Set-Cookie: evil\r\n"),
        ((b"x-a", b" \x00 b\x7f"), b"x-a: b\r\n"),
        ((b"x-a\r\nevil", b"1"), b""),
        ((b"x a", b"1"), b""),
        ((b"", b"1"), b""),
        ((b"Content-Length", b"5"), b""),
        ((b"transfer-encoding", b"chunked"), b""),
        ((b"x-a", "é".encode()), "x-a: é\r\n".encode()),
    ],
)
def test_no_trailer_can_break_out_of_its_line(field, line):
    assert trailer_section([field]) == b"0\r\n" + line + b"\r\n"


def test_an_old_client_gets_the_body_bare_and_the_end_of_the_connection(serving):
    said = serving(sending(START, body(b"a", more=True), body(b"b"))).ask(OLD)
    assert b"transfer-encoding" not in said
    assert b"\r\nconnection: close\r\n" in said
    assert rest(said) == b"ab"


def test_a_response_may_ask_for_the_connections_end(serving):
    said = serving(sending(START | {"headers": [(b"connection", b"close")]}, body(b"x"))).ask(GET)
    assert said.count(b"connection: close") == 1
    assert rest(said) == b"1\r\nx\r\n0\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_has_no_framing(serving, status):
    said = serving(sending(START | {"status": status}, body(b""))).ask(LAST)
    assert b"transfer-encoding" not in said
    assert rest(said) == b""


@pytest.mark.parametrize("request_", [LAST, OLD], ids=["1.1", "1.0"])
def test_an_abort_cuts_the_body_so_that_nobody_takes_it_for_whole(serving, request_):
    sent = threading.Event()

    async def app(scope, receive, send):
        await send(START)
        await send(body(b"half", more=True))
        await asyncio.to_thread(sent.wait, 5)
        scope["extensions"]["antiphon.abort"]()
        assert (await receive())["type"] == "http.disconnect"
        await send(body(b"never seen"))

    client = serving(app).connect()
    client.send(request_)
    assert client.read(until=b"half")
    sent.set()
    if request_ is OLD:
        with pytest.raises(ConnectionResetError):
            client.wire.recv(100)
    else:
        assert b"0\r\n\r\n" not in client.read()


def test_an_abort_after_the_response_does_nothing(serving):
    async def app(scope, receive, send):
        await send(START)
        await send(body(b"whole"))
        scope["extensions"]["antiphon.abort"]()

    client = serving(app).connect()
    for _ in range(2):
        client.send(GET)
        assert b"whole" in client.read(until=b"0\r\n\r\n")


def test_a_failure_before_the_response_is_a_500_that_says_nothing(serving, caplog):
    with caplog.at_level(logging.DEBUG):
        said = serving(sending(failure=ValueError("sona_sk_secret"))).ask(GET)
    assert said.startswith(b"HTTP/1.1 500 ")
    assert b'"error_type":"internal_error"' in said
    assert b"secret" not in said
    assert "secret" not in caplog.text
    assert "builtins.ValueError" in caplog.text


def test_a_failure_in_mid_response_breaks_it_off_and_logs_no_message(serving, caplog):
    app = sending(START, body(b"half", more=True), failure=ValueError("sona_sk_secret"))
    with caplog.at_level(logging.DEBUG):
        said = serving(app).ask(GET)
    assert rest(said) == b"4\r\nhalf\r\n"
    assert "secret" not in caplog.text
    assert "builtins.ValueError" in caplog.text


def test_a_failure_on_head_has_no_body(serving):
    said = serving(sending(failure=ValueError())).ask(HEAD)
    assert said.startswith(b"HTTP/1.1 500 ")
    assert rest(said) == b""


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [body(b"no start")],
        [START | {"headers": [(b"x", b"a\r\nb: c")]}, body(b"")],
        [START | {"headers": [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")]}, body(b"x")],
    ],
    ids=["nothing", "no start", "injection", "two framings"],
)
def test_an_application_that_breaks_the_rules_before_its_response_gives_a_500(serving, messages):
    assert serving(sending(*messages)).ask(GET).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize("length", [3, 7])
def test_a_body_of_another_length_than_announced_is_never_taken_for_whole(serving, length):
    start = START | {"headers": [(b"content-length", b"5")]}
    said = serving(sending(start, body(b"x" * length))).ask(GET)
    assert len(rest(said)) < 5


def test_a_failure_before_a_large_body_is_read_is_still_readable(serving):
    client = serving(sending(failure=ValueError())).connect()
    client.send(b"POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n" + b"x" * 400_000)
    assert client.read().startswith(b"HTTP/1.1 500 ")
