"""Folders for what is thrown away, and what it means that one cannot be had, or not be written to."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from antiphon.domain.errors import Unavailable, UnavailableCause


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes with the context.

    Raises:
        Unavailable: This machine refuses what is done with it: its disk is full, or it has too many files open.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure
