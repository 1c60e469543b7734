"""Websockets on the wire: what a client may send, what it may leave unsent, and how each of them ends."""

import asyncio
import contextlib
import gc
import queue
import socket
import threading
import time
import tracemalloc
import uuid
from collections import Counter
from pathlib import Path

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.sync.client import connect

from antiphon.web.body import ClientGone
from antiphon.web.limits import Limits
from antiphon.web.websocket import WebSocket
from unit.web.raw import BINARY, CLOSE, CONT, PING, PONG, TEXT, closing, frame, open_talk

MOST = 256 * 1024
USUAL = Limits()
QUICK = Limits(
    write_stall=0.3, body_rate=100_000, ping_after=0.2, pong_within=0.2, close_time=0.2, linger_time=0.2, drain=1
)
BRISK = Limits(linger_time=0.2, ping_after=0.2, pong_within=5)
"""As quick with what a test waits for, and patient with a client that the machine keeps waiting."""
TINY_BUFFER = {"receive_buffer": 4096}

HEARD = {}


async def open_and(receive, send):
    assert await receive() == {"type": "websocket.connect"}
    await send({"type": "websocket.accept"})


async def echo(receive, send, heard, _scope):
    while True:
        message = await receive()
        heard.put(message)
        if message["type"] == "websocket.disconnect":
            return
        with contextlib.suppress(ClientDisconnected):
            await send({**message, "type": "websocket.send"})


async def wait(receive, send, heard, _scope):
    """Take nothing until told so, then all."""
    await asyncio.to_thread(heard.go.wait)
    await echo(receive, send, heard, _scope)


async def flood(_receive, send, heard, _scope):
    try:
        while True:
            await send({"type": "websocket.send", "bytes": bytes(100_000)})
            heard.sent += 100_000
    except OSError as gone:
        heard.put(type(gone))
        raise


async def choir(receive, send, heard, _scope):
    async def sing(number):
        for _ in range(20):
            await send({"type": "websocket.send", "bytes": bytes([number]) * 100_000})

    await asyncio.gather(*(sing(number) for number in range(5)))
    await send({"type": "websocket.close"})


async def close(receive, send, heard, scope):
    """Close, then hear what comes, then try to speak."""
    code = int(scope["path"].rpartition("-")[2])
    await send({"type": "websocket.close", "code": code, "reason": "enough"})
    heard.put(await receive())
    try:
        await send({"type": "websocket.send", "text": "late"})
    except ClientDisconnected as late:
        heard.put(type(late))


async def returns(*_):
    pass


async def raises(_receive, _send, _heard, scope):
    raise RuntimeError(scope["query_string"])


async def leaves(_receive, _send, _heard, _scope):
    raise ClientGone


async def babbles(_receive, send, _heard, _scope):
    await send({"type": "websocket.accept"})


async def aborts(_receive, _send, _heard, scope):
    scope["extensions"]["antiphon.abort"]()


async def part(receive, send, heard, _scope):
    """Go on until the server stops, and a little longer."""
    while (message := await receive())["type"] != "antiphon.stopping":
        heard.put(message)
    await asyncio.sleep(0.3)
    await send({"type": "websocket.send", "text": "the last"})
    await send({"type": "websocket.close", "code": 1001, "reason": "Going away"})


async def ignore(receive, _send, heard, _scope):
    """Hear that the server stops, and do nothing about it."""
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            heard.put((await receive())["type"])
    heard.put("cancelled")
    raise asyncio.CancelledError


async def stage(scope, receive, send):
    behaviour = globals()[scope["path"][1:].partition("-")[0]]
    heard = HEARD[scope["query_string"]]
    await open_and(receive, send)
    await behaviour(receive, send, heard, scope)
    heard.put(("closed", scope["extensions"]["antiphon.closed"]()))


class Heard(queue.Queue):
    """What an application heard and did."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()
        self.sent = 0

    def next(self):
        return self.get(timeout=5)

    def disconnect(self):
        while (message := self.next())["type"] != "websocket.disconnect":
            pass
        return message


def eventually(true):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def opens(serving):
    """`opens("echo", limits=...)`: an open websocket. Afterwards nothing of it may be left in the server."""
    used = []

    def opened(behaviour, *, limits=USUAL, running=None, **options):
        running = running or serving(stage, limits=limits)
        used.append(running)
        token = uuid.uuid4().hex
        heard = HEARD[token.encode()] = Heard()
        talk = open_talk(running.connect(**options), f"/{behaviour}?{token}")
        talk.heard, talk.running = heard, running
        return talk

    yield opened
    for running in used:
        running.hang_up()
    for heard in HEARD.values():
        heard.go.set()
    for running in used:
        state = running.server.server_state
        eventually(lambda state=state: not state.connections and not state.tasks)
    HEARD.clear()


def server_side(talk):
    """The server's side of the only connection there is."""
    (connection,) = talk.running.server.server_state.connections
    assert isinstance(connection, WebSocket)
    return connection


