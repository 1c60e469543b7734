"""What hostile, broken and slow clients get, byte by byte, from a real server on both event loops."""

import asyncio
import gc
import http.client
import json
import os
import re
import threading
import time

import psutil
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from antiphon.web.exchange import Exchange
from antiphon.web.limits import Limits

SMALL = Limits(
    header_time=0.2,
    body_grace=0.2,
    body_rate=1000,
    body_time=1.0,
    keep_alive=0.3,
    write_stall=0.3,
    linger_time=0.3,
)
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\n"
ENVELOPE = {"error_code", "error_type", "error_message", "request_id"}


async def read_body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        more = message["more_body"]
    return body


async def answer(send, body, *, status=200, headers=()):
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def echo(scope, receive, send):
    body = await read_body(receive)
    if body is not None:
        await answer(send, scope["method"].encode() + b" " + scope["raw_path"] + b" " + body)


async def deny(scope, receive, send):
    await answer(send, b"no", status=401)


def refused(raw, status):
    """The parts of a refusal, checked against the envelope."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 %d " % status), raw[:200]
    fields = dict(line.split(b": ", 1) for line in lines[1:])
    said = json.loads(body)
    assert set(said) == ENVELOPE
    assert said["error_code"] == status
    assert said["request_id"].encode() == fields[b"x-request-id"]
    assert fields[b"content-length"] == str(len(body)).encode()
    assert fields[b"connection"] == b"close"
    assert fields[b"content-type"] == b"application/json"
    return said, fields


# Time.


def test_a_silent_connection_is_closed_without_an_answer(serving):
    client = serving(echo, limits=SMALL).connect()
    began = time.monotonic()
    assert client.read() == b""
    assert time.monotonic() - began < SMALL.header_time * 10


def test_a_dripped_header_is_answered_408_and_closed(serving):
    client = serving(echo, limits=SMALL).connect()
    took, said = client.drip(GET, every=0.05, longest=SMALL.header_time * 10)
    assert took is not None
    refused(said, 408)


def test_a_dripped_header_of_a_second_request_is_closed_too(serving):
    client = serving(echo, limits=SMALL).connect()
    client.send(GET)
    assert client.read(until=b"GET / ")
    took, said = client.drip(GET, every=0.05, longest=SMALL.header_time * 10)
    assert took is not None
    refused(said, 408)


def test_a_stalled_body_is_answered_408_and_the_application_sees_the_client_go(serving):
    gone = threading.Event()

    async def app(scope, receive, send):
        if await read_body(receive) is None:
            gone.set()

    began = time.monotonic()
    refused(serving(app, limits=SMALL).ask(POST + b"Content-Length: 100\r\n\r\nabc"), 408)
    assert time.monotonic() - began < SMALL.body_grace * 10
    assert gone.wait(2)


def test_a_dripped_body_is_answered_408(serving):
    client = serving(echo, limits=SMALL).connect()
    client.send(POST + b"Content-Length: 5000\r\n\r\n")
    took, said = client.drip(b"x" * 5000, every=0.05, longest=SMALL.body_grace * 10)
    assert took is not None
    refused(said, 408)


def test_a_dripped_chunked_body_is_answered_408(serving):
    client = serving(echo, limits=SMALL).connect()
    client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    took, said = client.drip(b"1\r\nx\r\n" * 200, every=0.05, longest=SMALL.body_grace * 10)
    assert took is not None
    refused(said, 408)


def test_a_body_of_sufficient_rate_may_take_longer_than_the_grace(serving):
    running = serving(echo, limits=SMALL)
    client = running.connect()
    client.send(POST + b"Content-Length: 3000\r\n\r\n")
    for _ in range(6):
        client.send(b"x" * 500)
        time.sleep(0.07)
    assert client.read(until=b"x" * 3000).startswith(b"HTTP/1.1 200 ")


def test_no_body_takes_longer_than_the_longest_time(serving):
    limits = Limits(body_grace=0.1, body_rate=10, body_time=0.5, linger_time=0.3)
    client = serving(echo, limits=limits).connect()
    client.send(POST + b"Content-Length: 5000\r\n\r\n")
    took, said = client.drip(b"x" * 5000, every=0.02, longest=5)
    assert took is not None
    assert took > 0.4
    refused(said, 408)


def test_time_in_which_the_application_does_not_read_is_not_the_clients(serving):
    async def app(scope, receive, send):
        await asyncio.sleep(SMALL.body_time * 1.5)
        body = await read_body(receive)
        await answer(send, b"%d" % len(body))

    said = []
    client = serving(app, limits=SMALL).connect()
    client.send(POST + b"Connection: close\r\nContent-Length: 5000000\r\n\r\n")
    reader = threading.Thread(target=lambda: said.append(client.read()))
    reader.start()
    client.send(b"x" * 5_000_000)
    reader.join(10)
    assert said[0].endswith(b"\r\n\r\n5000000")


def test_an_idle_connection_is_closed_silently_after_the_keep_alive_time(serving):
    client = serving(echo, limits=SMALL).connect()
    client.send(GET)
    began = time.monotonic()
    assert client.read().endswith(b"GET / ")
    assert 0.2 < time.monotonic() - began < SMALL.keep_alive * 10


def test_a_running_request_has_no_deadline_but_its_own(serving):
    async def app(scope, receive, send):
        await asyncio.sleep(1)
        await answer(send, b"late", headers=[(b"connection", b"close")])

    assert serving(app, limits=SMALL).ask(GET).endswith(b"late")


def test_a_client_that_does_not_read_is_cut_and_the_application_sees_it(serving):
    seen = threading.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        seen.set()

    client = serving(app, limits=SMALL).connect(receive_buffer=8192)
    client.send(GET)
    assert seen.wait(SMALL.write_stall * 10)
    assert b"0\r\n\r\n" not in client.read()[-10:]


def test_a_client_that_reads_slowly_but_steadily_gets_everything(serving):
    async def app(scope, receive, send):
        await answer(send, b"x" * 8_000_000, headers=[(b"connection", b"close")])

    client = serving(app, limits=SMALL).connect(receive_buffer=65536)
    client.send(GET)
    got = 0
    while more := client.wire.recv(65536):
        got += len(more)
        time.sleep(0.01)
    assert got > 8_000_000


def test_a_closing_connection_does_not_wait_for_its_client_without_end(serving):
    async def app(scope, receive, send):
        await answer(send, b"x" * 30_000_000, headers=[(b"connection", b"close")])

    running = serving(app, limits=SMALL)
    running.connect(receive_buffer=8192).send(GET)
    until = time.monotonic() + SMALL.write_stall * 20
    while not running.server.server_state.total_requests and time.monotonic() < until:
        time.sleep(0.01)
    while running.server.server_state.connections and time.monotonic() < until:
        time.sleep(0.01)
    assert not running.server.server_state.connections


# Size.


def test_header_fields_without_end_are_answered_431_in_flat_memory(serving):
    running = serving(echo, limits=Limits())
    client = running.connect()
    said = []
    reader = threading.Thread(target=lambda: said.append(client.read()))
    reader.start()
    process = psutil.Process(os.getpid())
    before = peak = process.memory_info().rss
    client.send(b"GET / HTTP/1.1\r\n")
    block = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 100) for i in range(600))
    sent = 0
    try:
        while sent < 60_000_000:
            client.send(block)
            sent += len(block)
            peak = max(peak, process.memory_info().rss)
    except ConnectionError:
        pass
    reader.join(10)
    refused(said[0], 431)
    assert sent < 60_000_000
    assert peak - before < 8_000_000


def test_one_header_without_end_is_answered_431(serving):
    refused(serving(echo).ask(b"GET / HTTP/1.1\r\nX: " + b"v" * 300_000), 431)


def test_one_complete_header_that_is_too_long_is_answered_431(serving):
    refused(serving(echo).ask(b"GET / HTTP/1.1\r\nX: " + b"v" * 17_000 + b"\r\n\r\n"), 431)


def test_many_short_headers_are_answered_431(serving):
    refused(serving(echo).ask(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 4000 + b"\r\n"), 431)


def test_a_header_just_within_the_limit_is_taken(serving):
    client = serving(echo).connect()
    client.send(b"GET / HTTP/1.1\r\nX: " + b"v" * (16 * 1024 - 40) + b"\r\n\r\n")
    assert client.read(until=b"GET / ").startswith(b"HTTP/1.1 200 ")


def test_empty_lines_without_end_are_refused(serving):
    refused(serving(echo).ask(b"\r\n" * 40_000), 431)


@pytest.mark.parametrize("ending", [b"", b" HTTP/1.1\r\nHost: h\r\n\r\n"])
def test_a_long_url_is_answered_414(serving, ending):
    refused(serving(echo).ask(b"GET /" + b"a" * 5000 + ending), 414)


@pytest.mark.parametrize(
    "rest",
    [
        b"5;" + b"x" * 100_000,
        b"5\r\nhello\r\n0\r\n" + b"a: b\r\n" * 20_000,
        b"5\r\nhello\r\n0\r\nX: " + b"v" * 100_000,
    ],
    ids=["extension", "trailers", "one trailer"],
)
def test_chunk_extensions_and_trailers_without_end_are_answered_431(serving, rest):
    refused(serving(echo).ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" + rest), 431)


def test_trailers_of_a_request_do_not_become_headers(serving):
    async def app(scope, receive, send):
        await read_body(receive)
        await answer(send, repr(scope["headers"]).encode(), headers=[(b"connection", b"close")])

    body = b"5;ext=1\r\nhello\r\n0\r\nAuthorization: Bearer evil\r\n\r\n"
    said = serving(app).ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"evil" not in said


def test_connections_beyond_the_most_are_answered_503_and_asked_to_come_back(serving):
    running = serving(echo, limits=Limits(max_connections=2))
    first, second = running.connect(), running.connect()
    for client in (first, second):
        client.send(GET)
        client.read(until=b"GET / ")
    said, fields = refused(running.ask(GET), 503)
    assert said["error_type"] == "service_unavailable"
    assert fields[b"retry-after"] == b"1"
    first.send(GET)
    assert first.read(until=b"GET / ").startswith(b"HTTP/1.1 200 ")


# Form.


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n",
        b"GET / HTTP/1.1\nHost: h\n\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"CONNECT h:1 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_is_answered_400_and_closed(serving, data):
    refused(serving(echo).ask(data), 400)


def test_a_transfer_encoding_that_is_not_known_is_answered_501(serving):
    refused(serving(echo).ask(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501)


def test_a_version_that_is_not_spoken_is_answered_505(serving):
    refused(serving(echo).ask(b"GET / HTTP/2.0\r\n\r\n"), 505)


def test_rubbish_behind_a_request_waits_for_its_answer(serving):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"good"})

    first, _, second = serving(app).ask(GET + b"\x00rubbish").partition(b"good")
    assert first.startswith(b"HTTP/1.1 200 ")
    refused(second, 400)


def test_the_refusals_body_can_be_anothers(serving):
    def refuse(status, reason, request_id):
        return f"{status}|{reason}|{request_id}".encode()

    said = serving(echo, refuse=refuse).ask(b"rubbish\r\n\r\n")
    assert re.search(rb"\r\n\r\n400\|Malformed HTTP request.\|[0-9a-f-]{36}$", said)


def test_pipelined_requests_are_answered_in_order(serving):
    last = b"GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n"
    said = serving(echo).ask(b"GET /1 HTTP/1.1\r\n\r\n" + POST + b"Content-Length: 2\r\n\r\nhi" + last)
    assert re.findall(rb"\r\n\r\n((?:GET|POST) /\d? (?:hi)?)", said) == [b"GET /1 ", b"POST / hi", b"GET /3 "]


def test_too_many_pipelined_requests_end_the_connection_after_some_answers(serving):
    said = serving(echo).ask(GET * 500)
    assert 1 < said.count(b"HTTP/1.1 200 OK") < 50
    assert said.count(b"connection: close") == 1


def test_an_offer_to_upgrade_is_declined_and_the_body_kept(serving):
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    client = serving(echo).connect()
    client.send(POST + offer + b"Content-Length: 5\r\n\r\nhel")
    client.send(b"lo" + GET)
    said = client.read(until=b"GET / ")
    assert said.count(b"HTTP/1.1 200 OK") == 2
    assert b"POST / hello" in said


def test_the_client_that_waits_for_100_gets_it_when_the_body_is_wanted(serving):
    client = serving(echo).connect()
    client.send(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert client.read(until=b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"hi")
    assert client.read(until=b"POST / hi").startswith(b"HTTP/1.1 200 ")


# Early answers.


def test_an_early_answer_to_a_large_body_is_readable_and_closes(serving):
    client = serving(deny, limits=Limits(linger_time=20)).connect()
    client.send(POST + b"Content-Length: 5000000\r\n\r\n" + b"x" * 300_000)
    said = client.read()
    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in said
    assert said.endswith(b"no")


def test_an_early_answer_to_a_small_body_keeps_the_connection(serving):
    client = serving(deny).connect()
    client.send(POST + b"Content-Length: 5000\r\n\r\n" + b"x" * 10)
    assert b"connection: close" not in client.read(until=b"\r\n\r\nno")
    client.send(b"x" * 4990 + GET)
    assert client.read(until=b"\r\n\r\nno").startswith(b"HTTP/1.1 401 ")


def test_an_early_answer_to_a_client_that_waits_for_100_closes(serving):
    # Whether its body still comes nobody knows, and one taken for the other would be smuggling.
    said = serving(deny).ask(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in said


def test_what_is_read_after_an_early_answer_is_bounded(serving):
    client = serving(deny, limits=Limits(linger=200_000)).connect()
    client.send(POST + b"Content-Length: 50000000\r\n\r\n")
    with pytest.raises(ConnectionError):
        client.send(b"x" * 50_000_000)


def test_a_request_leaves_nothing_for_the_garbage_collector(serving):
    running = serving(echo)
    client = running.connect()
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            client.send(GET)
            client.read(until=b"GET / ")
        left = sum(isinstance(thing, Exchange) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert left < 10


# The hostile ones really need our protocol.


def closes_silent(running):
    client = running.connect()
    client.wire.settimeout(SMALL.header_time * 5)
    try:
        return client.read() == b""
    except TimeoutError:
        return False


def closes_drip(running):
    return running.connect().drip(GET * 9, every=0.05, longest=SMALL.header_time * 5)[0] is not None


def refuses_header(running):
    client = running.connect()
    client.wire.settimeout(1)
    try:
        client.send(b"GET / HTTP/1.1\r\nX: " + b"v" * 300_000)
        return client.read().startswith(b"HTTP/1.1 431 ")
    except TimeoutError:
        return False


def drops_request_trailers(running):
    client = running.connect()
    client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Evil: 1\r\n\r\n")
    return b"evil" not in client.read(until=b"end")


async def tell_headers(scope, receive, send):
    await read_body(receive)
    await answer(send, repr(scope["headers"]).lower().encode() + b"end")


@pytest.mark.parametrize("probe", [closes_silent, closes_drip, refuses_header, drops_request_trailers])
def test_a_probe_tells_our_protocol_from_uvicorns_own(serving, probe):
    assert probe(serving(tell_headers, limits=SMALL))
    assert not probe(serving(tell_headers, http=HttpToolsProtocol))


def test_pythons_own_client_reuses_the_connection(serving):
    running = serving(echo)
    connections = set()
    client = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    before = running.server.server_state.total_requests
    for number in range(3):
        client.request("POST", f"/{number}", body=b"hi")
        assert client.getresponse().read() == b"POST /%d hi" % number
        assert client.sock is not None
        connections.add(client.sock)
    client.close()
    assert len(connections) == 1
    deadline = time.monotonic() + 5  # The server counts just after its answer is out.
    while running.server.server_state.total_requests - before < 3:
        assert time.monotonic() < deadline
