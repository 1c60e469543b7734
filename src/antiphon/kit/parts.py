"""Files that are being written, which appear under their names together and whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def part_of(path: Path, process: int) -> Path:
    """What a file is called until a process, by its number, has written it whole."""
    return path.with_name(f".{path.name}.{process}.part")


class Parts:
    """The files that this process is writing."""

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}

    def begin(self, path: Path) -> Path:
        """Find out whether it can be written, before there is much to write; what it is called until then."""
        part = part_of(path, os.getpid())
        part.touch(exist_ok=False)
        self._parts[path] = part
        return part

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """One of them, for writing."""
        if path not in self._parts:
            self.begin(path)
        with self._parts[path].open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Let them appear under their names."""
        for path, part in self._parts.items():
            part.replace(path)
        self._parts.clear()

    def discard(self) -> None:
        """Let those that have not appeared be gone."""
        for part in self._parts.values():
            part.unlink(missing_ok=True)
