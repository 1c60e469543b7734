"""Files that appear when they are whole."""

import os
from pathlib import Path

import pytest

from antiphon.kit.parts import Parts, part_of


def begun(folder: Path) -> Parts:
    parts = Parts()
    for name in ("a", "b"):
        with parts.open(folder / name) as file:
            file.write(name.encode())
    return parts


def test_a_part_stands_beside_its_file_and_names_who_writes_it() -> None:
    assert part_of(Path("songs/a.mp3"), 17) == Path("songs/.a.mp3.17.part")


def test_files_appear_together(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {part_of(Path(name), os.getpid()).name for name in "ab"}
    parts.publish()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"a", "b": b"b"}


def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    begun(tmp_path).discard()
    assert list(tmp_path.iterdir()) == []


def test_what_was_published_is_not_discarded(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    parts.publish()
    parts.discard()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_written_is_told_before_there_is_anything_to_write(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Parts().begin(tmp_path / "missing" / "a")
