"""What `antiphon sing` and `antiphon rework` share: files and takes, a bar that moves, a sentence about each song."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol, TypeAlias

import orjson
import typer

from antiphon.cli.failing import CommandFailed
from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Likeness
from antiphon.engines.song.crew import SongFailed, WorkerDied, all_made
from antiphon.engines.song.making import Making
from antiphon.engines.song.request import LONGEST, SHORTEST, Gender
from antiphon.engines.song.score import Score, Singer
from antiphon.engines.song.stems import StemSet
from antiphon.engines.song.task import Files, Made, Progressed, Task
from antiphon.engines.song.verbs.persona import singer_of, singer_of_score
from antiphon.engines.song.written import load

_STAGES = {"write": 0.05, "play": 0.25, "sing": 0.3, "mix": 0.03, "master": 0.07, "encode": 0.3}
"""What share of the whole each stage is, near enough for a progress bar."""
_NAMES = {
    "write": "Writing",
    "play": "Playing",
    "sing": "Singing",
    "mix": "Mixing",
    "master": "Mastering",
    "encode": "Encoding",
}
_VOICES: dict[str, Gender] = {"f": "female", "female": "female", "m": "male", "male": "male"}
_TONICS = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
_FAILURES = {
    "speaker": "nobody can sing: {}",
    "soundfont": "{}",
    "file": "cannot write {}",
    "memory": "there is not enough memory: {}",
}
_FAULTS = {
    ClipFault.TOO_LONG: "it is too long",
    ClipFault.NO_SPEECH: "nobody speaks in it",
    ClipFault.UNREADABLE: "it is no sound, nor a score",
}
_OPTIONS = {"start": "from", "end": "to"}
_LARGEST_LYRICS = 64 * 1024
_LARGEST_SOURCE = 16 * 1024 * 1024
_MOST_TAKES = 9
_STEPS = 1000

Style: TypeAlias = Annotated[str | None, typer.Option(help="Tags, such as 'pop, summer, female voice, no drums'.")]
Negative: TypeAlias = Annotated[str | None, typer.Option(help="Tags of what shall not be, such as 'guitar, sad'.")]
Title: TypeAlias = Annotated[str | None, typer.Option(help="What it is called. Default: what suits it.")]
LyricsFile: TypeAlias = Annotated[Path | None, typer.Option(help="A text to sing, with tags such as [Verse].")]
Instrumental: TypeAlias = Annotated[bool, typer.Option("--instrumental", help="Nobody sings.")]
Voice: TypeAlias = Annotated[str | None, typer.Option(help="f or m. Default: what suits it.")]
Persona: TypeAlias = Annotated[
    Path | None, typer.Option(help="Who sings: like the speaker of a clip, or who sang a song (its score).")
]
Length: TypeAlias = Annotated[float | None, typer.Option(min=SHORTEST, max=LONGEST, help="How long.")]
Weight: TypeAlias = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="How typical of the style, 0 to 1.")]
Weirdness: TypeAlias = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="How unusual, 0 to 1.")]
Takes: TypeAlias = Annotated[
    int, typer.Option(min=1, max=_MOST_TAKES, help="How many: the same words on other music, in numbered files.")
]
Outputs: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--output", "-o", help="Where to write it: .mp3 or .wav. Twice for both.")
]
SoundFont: TypeAlias = Annotated[
    Path | None, typer.Option("--soundfont", help="A SoundFont (.sf2) whose instruments play; FluidSynth is needed.")
]
StemsFolder: TypeAlias = Annotated[Path | None, typer.Option(help="A folder for parts by themselves, as WAV.")]
StemsSet: TypeAlias = Annotated[
    StemSet, typer.Option("--stem-set", help="Which: each part, vocals and the rest, four, or at least twelve.")
]
MidiFile: TypeAlias = Annotated[Path | None, typer.Option(help="A file for the notes, as MIDI.")]
TimedFile: TypeAlias = Annotated[Path | None, typer.Option(help="A file for when each word is sung: .lrc, else JSON.")]
ScoreFile: TypeAlias = Annotated[Path | None, typer.Option(help="A file for the score, as JSON.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The files of a song.

    Args:
        outputs: The song itself.
        stems: As `Files`; so are the others.
        stem_set: As `Task`.
        timed_lyrics: When each word is sung: .lrc, else JSON.
        words: The same as JSON, for a film, where `timed_lyrics` is something else.
    """

    outputs: Sequence[Path]
    stems: Path | None
    midi: Path | None
    timed_lyrics: Path | None
    score: Path | None
    stem_set: StemSet = "parts"
    words: Path | None = None

    def files(self) -> Files:
        """The same, each by its kind.

        Raises:
            CommandFailed: Of a sound file's ending no format is known, or two have the same.
        """
        sounds: dict[str, Path] = {}
        for path in self.outputs:
            kind = path.suffix.lower().removeprefix(".")
            if kind not in {"mp3", "wav"}:
                raise CommandFailed(f"no format is known for {path.suffix!r}; give .mp3 or .wav")
            if kind in sounds:
                raise CommandFailed(f"two files are named for {kind}; give one .mp3 and one .wav")
            sounds[kind] = path
        is_lrc = self.timed_lyrics is not None and self.timed_lyrics.suffix.lower() == ".lrc"
        return Files(
            **sounds,
            stems=self.stems,
            midi=self.midi,
            lrc=self.timed_lyrics if is_lrc else None,
            words=self.words if is_lrc or self.timed_lyrics is None else self.timed_lyrics,
            score=self.score,
        )