# What is passed on.


def test_texts_and_bytes_come_and_go_as_they_are(opens):
    talk = opens("echo")
    talk.send(frame(TEXT, "grüß Gott".encode()), frame(BINARY, b"\xff\x00"), frame(TEXT))
    assert [talk.read() for _ in range(3)] == [(TEXT, "grüß Gott".encode()), (BINARY, b"\xff\x00"), (TEXT, b"")]
    assert talk.heard.next() == {"type": "websocket.receive", "text": "grüß Gott"}
    assert talk.heard.next() == {"type": "websocket.receive", "bytes": b"\xff\x00"}


@pytest.mark.parametrize("size", [125, 126, 65535, 65536, MOST])
def test_a_message_of_any_allowed_size_is_passed_on(opens, size):
    talk = opens("echo")
    talk.send(frame(BINARY, b"x" * size))
    assert talk.read() == (BINARY, b"x" * size)


def test_a_frame_may_come_byte_by_byte(opens):
    talk = opens("echo")
    for byte in frame(TEXT, b"slowly"):
        talk.send(bytes([byte]))
    assert talk.hear() == "slowly"


def test_parts_of_a_message_are_put_together_and_may_end_within_a_character(opens):
    talk = opens("echo")
    talk.send(frame(TEXT, b"a\xc3", fin=False), frame(PING, b"!"), frame(CONT, b"", fin=False), frame(CONT, b"\xbc"))
    assert talk.read() == (PONG, b"!")
    assert talk.hear() == "aü"


def test_a_message_in_parts_may_be_as_large_as_one_in_a_piece(opens):
    talk = opens("echo")
    talk.send(frame(BINARY, b"x" * (MOST - 1), fin=False), frame(CONT, b"x"))
    assert len(talk.read()[1]) == MOST


def test_hundreds_of_small_messages_in_one_segment_all_arrive_in_order(opens):
    talk = opens("echo")
    talk.send(*(frame(TEXT, b"%d" % number) for number in range(300)))
    assert [talk.hear() for _ in range(300)] == [str(number) for number in range(300)]


def test_another_ones_client_gets_along(opens, serving):
    opens("echo")
    token = uuid.uuid4().hex
    HEARD[token.encode()] = heard = Heard()
    with connect(f"ws://127.0.0.1:{serving(stage, limits=USUAL).port}/echo?{token}") as client:
        client.send("héllo")
        assert client.recv() == "héllo"
        client.send([b"in", b"parts"])
        assert client.recv() == b"inparts"
        assert client.ping().wait(5)
    assert heard.disconnect() == {"type": "websocket.disconnect", "code": 1000, "reason": ""}


def test_small_frames_are_not_held_back(opens):
    talk = opens("echo")
    wire = server_side(talk)._transport.get_extra_info("socket")
    assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


# What is not.


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"hi", mask=False), 1002),
        (frame(TEXT, b"hi", reserved=0b100), 1002),
        (frame(TEXT, b"hi", reserved=0b001), 1002),
        (frame(0x3, b"hi"), 1002),
        (frame(0xB, b"hi"), 1002),
        (frame(PING, b"hi", fin=False), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(CONT, b"hi"), 1002),
        (frame(TEXT, b"hi", fin=False) + frame(TEXT, b"hi"), 1002),
        (frame(CLOSE, b"x"), 1002),
        (closing(999), 1002),
        (closing(1005), 1002),
        (closing(1006), 1002),
        (frame(TEXT, b"hi", fin=False) + closing(), 1002),
        (b"\xff" * 300, 1002),
        (b"GET / HTTP/1.1\r\n\r\n", 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xed\xa0\x80"), 1007),
        (frame(TEXT, b"a\xc3", fin=False) + frame(CONT, b"a"), 1007),
        (closing(1000, b"\xff"), 1007),
        (frame(TEXT, b"x" * (MOST + 1)), 1009),
        (frame(TEXT, b"x" * MOST, fin=False) + frame(CONT, b"x"), 1009),
        (frame(BINARY, b"x", announced=2**40), 1009),
        (frame(BINARY, b"x", announced=2**64 - 1), 1009),
    ],
)
def test_a_client_that_breaks_the_rules_is_told_so_and_closed(opens, sent, code):
    talk = opens("echo", limits=BRISK)
    with contextlib.suppress(ConnectionError):
        talk.send(sent)
    assert talk.closed() == code
    assert talk.ended() == "closed"
    assert talk.heard.disconnect()["code"] == code
    assert talk.heard.next() == ("closed", code)


