"""`antiphon sing`: writes a song, plays it and sings it. No server is needed."""

import secrets
from pathlib import Path
from typing import Annotated

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
    sung,
    voice_of,
)
from antiphon.cli.sleeving import CoverFile, FilmFile, Sleeve
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.making import Create
from antiphon.engines.song.request import Request

_SEEDS = 2**31


def sing(
    description: Annotated[str, typer.Argument(help="What the song is about and like.")] = "",
    style: Style = None,
    negative: Negative = None,
    output: Outputs = None,
    title: Title = None,
    lyrics: LyricsFile = None,
    instrumental: Instrumental = False,
    voice: Voice = None,
    persona: Persona = None,
    language: Annotated[str, typer.Option(help="Of the lyrics. Default: that of the texts.", show_default=False)] = "",
    seconds: Length = None,
    style_weight: Weight = None,
    weirdness: Weirdness = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed and wishes give the same song. Default: by chance.")
    ] = None,
    takes: Takes = 1,
    soundfont: SoundFont = None,
    stems: StemsFolder = None,
    stem_set: StemsSet = "parts",
    midi: MidiFile = None,
    timed_lyrics: TimedFile = None,
    score: ScoreFile = None,
    cover: CoverFile = None,
    film: FilmFile = None,
) -> None:
    """Write, play and sing a song: antiphon sing "An upbeat summer song about road trips" -o song.mp3."""
    wanted = Wanted(
        outputs=output or [Path("song.mp3")],
        stems=stems,
        stem_set=stem_set,
        midi=midi,
        timed_lyrics=timed_lyrics,
        score=score,
    )
    wanted.files()  # What cannot be written is said before anything is made.
    sleeve = Sleeve(cover=cover, film=film)
    try:
        request = Request(
            seed=secrets.randbelow(_SEEDS) if seed is None else seed,
            title=title or "",
            style=style or "",
            negative=negative or "",
            description=description,
            lyrics=lyrics_of(lyrics),
            instrumental=instrumental,
            gender=voice_of(voice),
            seconds=seconds,
            language=language or None,
            style_weight=style_weight,
            weirdness=weirdness,
            singer=persona_of(persona),
        )
    except InvalidRequest as wrong:
        if wrong.reason == "missing":
            raise CommandFailed("say what the song is to be: a description, --style, --lyrics or --title") from None
        raise CommandFailed(said(wrong)) from None
    with sleeve.around(wanted) as (needed, folder):
        sleeve.make(sung(Create(request=request), needed, takes=takes, soundfont=soundfont), folder)