def sung(making: Making, wanted: Wanted, *, takes: int, soundfont: Path | None) -> tuple[Made, ...]:
    """Have a song made, and say what became of it; a line for each take.

    Raises:
        CommandFailed: It cannot be made, or a file cannot be written.
    """
    files = wanted.files()
    numbers = range(1, takes + 1)
    tasks = [
        Task(
            making=making,
            take=take,
            soundfont=soundfont,
            files=numbered(files, take) if takes > 1 else files,
            stem_set=wanted.stem_set,
        )
        for take in numbers
    ]
    try:
        with typer.progressbar(length=_STEPS, label=_NAMES["write"], file=sys.stderr) as bar:
            songs = asyncio.run(all_made(tasks, _Moved(bar, takes), at_once=os.cpu_count() or 1))
    except InvalidRequest as wrong:
        raise CommandFailed(said(wrong)) from None
    except SongFailed as failure:
        raise CommandFailed(_FAILURES[failure.reason].format(failure.detail)) from None
    except WorkerDied as death:
        raise CommandFailed(f"the process that made the song died (status {death.status}); please try again") from None
    for song in songs:
        typer.echo(_told(song), err=True)
    return songs


def numbered(files: Files, take: int) -> Files:
    """The files of a take of several: "song.mp3" is "song-1.mp3" for the first."""
    return Files(**{name: path.with_name(f"{path.stem}-{take}{path.suffix}") for name, path in files.wanted()})


def said(wrong: InvalidRequest) -> str:
    """Why a song cannot be made, in the words of the options."""
    option = "--" + _OPTIONS.get(wrong.field, wrong.field.replace("_", "-"))
    facts = wrong.facts
    match wrong.reason:
        case "missing":
            return f"there is nothing to make a song of: {wrong.field} missing"
        case "too_long":
            return f"{wrong.field} is too long: at most {facts['limit']} characters"
        case "too_large":
            return f"{option} is too large: at most {facts['limit']} bytes"
        case "out_of_range":
            low, high = (_plain(facts[side]) if side in facts else None for side in ("low", "high"))
            return f"{option} is out of range" + (f": {low} to {high} is possible" if low and high else "")
        case "soundfont":
            return "--soundfont is no SoundFont, or cannot be read"
        case "no_extension":
            return "the second song does not go on from the first: `extend` makes what does"
        case "meter" | "language":
            return f"the songs have not the same {wrong.reason}"
    return f"such a song cannot be made: {wrong.reason} {wrong.field}".rstrip()