def test_what_was_right_before_the_fault_is_still_heard(opens):
    talk = opens("echo")
    talk.send(frame(TEXT, b"good"), frame(TEXT, b"\xff"), frame(TEXT, b"never"))
    assert talk.closed() == 1007
    assert talk.heard.next()["text"] == "good"
    assert talk.heard.next()["type"] == "websocket.disconnect"


def test_a_refused_client_that_is_still_sending_is_not_reset(opens):
    talk = opens("echo", limits=Limits(linger_time=5))
    talk.send(frame(TEXT, b"x", announced=900_000))
    assert talk.closed() == 1009
    for _ in range(3):
        talk.send(bytes(100_000))
        time.sleep(0.02)  # A reset would be here by now, and the next piece would fail.


def test_what_a_refused_client_goes_on_sending_is_bounded(opens):
    talk = opens("echo", limits=Limits(linger=100_000, linger_time=30))
    with pytest.raises(ConnectionError):
        talk.send(frame(TEXT, b"x", announced=2**40), bytes(30_000_000))


# Bounds.


def test_of_an_application_that_does_not_listen_little_is_kept(opens):
    talk = opens("wait")
    talk.wire.settimeout(0.3)
    with pytest.raises(TimeoutError):
        talk.send(frame(TEXT, b"x") * 10_000_000)
    side = server_side(talk)
    assert len(side._inbox._messages) < 200
    assert len(side._rest) <= MOST


def test_what_waited_for_the_application_is_not_lost(opens):
    talk = opens("wait")
    sent = [f"{number:01000}" for number in range(500)]
    talk.send(*(frame(TEXT, text.encode()) for text in sent))
    talk.heard.go.set()
    assert [talk.hear() for _ in sent] == sent


def test_what_has_been_read_is_let_go(opens):
    talk = opens("echo")
    talk.send(frame(BINARY, bytes(MOST)))
    talk.read()
    assert not server_side(talk)._rest.obj


def test_parts_without_content_cost_nothing(opens):
    talk = opens("echo")
    talk.send(frame(TEXT, b"", fin=False))
    tracemalloc.start()
    try:
        for _ in range(10):
            talk.send(*(frame(CONT, b"", fin=False) for _ in range(1000)))
        talk.send(frame(PING))
        assert talk.read() == (PONG, b"")
        assert tracemalloc.get_traced_memory()[0] < 300_000
    finally:
        tracemalloc.stop()
    talk.send(frame(CONT, b"end"))
    assert talk.hear() == "end"


def test_a_flood_of_pings_is_answered_and_disturbs_nobody(opens):
    talk = opens("echo")
    for number in range(100):
        talk.send(*(frame(PING, b"%d" % number) for _ in range(50)), frame(TEXT, b"%d" % number))
        while (got := talk.read())[0] != TEXT:
            assert got == (PONG, b"%d" % number)
        assert got[1] == b"%d" % number


def test_a_flood_is_taken_in_turns_with_what_others_send(opens):
    talk = opens("echo")
    side = server_side(talk)
    flood_ = frame(PING) * 10_000 + frame(TEXT, b"at last")
    left = queue.Queue()

    def deliver():
        side.data_received(flood_)
        left.put(len(side._rest))

    side._loop.call_soon_threadsafe(deliver)
    assert left.get(timeout=5) > len(flood_) / 2
    while (got := talk.read())[0] == PONG:
        pass
    assert got == (TEXT, b"at last")


def test_answers_to_pings_do_not_pile_up_before_a_client_that_does_not_read(opens):
    talk = opens("echo", **TINY_BUFFER)
    side = server_side(talk)
    flood_ = b"".join(frame(PING, b"x" * 125) for _ in range(1000))
    talk.wire.settimeout(1)
    for _ in range(100):
        talk.send(flood_)
    talk.send(frame(PING, b"last"))
    assert side._transport.get_write_buffer_size() < 300_000
    while talk.read() != (PONG, b"last"):
        pass


def test_a_client_that_takes_nothing_is_cut_and_little_was_kept_for_it(opens):
    talk = opens("flood", limits=QUICK, **TINY_BUFFER)
    side = server_side(talk)
    eventually(lambda: talk.heard.sent > 100_000)
    assert side._transport.get_write_buffer_size() < 1_000_000
    assert talk.heard.next() is ClientDisconnected
    assert not talk.running.server.server_state.connections


