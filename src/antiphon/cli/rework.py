"""`antiphon rework`: makes a song of one that there is, or of two. No server is needed."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from antiphon.cli.failing import CommandFailed
from antiphon.cli.singing import (
    Instrumental,
    Length,
    LyricsFile,
    MidiFile,
    Negative,
    Outputs,
    Persona,
    ScoreFile,
    SoundFont,
    StemsFolder,
    StemsSet,
    Style,
    Takes,
    TimedFile,
    Title,
    Voice,
    Wanted,
    Weight,
    Weirdness,
    lyrics_of,
    persona_of,
    said,
    score_of,
    sung,
    voice_of,
)
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.making import (
    AddInstrumental,
    AddVocals,
    Concat,
    Cover,
    Extend,
    Making,
    Mashup,
    Perform,
    Remaster,
    Replace,
    Sample,
)
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Score

_At: TypeAlias = Annotated[float | None, typer.Option(min=0, help="extend: from which second. Default: from its end.")]
_From: TypeAlias = Annotated[
    float | None, typer.Option("--from", min=0, help="replace, sample, add-instrumental: from which second.")
]
_To: TypeAlias = Annotated[
    float | None, typer.Option(min=0, help="replace, sample, add-instrumental: up to which second.")
]
_Nearness: TypeAlias = Annotated[
    float | None, typer.Option(min=0.0, max=1.0, help="cover: how near it is to its source, 0 to 1.")
]


class Verb(enum.StrEnum):
    """What can be done with songs."""

    EXTEND = "extend"
    CONCAT = "concat"
    COVER = "cover"
    REPLACE = "replace"
    MASHUP = "mashup"
    SAMPLE = "sample"
    ADD_VOCALS = "add-vocals"
    ADD_INSTRUMENTAL = "add-instrumental"
    REMASTER = "remaster"
    PERFORM = "perform"


class Level(enum.StrEnum):
    """How far a master goes."""

    SUBTLE = "subtle"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the options say, but for the files; None where they are silent. Named as they are."""

    at: float | None
    from_: float | None
    to: float | None
    level: Literal["subtle", "normal", "high"] | None
    audio_weight: float | None
    style: str | None
    negative: str | None
    description: str | None
    title: str | None
    lyrics: Path | None
    instrumental: bool | None
    voice: str | None
    persona: Path | None
    seconds: float | None
    style_weight: float | None
    weirdness: float | None
    seed: int | None

    def named(self) -> frozenset[str]:
        """The options that were given."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) is not None)

    def change(self) -> Change:
        """What they change of a song."""
        return Change(
            title=self.title,
            style=self.style,
            negative=self.negative,
            description=self.description,
            lyrics=lyrics_of(self.lyrics),
            instrumental=self.instrumental,
            gender=voice_of(self.voice),
            seconds=self.seconds,
            seed=self.seed,
            style_weight=self.style_weight,
            weirdness=self.weirdness,
            audio_weight=self.audio_weight,
            singer=persona_of(self.persona),
        )


_Make = Callable[[Sequence[Score], _Asked], Making]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a verb is done.

    Args:
        make: What it makes of sources and options.
        sources: How many songs it takes.
        needs: The options without which it cannot be.
        takes: Those that it knows besides.
    """

    make: _Make
    sources: int = 1
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


_MUSIC = frozenset({"style", "negative", "description", "title", "style_weight", "weirdness", "seed"})
_SINGING = frozenset({"lyrics", "voice", "persona"})
_SONG = _MUSIC | _SINGING | {"instrumental"}
_SPAN = frozenset({"from_", "to"})


def _extend(sources: Sequence[Score], asked: _Asked) -> Making:
    at = sources[0].seconds if asked.at is None else Seconds(asked.at)
    return Extend(source=sources[0], at=at, change=asked.change())


def _span(asked: _Asked) -> tuple[Seconds, Seconds]:
    return Seconds(asked.from_ or 0.0), Seconds(asked.to or 0.0)


def _replace(sources: Sequence[Score], asked: _Asked) -> Making:
    start, end = _span(asked)
    return Replace(source=sources[0], start=start, end=end, change=asked.change())


def _sample(sources: Sequence[Score], asked: _Asked) -> Making:
    start, end = _span(asked)
    return Sample(source=sources[0], start=start, end=end, change=asked.change())


def _add_instrumental(sources: Sequence[Score], asked: _Asked) -> Making:
    start, end = (None if side is None else Seconds(side) for side in (asked.from_, asked.to))
    return AddInstrumental(source=sources[0], start=start, end=end, change=asked.change())


