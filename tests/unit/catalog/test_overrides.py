"""An operator's file over ours: merged, or refused with its line."""

import pytest
from pydantic import BaseModel, ConfigDict, model_validator

from antiphon.catalog.overrides import CatalogueError, fault, load, read


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int
    seconds: int


class Shape(BaseModel):
    entry: dict[str, Inner] = {}
    rows: list[Inner] = []

    @model_validator(mode="after")
    def few(self):
        if len(self.entry) > 3:
            raise ValueError("too many entries")
        return self


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "ours.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def refusal(path, name="limits.toml"):
    with pytest.raises(CatalogueError) as refused:
        load(name, path)
    return refused.value


def test_without_an_override_ours_is_given():
    assert load("limits.toml")["soniox"]["tts"]["concurrency"] == {"organization": 3, "project": 3}


def test_tables_are_merged_entry_by_entry(write):
    path = write("[soniox.tts.rates.organization]\nlimit = 1000\n[soniox.tts.concurrency]\nproject = 9\n")
    ours, merged = load("limits.toml"), load("limits.toml", path)
    ours["soniox"]["tts"]["rates"]["organization"]["limit"] = 1000
    ours["soniox"]["tts"]["concurrency"]["project"] = 9
    assert merged == ours


def test_what_ours_has_not_is_added(write):
    assert load("limits.toml", write("[new.table]\nlist = [1, 2]\n"))["new"] == {"table": {"list": [1, 2]}}


def test_an_empty_file_changes_nothing(write):
    assert load("limits.toml", write("")) == load("limits.toml")


def test_a_file_that_is_not_there_is_named(tmp_path):
    error = refusal(tmp_path / "none.toml")
    assert (error.path, error.line, error.reason) == (
        tmp_path / "none.toml",
        0,
        "cannot be read: No such file or directory",
    )


def test_a_folder_is_no_file(tmp_path):
    assert refusal(tmp_path).reason == "cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("limit == 3\n", 1),
        ("a = 1\n\n# so far so good\nb = \n", 4),
        ("a = 1\nb = [\n  1,\n  2\n", 2),
        ("a = 1\nb = [\n  1,\n  x,\n]\nc = 3\n", 2),
        ('a = """\nb = 1\n', 1),
        ("[t]\na = 1\n[t]\n", 3),
        ("a = 1\na = 2", 2),
        ("a = 1\r\nb = 2\r\nc\r\n", 3),
        ("\ufeffa = 1", 1),
        ("\n\na = " + "[" * 5000, 3),
    ],
)
def test_what_is_not_toml_is_told_with_the_line_of_its_statement(write, text, line):
    error = refusal(write(text))
    assert (error.line, error.reason.startswith("is not TOML: ")) == (line, True)


def test_what_is_not_utf_8_is_told_with_its_line(write):
    error = refusal(write(b"a = 1\nb = '\xff'\n"))
    assert (error.line, error.reason) == (2, "is not UTF-8")


def test_a_value_in_the_place_of_a_table_is_told(write):
    error = refusal(write("# mine\n[soniox]\ntts = 5\n"))
    assert (error.line, error.reason) == (3, "soniox.tts: has to be a table")


def test_the_message_leads_to_the_line(write):
    path = write("[soniox]\ntts = 5\n")
    assert str(refusal(path)) == f"{path}:2: soniox.tts: has to be a table"


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("[a.b]\nc = 1\n\nd = 2\n", ("a", "b", "d"), 4),
        ("[a.b]\nc = 1\n\nd = 2\n", ("a", "b"), 1),
        ("[a.b]\nc = 1\n\nd = 2\n", ("a", "b", "missing"), 1),
        ("[a]\nx = 1\n[b]\nx = 1\n", ("b", "x"), 4),
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b", "d"), 2),
        ("x = 1\na = { b = 1, c = { d = 2 } }\n", ("a", "c", "d"), 2),
        ('x = """\na = 1\n"""\na = 2\n', ("a",), 4),
        ("'a' = 1\n\"b\" = 2\n", ("b",), 2),
        ("[[r]]\nx = 1\n[[r]]\nx = 2\n", ("r", 1, "x"), 4),
        ("[[r]]\nx = 1\n\n[[r]]\ny = 2\n", ("r", 1, "x"), 4),
        ("l = [\n  1,\n  2,\n]\n", ("l", 1), 1),
        ("x = 'a\u2028b'\ny = 1\n", ("y",), 2),
        ("x = 1\n", (), 1),
        ("", ("a",), 1),
    ],
)
def test_a_fault_is_told_at_the_line_that_brings_it_in(write, text, keys, line):
    assert fault(write(text), keys, "no").line == line


def test_a_file_of_the_right_shape_is_read(write):
    shape = read("limits.toml", write("[entry.a]\nlimit = 1\nseconds = 2\n"), Shape)
    assert shape.entry == {"a": Inner(limit=1, seconds=2)}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[entry.a]\nlimit = 1\nseconds = 'x'\n", 3, "entry.a.seconds: Input should be a valid integer"),
        ("[entry.b]\nlimit = 1\n", 1, "entry.b.seconds: Field required"),
        ("[entry.b]\nlimit = 1\nseconds = 1\n\nlimt = 2\n", 5, "entry.b.limt: Extra inputs are not permitted"),
        (
            "[[rows]]\nlimit = 1\nseconds = 1\n[[rows]]\nlimit = []\nseconds = 1\n",
            5,
            "rows.1.limit: Input should be a valid integer",
        ),
        ("".join(f"[entry.{n}]\nlimit = 1\nseconds = 1\n" for n in "abcd"), 1, "too many entries"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_line_and_reason(write, text, line, reason):
    with pytest.raises(CatalogueError) as refused:
        read("limits.toml", write(text), Shape)
    assert (refused.value.line, refused.value.reason.startswith(reason)) == (line, True)


def test_a_fault_of_ours_is_told_in_ours():
    class Other(BaseModel):
        musicapi: int

    with pytest.raises(CatalogueError) as refused:
        read("limits.toml", None, Other)
    assert refused.value.path.name == "limits.toml"
    assert refused.value.path.read_text().splitlines()[refused.value.line - 1] == "[musicapi.create.rates]"