def test_a_client_that_takes_little_but_steadily_is_not_cut_though_it_says_nothing(opens):
    limits = Limits(write_stall=1, body_rate=100_000, ping_after=0.3, pong_within=0.3)
    talk = opens("flood", limits=limits, **TINY_BUFFER)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        assert talk.read() in {(BINARY, bytes(100_000)), (PING, b"")}
        time.sleep(0.05)
    assert talk.heard.empty()


def test_frames_of_many_senders_stay_whole_and_wait_for_each_other(opens):
    talk = opens("choir", **TINY_BUFFER)
    side = server_side(talk)
    counts = [0] * 5
    for _ in range(100):
        assert side._transport.get_write_buffer_size() < 300_000
        opcode, payload = talk.read()
        assert (opcode, len(payload), len(set(payload))) == (BINARY, 100_000, 1)
        counts[payload[0]] += 1
    assert counts == [20] * 5
    assert talk.closed() == 1000


# The end.


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_a_client_that_closes_is_answered_with_its_code(opens, code):
    talk = opens("echo")
    talk.send(closing(code, b"bye"))
    assert talk.closed() == code
    assert talk.ended() == "closed"
    assert talk.heard.next() == {"type": "websocket.disconnect", "code": code, "reason": "bye"}
    assert talk.heard.next() == ("closed", code)


def test_a_client_may_close_without_a_code(opens):
    talk = opens("echo")
    talk.send(frame(CLOSE))
    assert talk.closed() == 1005
    assert talk.heard.next() == {"type": "websocket.disconnect", "code": 1005, "reason": ""}


def test_what_came_before_the_close_is_heard_before_it(opens):
    talk = opens("wait")
    talk.send(frame(TEXT, b"first"), closing())
    talk.heard.go.set()
    assert [talk.heard.next()["type"] for _ in range(2)] == ["websocket.receive", "websocket.disconnect"]


def test_nobody_hears_1011_from_us_not_even_as_an_echo(opens):
    talk = opens("echo")
    talk.send(closing(1011))
    assert talk.closed() == 1001


@pytest.mark.parametrize(("behaviour", "code"), [("close-1008", 1008), ("close-4000", 4000), ("close-1011", 1001)])
def test_an_application_closes_with_its_code(opens, behaviour, code):
    talk = opens(behaviour)
    opcode, payload = talk.read()
    assert (opcode, payload) == (CLOSE, code.to_bytes(2, "big") + b"enough")
    talk.send(closing(code))
    assert talk.ended() == "closed"


def test_after_its_close_an_application_hears_the_end_and_says_nothing_more(opens):
    talk = opens("close-1000")
    assert talk.heard.next() == {"type": "websocket.disconnect", "code": 1000, "reason": "enough"}
    assert talk.heard.next() is ClientDisconnected


@pytest.mark.parametrize(
    ("behaviour", "code"), [("returns", 1000), ("raises", 1001), ("leaves", 1001), ("babbles", 1001)]
)
def test_an_application_that_ends_closes(opens, behaviour, code):
    talk = opens(behaviour)
    assert talk.closed() == code
    talk.send(closing(code))
    assert talk.ended() == "closed"


def failures(caplog):
    return [record for record in caplog.records if record.name == "antiphon.web"]


def test_what_failed_is_logged_without_what_was_said(opens, caplog):
    talk = opens("raises")
    talk.closed()
    (record,) = failures(caplog)
    assert "builtins.RuntimeError" in record.message
    (said,) = HEARD
    assert said.decode() not in record.getMessage()


def test_a_client_that_only_left_is_no_failure(opens, caplog):
    opens("leaves").closed()
    assert not failures(caplog)


def test_nothing_of_a_websocket_is_logged_by_libraries_at_any_level(opens, caplog):
    for name in (None, "uvicorn.error", "uvicorn.access", "websockets"):
        caplog.set_level(1, name)
    talk = opens("echo")
    talk.say("private")
    talk.hear()
    talk.send(closing())
    talk.ended()
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "private" not in said
    assert "/echo" not in said


def test_a_client_that_never_answers_a_close_is_cut(opens):
    talk = opens("close-1000", limits=Limits(close_time=0.2))
    assert talk.closed() == 1000
    talk.say("no")
    assert talk.ended() == "closed"


def test_a_client_that_reads_nothing_is_cut_after_a_close(opens):
    talk = opens("flood", limits=QUICK, **TINY_BUFFER)
    eventually(lambda: talk.heard.sent > 100_000)
    talk.send(closing())
    assert talk.heard.next() is ClientDisconnected
    eventually(lambda: not talk.running.server.server_state.connections)