_WAYS: Mapping[Verb, _Way] = {
    Verb.EXTEND: _Way(make=_extend, takes=_SONG | {"at", "seconds"}),
    Verb.CONCAT: _Way(make=lambda scores, _: Concat(source=scores[0], extension=scores[1]), sources=2),
    Verb.COVER: _Way(
        make=lambda scores, asked: Cover(source=scores[0], change=asked.change()),
        takes=_MUSIC | {"voice", "persona", "audio_weight"},
    ),
    Verb.REPLACE: _Way(make=_replace, needs=_SPAN, takes=_SONG),
    Verb.MASHUP: _Way(
        make=lambda scores, asked: Mashup(first=scores[0], second=scores[1], change=asked.change()),
        sources=2,
        takes=_SONG | {"seconds"},
    ),
    Verb.SAMPLE: _Way(make=_sample, needs=_SPAN, takes=_SONG | {"seconds"}),
    Verb.ADD_VOCALS: _Way(
        make=lambda scores, asked: AddVocals(source=scores[0], change=asked.change()), takes=_MUSIC | _SINGING
    ),
    Verb.ADD_INSTRUMENTAL: _Way(make=_add_instrumental, takes=_MUSIC | _SPAN),
    Verb.REMASTER: _Way(
        make=lambda scores, asked: Remaster(source=scores[0], level=asked.level or "normal"),
        takes=frozenset({"level"}),
    ),
    Verb.PERFORM: _Way(make=lambda scores, _: Perform(source=scores[0])),
}


def rework(
    verb: Annotated[Verb, typer.Argument(help="What to do.", show_default=False)],
    sources: Annotated[list[Path], typer.Argument(help="Scores that `--score` wrote.", show_default=False)],
    at: _At = None,
    from_: _From = None,
    to: _To = None,
    level: Annotated[Level | None, typer.Option(help="remaster: how far. Default: normal.")] = None,
    audio_weight: _Nearness = None,
    style: Style = None,
    negative: Negative = None,
    description: Annotated[str | None, typer.Option(help="What it is about and like.")] = None,
    title: Title = None,
    lyrics: LyricsFile = None,
    instrumental: Instrumental = False,
    voice: Voice = None,
    persona: Persona = None,
    seconds: Length = None,
    style_weight: Weight = None,
    weirdness: Weirdness = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Default: the source's.")] = None,
    takes: Takes = 1,
    soundfont: SoundFont = None,
    output: Outputs = None,
    stems: StemsFolder = None,
    stem_set: StemsSet = "parts",
    midi: MidiFile = None,
    timed_lyrics: TimedFile = None,
    score: ScoreFile = None,
) -> None:
    """Make a song of one that there is: antiphon rework cover song.json --style "jazz, slow" -o cover.mp3."""
    named = output or [Path(f"{verb}.mp3")]
    wanted = Wanted(outputs=named, stems=stems, stem_set=stem_set, midi=midi, timed_lyrics=timed_lyrics, score=score)
    wanted.files()  # What cannot be written is said before anything is made.
    asked = _Asked(
        at=at,
        from_=from_,
        to=to,
        level=None if level is None else level.value,
        audio_weight=audio_weight,
        style=style,
        negative=negative,
        description=description,
        title=title,
        lyrics=lyrics,
        instrumental=instrumental or None,
        voice=voice,
        persona=persona,
        seconds=seconds,
        style_weight=style_weight,
        weirdness=weirdness,
        seed=seed,
    )
    try:
        making = _making(verb, sources, asked)
    except InvalidRequest as wrong:
        raise CommandFailed(said(wrong)) from None
    sung(making, wanted, takes=takes, soundfont=soundfont)


def _making(verb: Verb, sources: Sequence[Path], asked: _Asked) -> Making:
    """What is to be done, once it is sure that it can be.

    Raises:
        CommandFailed: The verb wants other options, or another number of songs.
    """
    way = _WAYS[verb]
    if len(sources) != way.sources:
        raise CommandFailed(f"{verb} takes {'two scores' if way.sources > 1 else 'one score'}, not {len(sources)}")
    if missing := way.needs - asked.named():
        raise CommandFailed(f"{verb} needs {_listed(missing)}")
    if strange := asked.named() - way.needs - way.takes:
        raise CommandFailed(f"{verb} knows no {_listed(strange)}")
    return way.make([score_of(path) for path in sources], asked)


def _listed(options: frozenset[str]) -> str:
    """Options as they are typed, in the order of the help."""
    named = [f"--{field.name.strip('_').replace('_', '-')}" for field in fields(_Asked) if field.name in options]
    return " and ".join(named)
