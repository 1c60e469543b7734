"""Tasks and reports as lines of JSON, and back."""

from pathlib import Path

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song import task as values
from antiphon.engines.song.brief import Request
from antiphon.engines.song.score import Key, Mode, Singer
from antiphon.engines.song.task import Files, Limits, Task, packed, part_of, report_of, task_of
from antiphon.engines.song.verbs.again import Change
from unit.engines.song.test_written import a_score

SINGER = Singer(gender="male", lowest=45, highest=67)
CHANGE = Change(style="jazz", seed=4, instrumental=False, singer=SINGER, audio_weight=0.25)
MAKINGS = (
    values.Create(request=Request(seed=1, style="pop", lyrics="La", seconds=30.5, gender="female", singer=SINGER)),
    values.Extend(source=a_score(), at=3.5, change=CHANGE),
    values.Concat(source=a_score(), extension=a_score()),
    values.Cover(source=a_score(), change=CHANGE),
    values.Replace(source=a_score(), start=1.0, end=2.5),
    values.Mashup(first=a_score(), second=a_score()),
    values.Sample(source=a_score(), start=0.0, end=2.5, change=CHANGE),
    values.AddVocals(source=a_score(), change=CHANGE),
    values.AddInstrumental(source=a_score(), start=1.0),
    values.Remaster(source=a_score(), level="high"),
)
REPORTS = (
    values.Progressed(stage="sing", share=0.25),
    values.Made(
        title="Sea",
        seconds=12.5,
        bpm=96.0,
        key=Key(tonic=9, mode=Mode.MINOR),
        style="pop",
        seed=7,
        understood=(("popp", "pop"),),
        unknown=("zzz",),
        language="en",
        lyrics="[Chorus]\nSea,",
        files={"mp3": Path("a.mp3")},
        stems=("drums",),
    ),
    values.Refused(reason="out_of_range", field="at", facts={"low": 0.0, "high": 12.5}),
    values.Failed(reason="file", detail="a.mp3: Permission denied"),
)


@pytest.mark.parametrize("making", MAKINGS, ids=lambda making: making.verb)
def test_a_task_comes_back_as_it_was(making) -> None:
    files = Files(mp3=Path("a.mp3"), stems=Path("stems"), words=Path("é.json"))
    task = Task(making=making, files=files, take=2, limits=Limits(memory=10**9, seconds=60))
    line = packed(task)
    assert line.count(b"\n") == 1
    assert task_of(line) == task


def test_every_verb_has_a_task() -> None:
    assert {type(making) for making in MAKINGS} == set(values.Making.__args__)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.report)
def test_a_report_comes_back_as_it_was(report) -> None:
    assert report_of(packed(report)) == report


@pytest.mark.parametrize(
    "line", [b"", b"{", b"{}", b"[]", packed(REPORTS[0]), packed(Task(making=MAKINGS[0], files=Files()))[:-2]]
)
def test_what_is_no_task_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidRequest, match="task"):
        task_of(line)


def test_a_report_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="report"):
        report_of(b'{"report": "rumour"}')


def test_takes_are_counted_from_one() -> None:
    with pytest.raises(InvalidRequest, match="take"):
        Task(making=MAKINGS[0], files=Files(), take=0)


def test_only_the_files_that_are_wanted_are_named() -> None:
    files = Files(wav=Path("a.wav"), score=Path("a.json"))
    assert dict(files.wanted()) == {"wav": Path("a.wav"), "score": Path("a.json")}


def test_a_part_stands_beside_its_file_and_names_who_writes_it() -> None:
    assert part_of(Path("songs/a.mp3"), 17) == Path("songs/.a.mp3.17.part")
