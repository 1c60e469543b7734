"""The process that paints the pictures of one wish, and ends. Run as `python -m antiphon.engines.painter.worker`.

It reads an order, a line of JSON, and tells how far it is, a line of JSON each; see `making`. The files appear under
their names together, when they are whole. SIGTERM ends it without leaving anything behind; so does the end of whoever
listened.
"""

from collections.abc import Iterator

from antiphon.engines.making import File, last_report, packed, sparing
from antiphon.engines.painter.brief import Request
from antiphon.engines.painter.export import encoded
from antiphon.engines.painter.order import PaintOrder, likeness_of, order_of
from antiphon.engines.painter.studio import pictures
from antiphon.kit import runner
from antiphon.kit.parts import Parts

_PAINTED = 0.95
"""The share of the work that is done before the last file is written."""


def work(order: PaintOrder, tell: runner.Tell) -> Iterator[File]:
    """Make what is ordered.

    Raises:
        InvalidRequest: It cannot be made.
        OSError: A file cannot be written.
    """
    wish, progress, parts = order.wish, sparing(tell), Parts()
    request = Request(
        prompt=wish.prompt,
        seed=wish.seed,
        aspect=wish.aspect,
        size=wish.size,
        count=wish.count,
        like=likeness_of(wish.like),
    )
    try:
        begun = [(path, parts.begin(path)) for path in order.files()]
        painted = pictures(request, lambda share: progress(share * _PAINTED))
        for (path, part), picture in zip(begun, painted, strict=True):
            part.write_bytes(encoded(picture.pixels, wish.format, seed=wish.seed, title=wish.title))
            rows, columns = picture.pixels.shape[:2]
            yield File(name=path.name, width=columns, height=rows, unwritten=picture.unwritten)
        parts.publish()
    finally:
        parts.discard()


def ordered(line: bytes, tell: runner.Tell) -> None:
    """Do what a line orders."""
    order = order_of(line)
    runner.limit(memory=order.limits.memory, seconds=order.limits.seconds)
    tell(packed(last_report(lambda: work(order, tell))))


if __name__ == "__main__":
    runner.run(ordered)
