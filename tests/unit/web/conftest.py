"""A real server in a thread, and clients that are nothing but a socket."""

import asyncio
import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field

import pytest
import uvloop
from uvicorn import Config

from antiphon.web.limits import Limits
from antiphon.web.serve import Listen, Server, bind, config

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@dataclass
class Client:
    """A socket with the patience to see how a connection ends."""

    port: int
    receive_buffer: int = 0
    wire: socket.socket = field(init=False)

    def __post_init__(self):
        self.wire = socket.socket()
        if self.receive_buffer:
            self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.wire.settimeout(10)
        self.wire.connect(("127.0.0.1", self.port))

    def send(self, data):
        self.wire.sendall(data)

    def read(self, until=b""):
        """Everything up to and with `until`, or to the connection's end."""
        got = b""
        with contextlib.suppress(ConnectionError):
            while not (until and until in got) and (more := self.wire.recv(65536)):
                got += more
        return got

    def drip(self, data, *, every, longest):
        """Send byte by byte; how long the server took that, and what it answered. None: it took it all."""
        began = time.monotonic()
        self.wire.settimeout(every)
        answer = b""
        for byte in data:
            try:
                self.wire.send(bytes([byte]))
                more = self.wire.recv(65536)
            except TimeoutError:
                more = None
            except ConnectionError:
                more = b""
            if more:
                answer += more
            if more == b"":
                return time.monotonic() - began, answer
            if time.monotonic() - began > longest:
                break
        return None, answer

    def close(self):
        self.wire.close()


@dataclass
class Running:
    """A server that runs, on a loop of its own."""

    port: int
    server: Server
    thread: threading.Thread
    clients: list = field(default_factory=list)

    def connect(self, **options):
        client = Client(self.port, **options)
        self.clients.append(client)
        return client

    def ask(self, data, **options):
        """Send, and read to the end of the connection."""
        client = self.connect(**options)
        with contextlib.suppress(ConnectionError):
            client.send(data)
        return client.read()

    def hang_up(self):
        for client in self.clients:
            client.close()
        self.clients.clear()

    def join(self):
        self.thread.join(10)
        assert not self.thread.is_alive()


def with_lifespan(app):
    """The application, started and stopped as uvicorn wants it, so that a test writes down the rest only."""

    async def whole(scope, receive, send):
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": message["type"] + ".complete"})

    return whole


def start(app, *, loop, limits=None, http=None, **options):
    listen = Listen(port=0)
    bound = bind(listen)
    app = with_lifespan(app)
    settings = config(app, listen=listen, limits=limits or Limits(), **options)
    if http is not None:
        settings = Config(app, http=http, log_config=None, access_log=False, ws="none", proxy_headers=False)
    ready = threading.Event()
    server = Server(settings, on_ready=lambda _url: ready.set())

    def run():
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            runner.run(server.serve(sockets=[bound]))

    thread = threading.Thread(target=run, daemon=True)
    port = bound.getsockname()[1]
    thread.start()
    assert ready.wait(10)
    return Running(port, server, thread)


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


@pytest.fixture(scope="module")
def servers():
    """What runs already, by what it was asked to be."""
    known = {}

    def serve(app, **options):
        key = (app, *sorted(options.items(), key=lambda option: option[0]))
        if key not in known:
            known[key] = start(app, **options)
        return known[key]

    yield serve
    for running in known.values():
        running.server.force_exit = True
        running.server.stop()
    for running in known.values():
        running.join()


@pytest.fixture
def serving(servers, loop):
    """`serving(app, limits=..., ...)`: a server, shared by those tests of a module that ask for the same."""
    used = []

    def serve(app, **options):
        running = servers(app, loop=loop, **options)
        used.append(running)
        return running

    yield serve
    for running in used:
        running.hang_up()


@pytest.fixture
def starting(loop):
    """`starting(app, limits=..., ...)`: a server that the test may stop."""
    started = []

    def begin(app, **options):
        started.append(start(app, loop=loop, **options))
        return started[-1]

    yield begin
    for running in started:
        running.hang_up()
        running.server.force_exit = True
        running.server.stop()
        running.join()
