"""`antiphon film`: makes a short film from a prompt. No server is needed."""

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

_SEEDS = 2**31
_STEPS = 1000


def film(
    prompt: Annotated[str, typer.Argument(help="What the film shows, and how the camera moves.")] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it: .mp4.")] = Path("film.mp4"),
    seconds: Annotated[float, typer.Option(help="How long: 1 to 10.")] = 5.0,
    size: Annotated[str, typer.Option(help="Of the short side: 480p, 720p or 1080p.")] = "720p",
    aspect: Annotated[str, typer.Option(help="Width to height: 16:9, 9:16, 1:1, 4:3, 3:4, 3:2, 2:3 or 21:9.")] = "16:9",
    title: Annotated[
        str, typer.Option(help="Letters on it. Default: what the prompt quotes.", show_default=False)
    ] = "",
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed and wishes give the same film. Default: by chance.")
    ] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Nothing is heard.")] = False,
) -> None:
    """Make a film: antiphon film "A mountain landscape at golden hour, drone shot" -o film.mp4."""
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    from antiphon.cli.filming import made  # noqa: PLC0415 - numpy, which other commands do without

    wishes = {
        "prompt": prompt,
        "seed": chosen,
        "seconds": seconds,
        "size": size.lower(),
        "aspect": aspect,
        "title": title,
        "sound": "none" if silent else "ambience",
    }
    with typer.progressbar(length=_STEPS, label="Filming", file=sys.stderr) as bar:
        shown = 0

        def progress(share: float) -> None:
            nonlocal shown
            at = round(_STEPS * share)
            bar.update(max(0, at - shown))
            shown = max(shown, at)

        told = made(wishes, output, progress)
    typer.echo(f"{told} Seed {chosen}.", err=True)
