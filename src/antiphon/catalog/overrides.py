"""Reads a file of the catalogue, with an operator's file of the same shape merged over it.

Tables are merged entry by entry; any other value, a list too, replaces ours. Whatever is wrong is told with the
file, the line and the reason.
"""

import copy
import functools
import io
import itertools
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from antiphon.domain.errors import AntiphonError

Key = str | int
"""A step into a TOML document: an entry of a table, or a place in a list."""

Shape = TypeVar("Shape", bound=BaseModel)

_NOT_TOML = (tomllib.TOMLDecodeError, RecursionError)


class CatalogueError(AntiphonError):
    """A file of the catalogue cannot be used. The message is meant for whoever runs the server.

    Args:
        path: The file.
        line: Where the fault is, from 1; 0 where the file cannot be read at all.
        reason: What is wrong.
    """

    code = "catalogue_refused"

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


def load(name: str, override: Path | None = None) -> dict[str, Any]:
    """The catalogue's file `name`, such as "limits.toml", with `override` merged over it; not checked further.

    Raises:
        CatalogueError: The override cannot be read, is no TOML, or has a value where ours has a table.
    """
    ours = copy.deepcopy(_ours(name))
    return ours if override is None else _merge(ours, _parse(override), path=override)


def read(name: str, override: Path | None, shape: type[Shape]) -> Shape:
    """As `load`, and checked.

    Args:
        name: Of the catalogue's file.
        override: The operator's file, if there is one.
        shape: What the merged file has to look like. A `ValueError` of its validators is told to the operator.

    Raises:
        CatalogueError: As `load`; or the merged file is not of that shape.
    """
    document = _ours(name) if override is None else load(name, override)
    try:
        return shape.model_validate(document)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False)[0]
        reason = str(error.get("ctx", {}).get("error", error["msg"]))
        raise fault(_our_path(name) if override is None else override, error["loc"], reason) from None


def fault(path: Path, keys: Sequence[Key], reason: str) -> CatalogueError:
    """The error that says what is wrong with the value under `keys`, at its line or its nearest table's.

    Args:
        path: A file that is TOML.
        keys: The way to the value, as far as the file has it.
        reason: What is wrong, in words that follow a colon.
    """
    present = _present(_parse(path), keys)
    where = ".".join(str(key) for key in keys)
    return CatalogueError(path, _line(_text(path), present), f"{where}: {reason}" if where else reason)


def _our_path(name: str) -> Path:
    return Path(str(resources.files(__package__).joinpath(name)))


@functools.cache
def _ours(name: str) -> dict[str, Any]:
    """As it is in the box, read once: whoever may change it gets a copy."""
    return _parse(_our_path(name))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogueError(path, 0, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CatalogueError(path, line, "is not UTF-8") from error


def _parse(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return tomllib.loads(text)
    except _NOT_TOML as error:
        raise CatalogueError(path, _line(text, None), f"is not TOML: {error}") from error


def _merge(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], *, path: Path, keys: tuple[str, ...] = ()
) -> dict[str, Any]:
    merged = dict(ours)
    for key, value in theirs.items():
        here = (*keys, key)
        match merged.get(key), value:
            case dict() as below, dict():
                merged[key] = _merge(below, value, path=path, keys=here)
            case dict(), _:
                raise fault(path, here, "has to be a table")
            case _:
                merged[key] = value
    return merged


def _present(document: object, keys: Sequence[Key]) -> Sequence[Key]:
    """As much of the way as there is."""
    for depth, key in enumerate(keys):
        try:
            document = document[key]  # type: ignore[index]
        except (TypeError, LookupError):
            return keys[:depth]
    return keys


def _line(text: str, keys: Sequence[Key] | None) -> int:
    """The line on which the statement begins that brings `keys` in; None: the one that is not TOML.

    The parser tells no lines, so it is asked about ever longer beginnings of the text: those that are whole are
    where statements end.
    """
    lines = list(io.StringIO(text))
    begins = 1
    for ends, beginning in enumerate(itertools.accumulate(lines), start=1):
        try:
            document = tomllib.loads(beginning)
        except _NOT_TOML:
            continue
        if keys is not None and len(_present(document, keys)) == len(keys):
            return begins
        begins = ends + 1
    return min(begins, max(1, len(lines)))
