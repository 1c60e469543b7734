"""Where sound goes."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from antiphon.audio import flac, wav
from antiphon.cli.failing import CommandFailed
from antiphon.domain.speech import Codec, Encoding

_FINISH = {Codec.WAV: wav.finish_file, Codec.FLAC: flac.finish_file}
"""What a stream cannot know at its beginning, its length, is put in afterwards where there is a file."""


class Output(Protocol):
    """Takes encoded bytes, in order."""

    def write(self, data: bytes) -> object:
        """Take some."""


@contextlib.contextmanager
def open_output(name: str, encoding: Encoding) -> Iterator[Output]:
    """A file that appears under its name only when it is whole; "-" is standard output.

    What is there already and is no file (a device, a pipe) is written to as it is, from the first byte on.

    Raises:
        CommandFailed: It cannot be written.
    """
    path = Path(name).resolve()  # What a link points to is replaced, not the link.
    try:
        if name == "-":
            yield from _standard_output()
        elif path.exists() and not path.is_file():
            with path.open("wb") as sink:
                yield sink
        else:
            yield from _whole_file(path, encoding)
    except BrokenPipeError:
        raise  # Whoever read has had enough, which is no failure of the output's.
    except OSError as failure:
        raise CommandFailed(f"{name}: {failure.strerror or failure}") from None


def _standard_output() -> Iterator[Output]:
    if sys.stdout.isatty():
        raise CommandFailed("this would fill the terminal with sound; send it on, as in -o - | ffplay -")
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _whole_file(path: Path, encoding: Encoding) -> Iterator[Output]:
    """Write beside the name, under one that nobody can have put there, and rename in the end."""
    descriptor, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            if encoding.codec in _FINISH:
                _FINISH[encoding.codec](file)
        Path(part).chmod(0o666 & ~_umask())  # mkstemp's own mode is for secrets.
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


def _umask() -> int:
    """The mask of new files' modes; the only way to read it is to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
