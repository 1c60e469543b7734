"""The process that makes one cover or one film, and ends. Run as `python -m antiphon.engines.sleeve.worker`.

It reads an order, a line of JSON, and tells how far it is, a line of JSON each; see `order`. The file appears under its
name when it is whole. SIGTERM ends it without leaving anything behind; so does the end of whoever listened.
"""

from collections.abc import Callable

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.making import Progressed, Refused
from antiphon.engines.sleeve.cover import cover
from antiphon.engines.sleeve.order import CoverOrder, Done, Failed, FilmOrder, Order, Report, order_of, packed
from antiphon.kit import runner
from antiphon.kit.parts import Parts

_FEWEST = 0.01
"""The share of a film that is worth a line."""


def work(order: Order, tell: runner.Tell) -> None:
    """Make what is ordered.

    Raises:
        InvalidRequest: It cannot be made.
        OSError: A file cannot be read or written.
    """
    parts = Parts()
    try:
        part = parts.begin(order.file)
        match order:
            case CoverOrder():
                part.write_bytes(cover(order.wish))
            case FilmOrder():
                from antiphon.engines.sleeve.film import film  # noqa: PLC0415 - covers are to be quick

                film(order, part, _sparing(tell))
        parts.publish()
    finally:
        parts.discard()


def last_report(order: Order, tell: runner.Tell) -> Report:
    """Do what is ordered, and say how it ended."""
    try:
        work(order, tell)
    except InvalidRequest as wrong:
        return Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts)
    except MemoryError:
        return Failed(reason="memory", detail=f"more than {order.limits.memory} bytes")
    except BrokenPipeError:
        raise
    except OSError as failure:
        return Failed(reason="file", detail=f"{failure.filename or order.file}: {failure.strerror}")
    return Done()


def ordered(line: bytes, tell: runner.Tell) -> None:
    """Do what a line orders."""
    order = order_of(line)
    runner.limit(memory=order.limits.memory, seconds=order.limits.seconds)
    tell(packed(last_report(order, tell)))


def _sparing(tell: runner.Tell) -> Callable[[float], None]:
    """Tells only what is worth it."""
    told = -1.0

    def progress(share: float) -> None:
        nonlocal told
        if share - told >= _FEWEST:
            told = share
            tell(packed(Progressed(share=round(share, 3))))

    return progress


if __name__ == "__main__":
    runner.run(ordered)
