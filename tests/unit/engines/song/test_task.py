"""Tasks and reports as lines of JSON, and back."""

from pathlib import Path
from typing import get_args

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.heard import ChordKind, Heard, HeardChord, HeardKey, HeardSection, HeardTempo, HeardWord
from antiphon.domain.songs import SongTempo, SongWish
from antiphon.domain.units import Seconds
from antiphon.engines.making import Limits
from antiphon.engines.song import making as verbs
from antiphon.engines.song import task as values
from antiphon.engines.song.request import Change, Request
from antiphon.engines.song.score import Key, Mode, Singer
from antiphon.engines.song.task import Files, Task, packed, report_of, task_of
from antiphon.engines.song.writing import song
from unit.engines.song.test_written import a_score

SINGER = Singer(gender="male", lowest=45, highest=67)
HEARD = Heard(
    seconds=Seconds(4.0),
    tempo=HeardTempo(bpm=120.0, alternative=60.0, steadiness=0.9),
    meter=4,
    beats=(Seconds(0.0), Seconds(0.5)),
    downbeats=(Seconds(0.0),),
    key=HeardKey(tonic=0, mode="major", certainty=0.5),
    chords=(HeardChord(start=Seconds(0.0), end=Seconds(4.0), root=0, kind=ChordKind.MINOR_SEVENTH),),
    sections=(HeardSection(start=Seconds(0.0), end=Seconds(4.0), label="A", energy=0.5),),
    words=(HeardWord(start=Seconds(0.0), end=Seconds(0.4), text="Laut,", line=0),),
)
CHANGE = Change(style="jazz", seed=4, instrumental=False, singer=SINGER, audio_weight=0.25)
MAKINGS = (
    verbs.Create(request=Request(seed=1, style="pop", lyrics="La", seconds=30.5, gender="female", singer=SINGER)),
    verbs.Extend(source=a_score(), at=3.5, change=CHANGE),
    verbs.Concat(source=a_score(), extension=a_score()),
    verbs.Cover(source=a_score(), change=CHANGE),
    verbs.Replace(source=a_score(), start=1.0, end=2.5),
    verbs.Mashup(first=a_score(), second=a_score()),
    verbs.Sample(source=a_score(), start=0.0, end=2.5, change=CHANGE),
    verbs.AddVocals(source=a_score(), change=CHANGE),
    verbs.AddInstrumental(source=a_score(), start=1.0),
    verbs.Remaster(source=a_score(), level="high"),
    verbs.Perform(source=a_score()),
    verbs.Transcribe(heard=HEARD, seed=3, gender="female", language="id", instrumental=True),
    verbs.Wished(wish=SongWish(verb="mashup", seed=4, sources=('{"a": "é"}'.encode(), b"{}"), singer=b"{}", start=1.5)),
    verbs.Wished(wish=SongWish(verb="transcribe", seed=4, heard=HEARD, lyrics="\u5929")),
)
REPORTS = (
    values.Progressed(stage="sing", share=0.25),
    values.Made(
        title="Sea",
        seconds=12.5,
        bpm=96.0,
        tempo=SongTempo(mean=97.5, low=96.0, high=99.0),
        key=Key(tonic=9, mode=Mode.MINOR),
        style="pop",
        tags="popp, zzz",
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
    assert {type(making) for making in MAKINGS} == set(get_args(verbs.Making))


def test_a_source_that_is_no_text_is_sent_all_the_same_and_is_no_score() -> None:
    wish = SongWish(verb="cover", seed=1, sources=(b"\xff\xfe\n",))
    sent = task_of(packed(Task(making=verbs.Wished(wish=wish), files=Files())))
    with pytest.raises(InvalidRequest, match="score"):
        song(sent.making)


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
