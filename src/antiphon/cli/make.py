"""`antiphon say`, and what there is to say it with. No server is needed."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from antiphon.audio.formats import codec_for_suffix, encoding
from antiphon.catalog.registry import discover
from antiphon.cli.failing import CommandFailed
from antiphon.cli.output import Output, open_output
from antiphon.cli.source import Source, given_text, open_file
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.ports import SpeechMaker
from antiphon.domain.speech import Codec, Encoding, Manner
from antiphon.domain.text import segments

_Engine = Annotated[str, typer.Option(help="The plugin that speaks; `antiphon models` shows which there are.")]

_LONG = 2000  # Code points from which a progress bar is worth its line.


def say(
    text: Annotated[str | None, typer.Argument(help="What to say. Without it (and --file), standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the text from a file; UTF-8.")] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write the sound; - for standard output.")
    ] = "speech.mp3",
    voice: Annotated[str, typer.Option(help="A voice that `antiphon voices` lists.")] = "Adrian",
    language: Annotated[str, typer.Option(help="A language that `antiphon languages` lists.")] = "en",
    form: Annotated[
        Codec | None, typer.Option("--format", help="By default what the output's ending says, else mp3.")
    ] = None,
    sample_rate: Annotated[int | None, typer.Option(help="Hz. By default 24000.")] = None,
    bitrate: Annotated[int | None, typer.Option(help="Bits per second, for mp3, opus and aac.")] = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1.0 is the voice's own pace.")] = 1.0,
    reduce_silence: Annotated[bool, typer.Option("--reduce-silence", help="Shorten pauses.")] = False,
    engine: _Engine = "espeak",
) -> None:
    """Turn text into speech: antiphon say "Hello" -o hello.mp3."""
    if text is not None and file is not None:
        raise CommandFailed("a text and --file are too much: give one of them")
    maker = _maker(engine)
    _known("voice", voice, [known.id for known in maker.voices()])
    _known("language", language, [known.code for known in maker.languages()])
    manner = Manner(
        voice=voice,
        language=language,
        encoding=_encoding(form or _codec_of(output), sample_rate, bitrate),
        speed=speed,
        reduce_silence=reduce_silence,
    )
    source = open_file(file) if file else given_text(text)
    with open_output(output, manner.encoding) as sink:
        seconds = asyncio.run(_say(maker, source, manner=manner, sink=sink))
    typer.echo(f"{seconds:.1f} s of speech" + ("" if output == "-" else f" in {output}"), err=True)


def voices(
    language: Annotated[str | None, typer.Option(help="Only voices that speak this language.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    engine: _Engine = "espeak",
) -> None:
    """List the voices. Each speaks every language; the accent is that of its English."""
    maker = _maker(engine)
    if language is not None:
        _known("language", language, [known.code for known in maker.languages()])
    rows = [(voice.id, voice.gender, voice.accent, voice.description) for voice in maker.voices()]
    _table(("voice", "gender", "accent", "description"), rows, as_json=as_json)


def languages(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    engine: _Engine = "espeak",
) -> None:
    """List the languages, and which one stands in where an engine lacks one."""
    rows = [(known.code, known.name, known.spoken_as or "") for known in _maker(engine).languages()]
    _table(("code", "language", "spoken as"), rows, as_json=as_json)


def models(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the models, who serves each, and plugins that cannot load."""
    registry = discover()
    there = {plugin.name for plugin in registry.plugins}
    rows = [
        (
            model.id,
            model.dialect,
            next((name for name in model.makers if name in there), "nobody"),
            model.name,
        )
        for model in registry.speech_models()
    ]
    _table(("model", "dialect", "served by", "name"), rows, as_json=as_json)
    for broken in registry.broken:
        typer.echo(f"cannot load {broken.source}: {broken.reason}", err=True)


def _maker(engine: str) -> SpeechMaker:
    registry = discover()
    makers = registry.speech_makers()
    if engine not in makers:
        broken = "".join(f"; cannot load {broken.source}: {broken.reason}" for broken in registry.broken)
        there = ", ".join(makers) or "none"
        raise CommandFailed(f"there is no engine {engine!r} (there are: {there}){broken}")
    return makers[engine]


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise CommandFailed(f"there is no {what} {name!r}; `antiphon {what}s` lists them")


def _codec_of(output: str) -> Codec:
    suffix = Path(output).suffix
    try:
        return codec_for_suffix(suffix) if suffix else Codec.MP3
    except InvalidRequest as wrong:
        endings = _listed(wrong, " ")
        raise CommandFailed(f"no format is known for {suffix!r}; give --format, or one of {endings}") from None


def _encoding(codec: Codec, sample_rate: int | None, bitrate: int | None) -> Encoding:
    try:
        return encoding(codec, sample_rate=sample_rate, bitrate=bitrate)
    except InvalidRequest as wrong:
        if wrong.reason == "bitrate_not_applicable":
            raise CommandFailed(f"{codec} has no bitrate; leave --bitrate out") from None
        allowed = _listed(wrong, ", ")
        raise CommandFailed(f"{codec} takes one of these as --{wrong.field.replace('_', '-')}: {allowed}") from None


def _listed(wrong: InvalidRequest, separator: str) -> str:
    allowed = wrong.facts["allowed"]
    return separator.join(map(str, allowed)) if isinstance(allowed, tuple) else str(allowed)


async def _say(maker: SpeechMaker, source: Source, *, manner: Manner, sink: Output) -> float:
    # A service manager's way of saying Ctrl-C; what was begun is tidied up all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        await maker.start()
        duration = 0
        async with maker.speak(_told(source), manner) as pieces:
            async for piece in pieces:
                sink.write(piece.audio)
                duration = piece.duration
        return duration / 1000
    finally:
        await maker.close()


async def _told(source: Source) -> AsyncIterator[str]:
    """The text in parts that end where a sentence does, with a progress bar where it is long."""
    with typer.progressbar(
        length=source.length, label="Speaking", file=sys.stderr, hidden=source.length < _LONG
    ) as bar:
        for part in segments(source.chunks()):
            yield part
            bar.update(len(part.encode("utf-8", "replace")))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool) -> None:
    if as_json:
        keys = [name.replace(" ", "_") for name in head]
        typer.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2, ensure_ascii=False))
        return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in _lines((head, *rows), widths):
        typer.echo(row)


def _lines(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
