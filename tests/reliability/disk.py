"""A disk that remembers what it was told, and can be found as a power cut may leave it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw

RECORDED = "recorded"
"""The name under which SQLite finds a `Recorder`."""
SECTOR = 512
"""Bytes that a disk writes wholly or not at all."""


class Op(NamedTuple):
    """What a file was told. `kind`: "write", "truncate" (to `offset`), "sync" or "delete"."""

    file: str
    kind: str
    offset: int = 0
    data: bytes = b""


class Recorder(apsw.VFS):
    """Passes everything on to a real folder, and notes what changes it."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        super().__init__(RECORDED, "")

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        return _Recorded(self.ops, name, flags)

    def xDelete(self, name, syncdir):  # noqa: N802 - as above
        super().xDelete(name, syncdir)
        self.ops.append(Op(Path(name).name, "delete"))


class _Recorded(apsw.VFSFile):
    def __init__(self, ops: list[Op], name, flags) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._ops, self._file = ops, Path(path).name if path else ""

    def xWrite(self, data, offset):  # noqa: N802 - SQLite's name
        self._ops.append(Op(self._file, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size):  # noqa: N802 - as above
        self._ops.append(Op(self._file, "truncate", size))
        super().xTruncate(size)

    def xSync(self, flags):  # noqa: N802 - as above
        super().xSync(flags)
        self._ops.append(Op(self._file, "sync"))


@dataclass(slots=True)
class Disk:
    """What is safe of each file, and what was told to it since."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    pending: dict[str, list[Op]] = field(default_factory=dict)

    def take(self, op: Op) -> None:
        if op.kind == "delete":
            self.safe.pop(op.file, None)
            self.pending.pop(op.file, None)
        elif op.kind == "sync":
            content = self.safe.setdefault(op.file, bytearray())
            for waiting in self.pending.pop(op.file, []):
                _apply(content, waiting)
        else:
            self.pending.setdefault(op.file, []).append(op)

    def after_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """A disk as it may be found: for each file another accident."""
        found = {}
        for file in self.safe.keys() | self.pending.keys():
            content = bytearray(self.safe.get(file, b""))
            for op in _survivors(self.pending.get(file, []), chance):
                _apply(content, op)
            if content or file in self.safe:  # A new file that nothing of reached the disk is not there.
                found[file] = content
        return found


def _apply(content: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del content[op.offset :]
        content.extend(bytes(op.offset - len(content)))
        return
    if len(content) < op.offset:
        content.extend(bytes(op.offset - len(content)))
    content[op.offset : op.offset + len(op.data)] = op.data


def _survivors(pending: list[Op], chance: random.Random) -> Iterator[Op]:
    """Those of the writes that reached the disk before the power was gone."""
    if not pending:
        return
    match chance.randrange(6):
        case 0:  # All dropped.
            return
        case 1:  # All there.
            yield from pending
        case 2:  # A beginning, its last torn.
            end = chance.randrange(len(pending))
            yield from pending[:end]
            yield from _torn(pending[end], chance)
        case 3:  # Any of them.
            yield from (op for op in pending if chance.random() < 0.5)
        case 4:  # Any of them, in any order.
            yield from chance.sample(pending, chance.randrange(len(pending) + 1))
        case _:  # Any sector of any of them.
            for op in pending:
                yield from _torn(op, chance)


def _torn(op: Op, chance: random.Random) -> Iterator[Op]:
    if op.kind != "write":
        if chance.random() < 0.5:
            yield op
        return
    start = 0
    while start < len(op.data):
        end = min(len(op.data), (op.offset + start) // SECTOR * SECTOR + SECTOR - op.offset)
        if chance.random() < 0.5:
            yield Op(op.file, "write", op.offset + start, op.data[start:end])
        start = end
