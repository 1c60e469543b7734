"""How much, and for how long, one client may."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the server. Sizes in bytes, times in seconds, rates in bytes per second.

    Args:
        header: Request line and header fields together; also one run of chunk extensions or trailers.
        url: The request's target.
        header_time: From the connection, or from a later request's first byte, to the end of its header.
        body_grace: How long a body may take without regard to its rate.
        body_rate: Average that a body must keep after `body_grace`, and a response once its client stalls.
        body_time: The longest a body may take in all. While the application does not read, no time passes.
        keep_alive: How long a connection may lie idle between two requests.
        write_stall: How long a client may take next to nothing of a response.
        unread: The most that is read of a body nobody wants, to keep the connection.
        linger: After an early answer or a refusal, the most that is read and thrown away before closing, so
            that the client finds the answer and not a reset.
        linger_time: The longest time for that.
        max_connections: Open at once; further ones get a 503.
        drain: On a stop, how long running requests may still take; whole seconds.
        message: A websocket's message, in one frame or many.
        ping_after: How long nothing at all may come on a websocket before its client is asked for a sign of life.
        pong_within: How long it may then take to give one.
        close_time: How long it may take to answer that its websocket is closed.
    """

    header: int = 16 * 1024
    url: int = 4 * 1024
    header_time: float = 10.0
    body_grace: float = 10.0
    body_rate: float = 1024.0
    body_time: float = 120.0
    keep_alive: float = 5.0
    write_stall: float = 30.0
    unread: int = 64 * 1024
    linger: int = 1024 * 1024
    linger_time: float = 2.0
    max_connections: int = 2048
    drain: int = 30
    message: int = 256 * 1024
    ping_after: float = 20.0
    pong_within: float = 20.0
    close_time: float = 5.0
