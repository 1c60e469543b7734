"""Starting and stopping the server: what it refuses to bind, whom it believes, how it ends."""

import asyncio
import http.client
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from antiphon.web.limits import Limits
from antiphon.web.serve import (
    CannotBind,
    InvalidProxy,
    Listen,
    Server,
    StartFailed,
    Tls,
    TlsUnusable,
    UnsafeBind,
    bind,
    check_exposure,
    config,
    run,
)

LAST = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

SCRIPT = """
import asyncio, sys
from antiphon.web.limits import Limits
from antiphon.web.serve import Listen, loop_factory, run

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed", flush=True)
        return await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    await asyncio.sleep(float(sys.argv[1]))
    await send({"type": "http.response.body", "body": b"ended"})

ready = lambda url: print(url, flush=True)
with asyncio.Runner(loop_factory=loop_factory()) as runner:
    runner.run(run(app, listen=Listen(port=0), limits=Limits(drain=1), on_ready=ready))
"""


async def tell(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    said = f"{scope['scheme']} {scope['client'][0]}".encode()
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": said})


@pytest.fixture
def process():
    """Start the script; it takes so many seconds in mid-response. Gives the process and its port."""
    started = []

    def start(seconds):
        child = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(child)
        return child, int(child.stdout.readline().rsplit(":", 1)[1])

    yield start
    for child in started:
        child.kill()
        child.communicate()


def begin(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", "/")
    response = client.getresponse()
    assert response.read(5) == b"begun"
    return client, response


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_a_running_response_finish_and_exits_with_0(process, number):
    child, port = process(0.5)
    client, response = begin(port)
    child.send_signal(number)
    assert response.read() == b"ended"
    client.close()
    assert child.wait(10) == 0
    assert child.stdout.read() == "closed\n"


def test_a_stop_takes_no_new_connections(process):
    child, port = process(0.7)
    client, response = begin(port)
    child.send_signal(signal.SIGTERM)
    response.read()
    client.close()
    child.wait(10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_response_that_outlasts_the_drain_is_broken_off(process):
    child, port = process(60)
    client, response = begin(port)
    child.send_signal(signal.SIGTERM)
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    client.close()
    assert child.wait(10) == 0


def test_a_second_signal_ends_the_process_at_once(process):
    child, port = process(60)
    client, _ = begin(port)
    child.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.3)
    child.send_signal(signal.SIGTERM)
    assert child.wait(0.5) == -signal.SIGTERM
    client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_loopback_address_needs_nothing(host):
    check_exposure(host=host, tls=None, behind_proxy=())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "example.org", "localhost.example.org"])  # noqa: S104 - refusing it is the point.
def test_any_other_address_needs_tls_or_a_proxy_and_the_error_says_how(host, tmp_path):
    with pytest.raises(UnsafeBind) as caught:
        check_exposure(host=host, tls=None, behind_proxy=())
    assert all(flag in str(caught.value) for flag in ("--tls-cert", "--tls-key", "--behind-proxy"))
    check_exposure(host=host, tls=Tls(certificate=tmp_path, key=tmp_path), behind_proxy=())
    check_exposure(host=host, tls=None, behind_proxy=("10.0.0.0/8",))


@pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "::/0", "proxy.example.org", "10.0.0.1/8", ""])
def test_a_proxy_is_an_address_or_a_network_and_not_everybody(proxy):
    with pytest.raises(InvalidProxy):
        check_exposure(host="127.0.0.1", tls=None, behind_proxy=(proxy,))


