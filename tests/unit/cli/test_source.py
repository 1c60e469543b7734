import io
import sys

import pytest

from antiphon.cli.failing import CommandFailed
from antiphon.cli.source import given_text, open_file


def test_a_given_text_is_its_own_source():
    source = given_text("Grüße")
    assert (source.length, "".join(source.chunks())) == (7, "Grüße")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(CommandFailed, match="nothing to say"):
        given_text(text)


def test_a_file_is_read_in_parts_that_split_no_character(tmp_path):
    text = "äöü€😀" * 30_000
    path = tmp_path / "book.txt"
    path.write_text("x" + text, encoding="utf-8")
    source = open_file(path)
    chunks = list(source.chunks())
    assert len(chunks) > 3
    assert "".join(chunks) == "x" + text
    assert source.length == path.stat().st_size


def test_a_byte_order_mark_is_not_read_out(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("Hello", encoding="utf-8-sig")
    assert "".join(open_file(path).chunks()) == "Hello"


def test_a_file_that_is_not_there_is_told_at_once(tmp_path):
    with pytest.raises(CommandFailed, match="No such file"):
        open_file(tmp_path / "nothing.txt")


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(CommandFailed, match="Is a directory"):
        open_file(tmp_path)


@pytest.mark.parametrize("content", [b"caf\xe9 ole", b"fine, then \xc3", b"\xed\xa0\x80"])
def test_what_is_no_utf_8_is_told_while_reading(tmp_path, content):
    path = tmp_path / "book.txt"
    path.write_bytes(content)
    with pytest.raises(CommandFailed, match=r"book\.txt is not UTF-8"):
        list(open_file(path).chunks())


class _Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False


def test_without_a_text_it_is_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input("Grüße".encode()))
    source = given_text(None)
    assert (source.length, "".join(source.chunks())) == (0, "Grüße")