def test_when_both_close_at_once_both_are_content(opens):
    talk = opens("close-1000", limits=Limits(close_time=30))
    talk.send(frame(TEXT, b"crossing"), frame(PING), closing(1001))
    assert talk.closed() == 1000
    assert talk.ended() == "closed"


@pytest.mark.parametrize("half", [b"", frame(TEXT, b"half")[:4], frame(TEXT, b"part", fin=False)])
def test_a_client_that_just_leaves_is_missed(opens, half):
    talk = opens("echo")
    talk.send(half)
    talk.wire.close()
    assert talk.heard.next() == {"type": "websocket.disconnect", "code": 1006, "reason": ""}


def test_a_client_that_resets_is_missed(opens):
    talk = opens("echo")
    talk.reset()
    assert talk.heard.next()["code"] == 1006


def test_a_client_that_resets_ends_the_wait_of_who_sends(opens):
    talk = opens("flood", **TINY_BUFFER)
    eventually(lambda: talk.heard.sent > 100_000)
    talk.reset()
    assert talk.heard.next() is ClientDisconnected


def test_an_application_can_cut_the_connection(opens):
    talk = opens("aborts")
    assert talk.read() is None
    assert talk.heard.next() == ("closed", 1006)


# Signs of life.


def test_a_silent_client_is_asked_and_closed_when_it_does_not_answer(opens):
    talk = opens("echo", limits=QUICK)
    assert talk.read() == (PING, b"")
    assert talk.closed() == 1001
    assert talk.ended() == "closed"
    assert talk.heard.next()["code"] == 1001


def test_a_client_that_answers_is_kept(opens):
    talk = opens("echo", limits=BRISK)
    for _ in range(4):
        assert talk.read() == (PING, b"")
        talk.send(frame(PONG))
    talk.say("here")
    assert talk.hear() == "here"


def test_any_sign_of_life_will_do(opens):
    talk = opens("echo", limits=BRISK)
    for _ in range(4):
        assert talk.read() == (PING, b"")
        talk.say("busy")
        assert talk.hear() == "busy"


def test_a_client_is_not_blamed_for_an_application_that_does_not_listen(opens):
    talk = opens("wait", limits=QUICK)
    sent = [str(number) for number in range(30)]
    talk.send(*(frame(TEXT, text.encode()) for text in sent))
    talk.wire.settimeout(3 * QUICK.ping_after)
    with pytest.raises(TimeoutError):
        talk.read()
    talk.wire.settimeout(5)
    talk.heard.go.set()
    assert [talk.hear() for _ in sent] == sent


# The end of the server.


def test_an_application_is_told_of_a_stop_and_ends_in_its_own_time(opens, starting):
    running = starting(stage)
    talk = opens("part", running=running)
    running.server.stop()
    assert talk.hear() == "the last"
    assert talk.closed() == 1001
    talk.send(closing(1001))
    running.join()


def test_an_application_that_ignores_a_stop_is_ended_with_the_drain(opens, starting):
    running = starting(stage, limits=Limits(drain=1))
    talk = opens("ignore", running=running)
    running.server.stop()
    assert talk.heard.next() == "antiphon.stopping"
    assert talk.closed() == 1001
    assert talk.heard.next() == "cancelled"
    running.join()
    assert not running.server.server_state.tasks


# What is left behind.


def kinds():
    """How many things of this server there are, by module."""
    names = (str(type(thing).__module__) for thing in gc.get_objects())
    return Counter(name for name in names if name.startswith(("antiphon.", "websockets.")))


def test_a_websocket_leaves_nothing_for_the_garbage_collector(opens):
    talk = opens("echo")
    gc.collect()
    gc.disable()
    try:
        before = kinds()
        for _ in range(20):
            again = opens("echo")
            again.say("x")
            again.hear()
            again.send(closing())
            assert again.ended() == "closed"
        eventually(lambda: len(talk.running.server.server_state.connections) == 1)
        assert all(count < 10 for count in (kinds() - before).values()), kinds() - before
    finally:
        gc.enable()


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_churn_leaves_no_descriptor(opens):
    def once():
        for end in (closing(), b"\xff\xff", frame(TEXT, b"half")[:3]):
            talk = opens("echo", limits=QUICK)
            talk.say("x")
            talk.hear()
            talk.send(end)
            if end[:1] != b"\x81":
                talk.ended()
            talk.wire.close()
        state = talk.running.server.server_state
        eventually(lambda: not state.connections and not state.tasks)

    once()
    before = descriptors()
    for _ in range(10):
        once()
    assert descriptors() <= before
