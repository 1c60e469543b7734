"""`antiphon listen`: what is heard in a recording. No server is needed."""

import asyncio
import contextlib
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.failing import CommandFailed
from antiphon.cli.hearing import told
from antiphon.domain.heard import (
    LARGEST_RECORDING,
    LONGEST_RECORDING,
    SHORTEST_RECORDING,
    Heard,
    HearingFault,
    Wanted,
)
from antiphon.engines.listen.backend import STEM_RATE, ExtraMissing, Kept, Listening
from antiphon.engines.listen.wire import pack_heard

_FAULTS = {
    HearingFault.TOO_LARGE: f"is larger than {LARGEST_RECORDING // 1024**2} MiB",
    HearingFault.TOO_LONG: f"is longer than {LONGEST_RECORDING / 60:g} minutes",
    HearingFault.TOO_SHORT: f"is shorter than {SHORTEST_RECORDING:g} seconds",
    HearingFault.SILENT: "is silent",
    HearingFault.UNREADABLE: "is no sound that is read here: WAV, FLAC, MP3, Ogg, M4A, AAC or WebM",
}
_STAGES = {
    "open": "Opening",
    "beat": "Looking for the beat",
    "harmony": "Looking for the harmony",
    "form": "Looking for the form",
    "voice": "Looking for the voice",
    "words": "Looking for the words",
    "stems": "Taking it apart",
}
_LARGEST_LYRICS = 64 * 1024
_CACHE = ".cache/antiphon/listen"
"""In the user's home: what librosa compiles. Nobody else may write there, for it is run."""
_ERASE = "\r\x1b[K"


def listen(
    file: Annotated[Path, typer.Argument(help="A recording: .wav, .flac, .mp3, .ogg, .opus, .m4a, .aac or .webm.")],
    as_json: Annotated[bool, typer.Option("--json", help="All that is heard, as JSON.")] = False,
    lyrics: Annotated[Path | None, typer.Option(help="What is sung, a text: when is each word? In --json.")] = None,
    language: Annotated[str, typer.Option(help="Of the lyrics.")] = "en",
    stems: Annotated[Path | None, typer.Option(help="A folder for the parts it is taken apart into, as WAV.")] = None,
    parts: Annotated[int, typer.Option(help="How many: 2 (vocals, instrumental) or 4.")] = 2,
    score: Annotated[
        Path | None, typer.Option(help="A file for a score of it, as JSON, of which `rework` makes something else.")
    ] = None,
    style: Annotated[str, typer.Option(help="Of the score's band, as tags. Default: what suits it.")] = "",
) -> None:
    """Print tempo, meter, key, sections and chords of a recording: antiphon listen song.mp3."""
    if parts not in {2, 4}:
        raise CommandFailed("--parts is 2 (vocals, instrumental) or 4 (vocals, drums, bass, other)")
    wanted = Wanted(
        melody=as_json or score is not None,
        lyrics="" if lyrics is None else _read(lyrics, _LARGEST_LYRICS).decode("utf-8", "replace"),
        language=language,
        stems=0 if stems is None else parts,  # type: ignore[arg-type]
    )
    sound = _read(file, LARGEST_RECORDING + 1)
    with _stems(stems) as kept:
        heard = asyncio.run(_heard(sound, wanted, kept))
    if isinstance(heard, HearingFault):
        raise CommandFailed(f"{file} {_FAULTS[heard]}")
    typer.echo(pack_heard(heard).decode() if as_json else told(heard))
    if score is not None:
        from antiphon.cli.takendown import write_score  # noqa: PLC0415 - numpy, which other commands do without

        typer.echo(f"{score}: {write_score(score, heard, title=file.stem, style=style, language=language)}", err=True)


async def _heard(sound: bytes, wanted: Wanted, kept: Kept) -> Heard | HearingFault:
    cache = _cache()
    first = not any(cache.iterdir())
    listening = Listening(cache=cache)
    with _status() as say:
        try:
            say("First time: preparing, about half a minute" if first else "Preparing")
            await listening.start()
            return await listening.hear(sound, wanted, told=lambda stage: say(_STAGES[stage]), kept=kept)
        except ExtraMissing:
            raise CommandFailed("listening needs more than is installed: pip install 'antiphon[listen]'") from None
        finally:
            await listening.close()


def _cache() -> Path:
    try:
        cache = Path.home() / _CACHE
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as failure:
        raise CommandFailed(f"there is no folder to keep compiled code in: {failure}") from None
    return cache


@contextlib.contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """Shows what is being done, in one line that is gone in the end; nothing where nobody looks."""
    shown = sys.stderr.isatty()
    try:
        yield lambda text: typer.echo(f"{_ERASE}{text} ...", nl=False, err=True) if shown else None
    finally:
        if shown:
            typer.echo(_ERASE, nl=False, err=True)


@contextlib.contextmanager
def _stems(folder: Path | None) -> Iterator[Kept]:
    """Takes stems and writes each to a file of its own."""
    with contextlib.ExitStack() as files:
        written: dict[str, wave.Wave_write] = {}

        def keep(stem: str, pcm: bytes) -> None:
            if folder is not None and stem not in written:
                written[stem] = files.enter_context(_opened(folder / f"{stem}.wav"))
            written[stem].writeframesraw(pcm)

        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            yield keep
        except OSError as failure:
            raise CommandFailed(f"cannot write {failure.filename or folder}: {failure.strerror}") from None


def _opened(path: Path) -> wave.Wave_write:
    file = wave.open(str(path), "wb")  # noqa: SIM115 - the caller's exit stack closes it
    file.setnchannels(2)
    file.setsampwidth(2)
    file.setframerate(STEM_RATE)
    return file


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as failure:
        raise CommandFailed(f"cannot read {path}: {failure.strerror}") from None
