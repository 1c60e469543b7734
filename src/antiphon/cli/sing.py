"""`antiphon sing`: writes a song, plays it and sings it. No server is needed."""

import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

import typer

from antiphon.cli.failing import CommandFailed
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import LONGEST, SHORTEST, Gender, Request

_STAGES = {"write": 0.05, "sing": 0.25, "play": 0.4, "mix": 0.05, "master": 0.1, "encode": 0.15}
"""What share of the whole each stage is, near enough for a progress bar."""
_NAMES = {
    "write": "Writing",
    "sing": "Singing",
    "play": "Playing",
    "mix": "Mixing",
    "master": "Mastering",
    "encode": "Encoding",
}
_VOICES: dict[str, Gender] = {"f": "female", "female": "female", "m": "male", "male": "male"}
_LARGEST_LYRICS = 64 * 1024
_SEEDS = 2**31
_STEPS = 1000


def sing(
    description: Annotated[str, typer.Argument(help="What the song is about and like.")] = "",
    style: Annotated[str, typer.Option(help="Tags, such as 'pop, summer, female voice, no drums'.")] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it: .mp3 or .wav.")] = Path("song.mp3"),
    title: Annotated[str, typer.Option(help="What it is called. Default: what suits it.", show_default=False)] = "",
    lyrics: Annotated[
        Path | None, typer.Option(help="A text to sing, with tags such as [Verse]. Default: it is written.")
    ] = None,
    instrumental: Annotated[bool, typer.Option("--instrumental", help="Nobody sings.")] = False,
    voice: Annotated[str, typer.Option(help="f or m. Default: what suits it.", show_default=False)] = "",
    language: Annotated[str, typer.Option(help="Of the lyrics. Default: that of the texts.", show_default=False)] = "",
    seconds: Annotated[
        float | None, typer.Option(min=SHORTEST, max=LONGEST, help="How long. Default: what suits it.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed and wishes give the same song. Default: by chance.")
    ] = None,
    stems: Annotated[Path | None, typer.Option(help="A folder for each part by itself, as WAV.")] = None,
    midi: Annotated[Path | None, typer.Option(help="A file for the notes, as MIDI.")] = None,
    timed_lyrics: Annotated[
        Path | None, typer.Option(help="A file for when each word is sung: .lrc, else JSON.")
    ] = None,
    score: Annotated[Path | None, typer.Option(help="A file for the score, as JSON.")] = None,
) -> None:
    """Write, play and sing a song: antiphon sing "An upbeat summer song about road trips" -o song.mp3."""
    if output.suffix.lower() not in {".mp3", ".wav"}:
        raise CommandFailed(f"no format is known for {output.suffix!r}; give .mp3 or .wav")
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    request = _request(
        seed=chosen,
        title=title,
        style=style,
        description=description,
        lyrics=None if lyrics is None else _read(lyrics),
        instrumental=instrumental,
        gender=_voice(voice),
        seconds=seconds,
        language=language or None,
    )
    from antiphon.cli.singing import Wanted, made  # noqa: PLC0415 - numpy, which other commands do without

    wanted = Wanted(output=output, stems=stems, midi=midi, timed_lyrics=timed_lyrics, score=score)
    with typer.progressbar(length=_STEPS, label="Writing", file=sys.stderr) as bar:
        told = made(request, wanted, _on(bar))
    typer.echo(f"{output}: {told} Seed {chosen}.", err=True)


class _Bar(Protocol):
    label: str

    def update(self, n_steps: int) -> None: ...


def _on(bar: _Bar) -> Callable[[str, float], None]:
    """Moves a bar as stages go on."""
    shown = 0

    def progress(stage: str, share: float) -> None:
        nonlocal shown
        names = list(_STAGES)
        before = sum(_STAGES[name] for name in names[: names.index(stage)])
        at = round(_STEPS * (before + share * _STAGES[stage]))
        bar.label = _NAMES[stage]
        bar.update(max(0, at - shown))
        shown = max(shown, at)

    return progress


def _request(**wishes: object) -> Request:
    try:
        return Request(**wishes)  # type: ignore[arg-type]
    except InvalidRequest as wrong:
        if wrong.reason == "missing":
            raise CommandFailed("say what the song is to be: a description, --style, --lyrics or --title") from None
        raise CommandFailed(f"{wrong.field} is too long: at most {wrong.facts['limit']} characters") from None


def _voice(voice: str) -> Gender | None:
    if voice and voice not in _VOICES:
        raise CommandFailed(f"there is no voice {voice!r}; give f or m")
    return _VOICES.get(voice)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_LYRICS).decode("utf-8", "replace")
    except OSError as failure:
        raise CommandFailed(f"cannot read {path}: {failure.strerror}") from None
