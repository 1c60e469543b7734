"""Telling the log what failed, and nothing of what the client sent."""

import logging
import traceback

logger = logging.getLogger("antiphon.web")


def report(error: BaseException, request_id: str = "") -> None:
    """Log where an application failed and with what kind of error.

    What the error says is left out: it may quote the request's body or a key.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    kinds: list[str] = []
    link: BaseException | None = error
    while link is not None and len(kinds) < 5:  # noqa: PLR2004 - a chain may be a ring.
        kinds.append(f"{type(link).__module__}.{type(link).__qualname__}")
        link = link.__cause__ or link.__context__
    logger.error("application failed: %s %s\n%s", " from ".join(kinds), request_id, where)
