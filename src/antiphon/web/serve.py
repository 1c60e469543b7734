"""Running the server: what it binds, whom it believes, how it stops."""

import asyncio
import contextlib
import functools
import ipaddress
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, cast

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from antiphon.domain.errors import AntiphonError
from antiphon.web.limits import Limits
from antiphon.web.protocol import Protocol
from antiphon.web.refusal import Refuse, neutral

_BACKLOG = 1024
_UNSENT_IN_KERNEL = 64 * 1024
_FILES_BESIDES_CONNECTIONS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A certificate chain and its private key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to listen, and whom to believe.

    Args:
        host: An address or name of this machine.
        port: 0 takes a free one.
        tls: Speak HTTPS.
        behind_proxy: Addresses and networks of the proxies whose `X-Forwarded-For` and `-Proto` are believed.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    tls: Tls | None = None
    behind_proxy: tuple[str, ...] = ()


class UnsafeBind(AntiphonError):
    """Others could reach the address, and would speak to it in clear.

    Args:
        host: The address.
    """

    code = "unsafe_bind"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other machines, and keys would travel in clear. Give a certificate "
            "(--tls-cert FILE --tls-key FILE), or, with a proxy in front that speaks TLS, its addresses "
            "(--behind-proxy ADDRESS), or listen on 127.0.0.1."
        )
        self.host = host


class InvalidProxy(AntiphonError):
    """Not the address of a proxy.

    Args:
        given: What was given.
    """

    code = "invalid_proxy"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"--behind-proxy wants addresses or networks such as 10.0.0.2 or 10.0.0.0/24, not {given!r}. "
            "Everybody is not a proxy: who may set X-Forwarded-For can claim to be anyone."
        )
        self.given = given


class CannotBind(AntiphonError):
    """The address is in use, or is not ours.

    Args:
        host: The address.
        port: The port.
        reason: What the system says.
    """

    code = "cannot_bind"

    def __init__(self, host: str, *, port: int, reason: str) -> None:
        super().__init__(f"Cannot listen on {host} port {port}: {reason}. Another --port may be free.")
        self.host = host
        self.port = port
        self.reason = reason


class TlsUnusable(AntiphonError):
    """The certificate or the key cannot be read, or they do not belong together.

    Args:
        tls: The files.
        reason: What went wrong.
    """

    code = "tls_unusable"

    def __init__(self, tls: Tls, reason: str) -> None:
        super().__init__(f"Cannot use --tls-cert {tls.certificate} with --tls-key {tls.key}: {reason}.")
        self.tls = tls
        self.reason = reason


class StartFailed(AntiphonError):
    """The application did not come up; the log says why."""

    code = "start_failed"


def check_exposure(*, host: str, tls: Tls | None, behind_proxy: Sequence[str]) -> None:
    """Refuse what would send keys over a network in clear, or believe anyone's headers.

    Raises:
        UnsafeBind: Not a loopback address, and neither TLS nor a proxy.
        InvalidProxy: A proxy is not an address or a network, or is everybody.
    """
    for proxy in behind_proxy:
        try:
            network = ipaddress.ip_network(proxy)
        except ValueError as error:
            raise InvalidProxy(proxy) from error
        if network.prefixlen == 0:
            raise InvalidProxy(proxy)
    if tls is None and not behind_proxy and not is_loopback(host):
        raise UnsafeBind(host)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; of names, only `localhost` is believed."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def config(
    app: Any,
    *,
    listen: Listen,
    limits: Limits | None = None,
    refuse: Refuse = neutral,
) -> uvicorn.Config:
    """How uvicorn is to run the application.

    Args:
        app: An ASGI 3 application.
        listen: Where, and whom to believe.
        limits: What a client may.
        refuse: Makes the body of a refusal.

    Raises:
        UnsafeBind, InvalidProxy: As `check_exposure`.
        TlsUnusable: The certificate cannot be used.
    """
    limits = limits or Limits()
    check_exposure(host=listen.host, tls=listen.tls, behind_proxy=listen.behind_proxy)
    context = None if listen.tls is None else _context(listen.tls)
    return uvicorn.Config(
        app,
        host=listen.host,
        port=listen.port,
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        # uvicorn calls it like a class, and asks nothing else of it.
        http=cast("type[asyncio.Protocol]", functools.partial(Protocol, limits=limits, refuse=refuse)),
        ws="none",  # It has websockets of its own.
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        workers=1,
        server_header=False,
        date_header=True,
        proxy_headers=bool(listen.behind_proxy),
        forwarded_allow_ips=list(listen.behind_proxy),
        backlog=_BACKLOG,
        timeout_graceful_shutdown=limits.drain,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )


