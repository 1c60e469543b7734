"""Websockets of a process: how it stops, over TLS, and what many of them cost."""

import asyncio
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest
from websockets.asyncio.client import connect

from unit.web.raw import closing, open_talk

SCRIPT = """
import asyncio, sys
from pathlib import Path
from antiphon.web.limits import Limits
from antiphon.web.serve import Listen, Tls, loop_factory, run

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed", flush=True)
        return await send({"type": "lifespan.shutdown.complete"})
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/deaf":
        await asyncio.sleep(60)
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})
    if message["type"] == "antiphon.stopping":
        await asyncio.sleep(0.3)
        await send({"type": "websocket.send", "text": "the last"})
        await send({"type": "websocket.close", "code": 1001})

tls = Tls(certificate=Path(sys.argv[1]), key=Path(sys.argv[2])) if len(sys.argv) > 1 else None
ready = lambda url: print(url, flush=True)
with asyncio.Runner(loop_factory=loop_factory()) as runner:
    runner.run(run(app, listen=Listen(port=0, tls=tls), limits=Limits(drain=1), on_ready=ready))
"""


class Client:
    """A socket, as `open_talk` wants it."""

    def __init__(self, port):
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.send = self.wire.sendall

    def read(self, until):
        got = b""
        while until not in got:
            got += self.wire.recv(65536)
        return got


@pytest.fixture
def process():
    """Start the script; gives the process, its port, and what opens a websocket to it."""
    started, talks = [], []

    def start(*arguments):
        child = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        port = int(child.stdout.readline().rsplit(":", 1)[1])

        def talk(path="/"):
            talks.append(open_talk(Client(port), path))
            return talks[-1]

        return SimpleNamespace(child=child, port=port, talk=talk)

    yield start
    for talk in talks:
        talk.wire.close()
    for child in started:
        child.kill()
        child.communicate()


def test_a_stop_lets_streams_finish_and_exits_with_0(process):
    running = process()
    talk = running.talk()
    running.child.send_signal(signal.SIGTERM)
    assert talk.hear() == "the last"
    assert talk.closed() == 1001
    talk.send(closing(1001))
    assert running.child.wait(10) == 0
    assert running.child.communicate() == ("closed\n", "")


def test_a_stream_that_outlasts_the_drain_is_cut(process):
    running = process()
    talk = running.talk("/deaf")
    running.child.send_signal(signal.SIGTERM)
    assert talk.closed() == 1001
    assert running.child.wait(10) == 0


def test_a_client_that_does_not_answer_holds_no_stop_up(process):
    running = process()
    talk = running.talk()
    running.child.send_signal(signal.SIGTERM)
    assert talk.closed() == 1001
    assert running.child.wait(10) == 0


def test_a_second_signal_ends_the_process_at_once(process):
    running = process()
    running.talk("/deaf")
    running.child.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        running.child.wait(0.3)
    running.child.send_signal(signal.SIGTERM)
    assert running.child.wait(0.5) == -signal.SIGTERM


@pytest.fixture
def certificate(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command = [openssl, "req", "-x509", "-subj", "/CN=h", *curve, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


@pytest.fixture
def trust():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def test_websockets_over_tls(process, certificate, trust):
    running = process(*certificate)
    async with connect(f"wss://127.0.0.1:{running.port}/", ssl=trust) as client:
        await client.send("x" * 200_000)
        assert await client.recv() == "x" * 200_000
        running.child.send_signal(signal.SIGTERM)
        assert await client.recv() == "the last"
        await client.wait_closed()
        assert client.close_code == 1001
    assert await asyncio.to_thread(running.child.wait, 10) == 0


async def test_a_client_that_breaks_the_rules_is_told_so_over_tls(process, certificate, trust):
    running = process(*certificate)
    async with connect(f"wss://127.0.0.1:{running.port}/", ssl=trust) as client:
        await client.send("x" * 300_000)
        await client.wait_closed()
        assert client.close_code == 1009


def test_two_hundred_idle_websockets_cost_little_memory(process):
    running = process()
    server = psutil.Process(running.child.pid)

    def opened(number):
        talks = [running.talk() for _ in range(number)]
        for talk in talks:
            talk.say("here")
            assert talk.hear() == "here"
        return server.memory_full_info().uss

    before = opened(10)
    assert opened(200) - before < 20_000_000
