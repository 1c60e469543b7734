"""The process that makes one film, and ends. Run as `python -m antiphon.engines.film.worker`; see `painter.worker`."""

from collections.abc import Iterator

from antiphon.engines.film.order import FilmOrder, order_of
from antiphon.engines.film.request import Request
from antiphon.engines.film.studio import make
from antiphon.engines.making import File, last_report, packed, sparing
from antiphon.engines.painter.order import likeness_of
from antiphon.kit import runner
from antiphon.kit.parts import Parts


def work(order: FilmOrder, tell: runner.Tell) -> Iterator[File]:
    """Make what is ordered.

    Raises:
        InvalidRequest: It cannot be made.
        OSError: A file cannot be written.
    """
    wish, parts = order.wish, Parts()
    request = Request(
        prompt=wish.prompt,
        seed=wish.seed,
        seconds=wish.seconds,
        size=wish.size,
        aspect=wish.aspect,
        like=likeness_of(() if wish.like is None else (wish.like,)),
        name=wish.title,
    )
    try:
        with parts.open(order.file) as file:
            film = make(request, file, sparing(tell))
        parts.publish()
    finally:
        parts.discard()
    width, height = request.pixels()
    yield File(name=order.file.name, width=width, height=height, unwritten=film.unwritten)


def ordered(line: bytes, tell: runner.Tell) -> None:
    """Do what a line orders."""
    order = order_of(line)
    runner.limit(memory=order.limits.memory, seconds=order.limits.seconds)
    tell(packed(last_report(lambda: work(order, tell))))


if __name__ == "__main__":
    runner.run(ordered)