def test_a_port_in_use_is_named():
    with bind(Listen(port=0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(CannotBind) as caught:
            bind(Listen(port=port))
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)
    assert str(port) in str(caught.value)


def test_an_address_of_another_machine_cannot_be_bound():
    with pytest.raises(CannotBind):
        bind(Listen(host="192.0.2.1", port=0))


async def test_an_application_that_does_not_come_up_is_an_error():
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": ""})

    with pytest.raises(StartFailed):
        await run(broken, listen=Listen(port=0), on_ready=lambda _url: None)


async def ask(server_config, data, *, context=None):
    """Run a server for one request."""
    ready = asyncio.get_running_loop().create_future()
    with bind(Listen(port=0)) as bound:
        server = Server(server_config, on_ready=ready.set_result)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        url = await ready
        port = int(url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(data)
        said = await reader.read()
        writer.close()
        server.force_exit = True
        server.stop()
        await task
    return url, said


FORWARDED = b"GET / HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n"


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ((), b"http 127.0.0.1"),
        (("10.1.2.3",), b"http 127.0.0.1"),
        (("127.0.0.1",), b"https 203.0.113.9"),
        (("127.0.0.0/8",), b"https 203.0.113.9"),
    ],
)
async def test_forwarded_headers_are_believed_from_listed_proxies_only(proxies, seen):
    _, said = await ask(config(tell, listen=Listen(behind_proxy=proxies)), FORWARDED)
    assert seen in said


async def test_the_environment_does_not_add_proxies(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    _, said = await ask(config(tell, listen=Listen()), FORWARDED)
    assert b"http 127.0.0.1" in said


async def test_the_server_says_the_date_and_not_its_name():
    url, said = await ask(config(tell, listen=Listen()), LAST)
    assert url.startswith("http://127.0.0.1:")
    assert b"\r\ndate: " in said
    assert b"server:" not in said.lower()


@pytest.fixture
def certificate(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    tls = Tls(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", tls.key, "-out", tls.certificate]
    subprocess.run([openssl, "req", "-x509", "-subj", "/CN=h", *curve, *files], check=True, capture_output=True)
    return tls


async def test_a_certificate_gives_https(certificate):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    url, said = await ask(config(tell, listen=Listen(tls=certificate)), LAST, context=context)
    assert url.startswith("https://127.0.0.1:")
    assert b"https 127.0.0.1" in said


async def test_a_refusal_reaches_a_client_over_tls(certificate):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    settings = config(tell, listen=Listen(tls=certificate), limits=Limits(linger_time=0.2))
    _, said = await ask(settings, b"GET / HTTP/1.1\r\nX: " + b"v" * 100_000, context=context)
    assert said.startswith(b"HTTP/1.1 431 ")


async def test_a_silent_tls_handshake_is_closed(certificate):
    settings = config(tell, listen=Listen(tls=certificate))
    ready = asyncio.get_running_loop().create_future()
    with bind(Listen(port=0)) as bound:
        server = Server(settings, on_ready=ready.set_result, handshake=0.2)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        await ready
        reader, writer = await asyncio.open_connection(*bound.getsockname())
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()
        server.stop()
        await task


async def test_a_client_that_does_not_end_tls_is_closed(certificate):
    ready = asyncio.get_running_loop().create_future()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with bind(Listen(port=0)) as bound:
        server = Server(config(tell, listen=Listen(tls=certificate)), on_ready=ready.set_result, handshake=0.5)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        await ready
        wire = await asyncio.to_thread(socket.create_connection, bound.getsockname())
        with await asyncio.to_thread(context.wrap_socket, wire) as client:
            await asyncio.to_thread(client.sendall, LAST)
            assert await asyncio.to_thread(client.recv, 1000)
            async with asyncio.timeout(5):
                while server.server_state.connections:  # noqa: ASYNC110 - there is no event for it.
                    await asyncio.sleep(0.01)
        server.stop()
        await task


def test_a_missing_certificate_is_named(tmp_path):
    tls = Tls(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with pytest.raises(TlsUnusable, match=r"cert\.pem"):
        config(tell, listen=Listen(tls=tls))


def test_a_stop_from_a_thread_ends_the_run(tmp_path):
    ready = threading.Event()
    listen = Listen(port=0)
    server = Server(config(tell, listen=listen, limits=Limits(drain=1)), on_ready=lambda _url: ready.set())
    with bind(listen) as bound:
        thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[bound]),))
        thread.start()
        assert ready.wait(5)
        server.stop()
        thread.join(5)
    assert not thread.is_alive()
