"""Where sound goes."""

import contextlib
import sys
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
    """A file that appears under its name only when it is whole, or standard output for "-".

    Raises:
        CommandFailed: It cannot be written.
    """
    if name == "-":
        if sys.stdout.isatty():
            raise CommandFailed("this would fill the terminal with sound; send it on, as in -o - | ffplay -")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w+b") as file:
            yield file
            if encoding.codec in _FINISH:
                _FINISH[encoding.codec](file)
        part.replace(path)
    except OSError as failure:
        raise CommandFailed(f"{name}: {failure.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
