"""The server with a bug, on purpose: it does not notice when a websocket's client leaves."""

from antiphon.cli.main import main
from antiphon.surfaces.soniox.stream import Stream
from antiphon.web.body import ClientGone

_end = Stream.end


def _deaf(stream: Stream, reason: Exception) -> None:
    if not isinstance(reason, ClientGone):
        _end(stream, reason)


if __name__ == "__main__":
    Stream.end = _deaf  # type: ignore[method-assign]
    Stream.look = lambda _stream: None  # type: ignore[method-assign]
    main()
