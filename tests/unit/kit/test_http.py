import asyncio
import contextlib
import gc
import itertools

import pytest

from antiphon.kit.addresses import is_public, networks, parsed
from antiphon.kit.http import Client, Refused, Rules, Unreachable, target

FORBIDDEN = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 169.254.0.1
    169.254.169.254 169.254.170.2 168.63.129.16 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
    192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1
    64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::
    3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1
""".split()  # noqa: SIM905 - a table
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_addresses_that_are_not_for_everybody_are_known(text):
    assert not is_public(parsed(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_known(text):
    assert is_public(parsed(text))


@contextlib.asynccontextmanager
async def serving(answer):
    """A server on this machine that says one thing to everybody, and counts who came."""
    came = []

    async def serve(reader, writer):
        came.append(await reader.readuntil(b"\r\n\r\n"))
        with contextlib.suppress(ConnectionError):
            writer.write(answer(len(came)) if callable(answer) else answer)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


def ok(body=b"sound"):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def found(location):
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location.encode()


def resolving(*rounds):
    """A resolver whose answers change from one question to the next; the last one stays."""
    answers = itertools.chain(rounds, itertools.repeat(rounds[-1]))

    async def resolve(_host, _port):
        return next(answers)

    return resolve


@contextlib.asynccontextmanager
async def client(rules=None, **options):
    made = Client(rules or Rules(loopback=True), **options)
    try:
        yield made
    finally:
        await made.close()


async def test_a_file_is_fetched():
    async with serving(ok()) as (port, _), client() as http:
        assert await http.get(f"http://127.0.0.1:{port}/a?b=c", most=100, seconds=5) == b"sound"


async def test_a_body_is_posted_with_its_headers():
    async with serving(ok()) as (port, came), client() as http:
        answer = await http.post(f"http://127.0.0.1:{port}/hook", b"{}", {"X-Webhook-Id": "7"}, seconds=5)

    assert answer.status == 200
    assert came[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"X-Webhook-Id: 7\r\n" in came[0]
    assert f"Host: 127.0.0.1:{port}".encode() in came[0]


async def test_a_post_follows_no_redirect():
    async with serving(found("http://127.0.0.1/")) as (port, came), client() as http:
        assert (await http.post(f"http://127.0.0.1:{port}/", b"", {}, seconds=5)).status == 302
    assert len(came) == 1


async def test_a_few_redirects_are_followed_and_not_more():
    async with client() as http, serving(lambda n: found(f"/{n}") if n <= 3 else ok()) as (port, _):
        assert await http.get(f"http://127.0.0.1:{port}/", most=100, seconds=5) == b"sound"
    async with client() as http, serving(lambda n: found(f"/{n}")) as (port, came):
        with pytest.raises(Refused, match="redirects"):
            await http.get(f"http://127.0.0.1:{port}/", most=100, seconds=5)
        assert len(came) == 4


async def test_a_redirect_is_checked_like_the_first_address():
    allowed = Rules(allowed=networks(["127.0.0.1/32"]))
    async with client(allowed) as http, serving(found("http://127.0.0.2:80/")) as (port, _):
        with pytest.raises(Refused, match="address"):
            await http.get(f"http://127.0.0.1:{port}/", most=100, seconds=5)


@pytest.mark.parametrize(
    "location", ["http://[::1", "http://a:b@127.0.0.1/", "http://\x7f/", "gopher://x/", "http://" + "a" * 70_000]
)
async def test_a_redirect_to_what_is_no_url_is_refused(location):
    async with client() as http, serving(found(location)) as (port, came):
        with pytest.raises(Refused, match=r"url|scheme"):
            await http.get(f"http://127.0.0.1:{port}/", most=100, seconds=5)
        assert len(came) == 1


async def test_a_file_that_is_too_large_is_refused_whatever_it_claims():
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + bytes(1000) + b"\r\n0\r\n\r\n"
    async with client() as http, serving(endless) as (port, _):
        with pytest.raises(Refused, match="too_large"):
            await http.get(f"http://127.0.0.1:{port}/", most=999, seconds=5)


@pytest.mark.parametrize("answer", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
async def test_whoever_answers_rubbish_is_not_reached(answer):
    async with client() as http, serving(answer) as (port, _):
        with pytest.raises(Unreachable):
            await http.get(f"http://127.0.0.1:{port}/", most=999, seconds=5)


async def test_whoever_says_nothing_is_given_up():
    async with client() as http, serving(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + bytes(3)) as (port, _):
        with pytest.raises(Unreachable):
            await http.post(f"http://127.0.0.1:{port + 0}/", b"", {}, seconds=0.0)


@pytest.mark.parametrize("give_up", ["time", "cancelled"])
async def test_whoever_does_not_come_to_speak_safely_is_left_at_once(give_up):
    came, left = asyncio.Event(), asyncio.Event()

    async def silent(reader, writer):
        came.set()
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    gc.disable()  # Which would close what was forgotten.
    try:
        async with client() as http, server:
            asking = asyncio.create_task(http.get(url, most=9, seconds=0.5 if give_up == "time" else 60.0))
            await came.wait()
            if give_up == "cancelled":
                asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            async with asyncio.timeout(10):
                await left.wait()
    finally:
        gc.enable()


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_no_name_leads_to_an_address_that_is_not_for_everybody(address):
    async with client(Rules(), resolve=resolving([address])) as http:
        for url in ("https://example.com/", "http://example.com:8080/"):
            with pytest.raises(Refused, match="address"):
                await http.post(url, b"", {}, seconds=5)


async def test_a_name_with_one_forbidden_address_is_refused_whole():
    async with client(Rules(), resolve=resolving(["1.1.1.1", "127.0.0.1"])) as http:
        with pytest.raises(Refused, match="address"):
            await http.post("https://example.com/", b"", {}, seconds=5)


@pytest.mark.parametrize("url", ["https://example.com:22/", "https://example.com:6379/", "http://example.com/"])
async def test_public_servers_are_talked_to_on_their_ports_and_safely(url):
    async with client(Rules(), resolve=resolving(["1.1.1.1"])) as http:
        with pytest.raises(Refused, match=r"port|scheme"):
            await http.post(url, b"", {}, seconds=5)


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to():
    """A name that stands for another address a moment later: it is asked for once."""
    async with serving(ok()) as (port, came):
        resolve = resolving(["127.0.0.1"], ["10.0.0.1"])
        async with client(Rules(allowed=networks(["127.0.0.0/8"])), resolve=resolve) as http:
            assert await http.get(f"http://rebinding.example:{port}/", most=9, seconds=5) == b"sound"
            with pytest.raises(Refused, match="address"):
                await http.get(f"http://rebinding.example:{port}/", most=9, seconds=5)
    assert len(came) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "//host/", "https://", "https:///path", "https://a:b@example.com/", "https://user@example.com/"),
        *("https://exa mple.com/", "https://example.com/\n", "https://[::1/", "https://example.com:99999/"),
        *("https://" + "a" * 3000 + ".com/", "https://\x00.com/", "https://xn--zz--.com:x/"),
        *("https://.example/", "https://a..b/", "https://" + "a" * 64 + ".example/", "https://a.b../", "https://./"),
    ],
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(Refused):
        target(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "data:,x", "a:b"])
def test_other_schemes_are_refused(url):
    with pytest.raises(Refused):
        target(url)


SPELLINGS = [
    *("127.0.0.1", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.0.1"),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "127.0.0.1."),
    *("①②⑦.⓪.⓪.①", "127。0。0。1", "0.0.0.0", "0", "[::]", "169.254.169.254", "0xa9fea9fe", "[64:ff9b::7f00:1]"),  # noqa: S104
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_a_local_address_gets_through(host):
    """With the system's own resolver, which knows most of them."""
    async with client(Rules()) as http:
        with pytest.raises((Refused, Unreachable)):
            await http.post(f"https://{host}/", b"", {}, seconds=5)