def _plain(number: object) -> str:
    return f"{round(number, 1):g}" if isinstance(number, float) else str(number)


def voice_of(voice: str | None) -> Gender | None:
    """The gender that an option names.

    Raises:
        CommandFailed: It names none.
    """
    if voice and voice not in _VOICES:
        raise CommandFailed(f"there is no voice {voice!r}; give f or m")
    return _VOICES.get(voice or "")


def lyrics_of(path: Path | None) -> str | None:
    """The text of a file.

    Raises:
        CommandFailed: It cannot be read.
    """
    return None if path is None else _read(path, _LARGEST_LYRICS).decode("utf-8", "replace")


def score_of(path: Path) -> Score:
    """The score that `--score` wrote.

    Raises:
        CommandFailed: It cannot be read, or is none.
    """
    try:
        return load(_read(path, _LARGEST_SOURCE))
    except InvalidRequest:
        raise CommandFailed(f"{path} is no score; `antiphon sing --score FILE` writes them") from None


def persona_of(path: Path | None) -> Singer | None:
    """Who sings like the speaker of a clip, or who sings in a score.

    Raises:
        CommandFailed: The file cannot be read, or nobody is heard in it.
    """
    if path is None:
        return None
    clip = _read(path, _LARGEST_SOURCE)
    try:
        orjson.loads(clip)
    except orjson.JSONDecodeError:
        heard = asyncio.run(_heard(clip))
        if isinstance(heard, ClipFault):
            raise CommandFailed(f"no voice can be taken from {path}: {_FAULTS[heard]}") from None
        return singer_of(heard)
    score = score_of(path)
    if score.vocal is None:
        raise CommandFailed(f"nobody sings in {path}")
    return singer_of_score(score)


async def _heard(clip: bytes) -> Likeness | ClipFault:
    from antiphon.engines.ear.backend import Ear  # noqa: PLC0415 - few songs have a persona

    ear = Ear()
    try:
        return await ear.measure(clip)
    finally:
        await ear.close()


class _Bar(Protocol):
    label: str

    def update(self, n_steps: int) -> None: ...


class _Moved:
    """Moves a bar as takes go on; it names what the slowest of them does."""

    def __init__(self, bar: _Bar, takes: int) -> None:
        self._bar = bar
        self._reached = [0.0] * takes
        self._shown = 0

    def __call__(self, number: int, progress: Progressed) -> None:
        """Note how far a take is."""
        names = list(_STAGES)
        before = sum(_STAGES[name] for name in names[: names.index(progress.stage)])
        self._reached[number] = before + progress.share * _STAGES[progress.stage]
        if number == self._reached.index(min(self._reached)):
            self._bar.label = _NAMES[progress.stage]
        at = round(_STEPS * sum(self._reached) / len(self._reached))
        self._bar.update(max(0, at - self._shown))
        self._shown = max(self._shown, at)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as failure:
        raise CommandFailed(f"cannot read {path}: {failure.strerror}") from None


def _told(song: Made) -> str:
    """A sentence about a song."""
    paths = [str(song.files[name]) for name in ("mp3", "wav") if name in song.files]
    length = f"{int(song.seconds) // 60}:{int(song.seconds) % 60:02d}"
    key = f"{_TONICS[song.key.tonic]} {song.key.mode.replace('_', ' ')}"
    unknown = f" Not understood: {', '.join(song.unknown)}." if song.unknown else ""
    facts = f"{song.style.replace('_', ' ')}, {key}, {round(song.bpm)} beats a minute, {length}"
    return f'{" and ".join(paths)}: "{song.title}", {facts}.{unknown} Seed {song.seed}.'