def bind(listen: Listen) -> socket.socket:
    """A socket that listens.

    Raises:
        CannotBind: The address is in use, or is not ours.
    """
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        # It says TCP, because asyncio turns off the delay of small packets only where a socket does.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise CannotBind(listen.host, port=listen.port, reason=error.strerror or str(error)) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it the kernel hides for minutes whether a client takes anything.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_IN_KERNEL)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise CannotBind(listen.host, port=listen.port, reason=error.strerror or str(error)) from error
    return bound


class Server(uvicorn.Server):
    """uvicorn's server, with our way of stopping.

    The first SIGTERM or SIGINT lets running requests finish, the second ends the process at once. Unlike with
    uvicorn's own, an orderly stop does not end in the signal again: the process can exit with 0.

    Args:
        config: From `config`.
        on_ready: Called with the address as a URL, once requests are taken.
        handshake: Seconds that the handshake of TLS may take, and its good-bye.
    """

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[str], None], handshake: float = 10.0) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._handshake = handshake

    def stop(self) -> None:
        """Ask for an orderly stop; from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then take connections.

        Raises:
            StartFailed: The application did not come up.
        """
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise StartFailed("The server could not start; the log says why.")
        loop = asyncio.get_running_loop()
        protocol = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        make = functools.partial(
            protocol, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        context = self.config.ssl
        patience = None if context is None else self._handshake
        self.servers = [
            await loop.create_server(
                make,
                sock=bound,
                ssl=context,
                ssl_handshake_timeout=patience,
                ssl_shutdown_timeout=patience,
                backlog=_BACKLOG,
            )
            for bound in sockets or []
        ]
        self.started = True
        for bound in sockets or []:
            self._on_ready(_url(bound, self.config))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the stopping signals while the server runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is given.
        """Stop in an orderly way; if that was already asked for, at once."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self.stop()


async def run(
    app: Any,
    *,
    listen: Listen,
    limits: Limits | None = None,
    refuse: Refuse = neutral,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until a signal says stop.

    Args:
        app: An ASGI 3 application.
        listen: Where, and whom to believe.
        limits: What a client may.
        refuse: Makes the body of a refusal.
        on_ready: Called with the address as a URL, once requests are taken.

    Raises:
        CannotBind, UnsafeBind, InvalidProxy, TlsUnusable, StartFailed: It cannot start; the message says why.
    """
    limits = limits or Limits()
    settings = config(app, listen=listen, limits=limits, refuse=refuse)
    bound = bind(listen)
    with contextlib.closing(bound):
        raise_open_files(limits.max_connections + _FILES_BESIDES_CONNECTIONS)
        await Server(settings, on_ready=on_ready, handshake=limits.header_time).serve(sockets=[bound])


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The fastest event loop there is, for `asyncio.Runner`."""
    if find_spec("uvloop"):
        import uvloop  # noqa: PLC0415 - it need not be there.

        return uvloop.new_event_loop
    return asyncio.new_event_loop


def raise_open_files(wanted: int) -> None:
    """Let this process have so many open files, as far as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _url(bound: socket.socket, settings: uvicorn.Config) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.is_ssl else 'http'}://{host}:{bound.getsockname()[1]}"


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise TlsUnusable(tls, error.strerror or str(error)) from error
    return context
