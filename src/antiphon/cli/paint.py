"""`antiphon paint`: makes pictures from a prompt. No server is needed."""

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

_SEEDS = 2**31
_STEPS = 1000


def paint(
    prompt: Annotated[str, typer.Argument(help="What the picture shows.")] = "",
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Where to write it: .png, .jpg or .webp. Of several, a number is added."),
    ] = Path("picture.png"),
    aspect: Annotated[str, typer.Option(help="Width to height: 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3 or 21:9.")] = "1:1",
    size: Annotated[str, typer.Option(help="Of the long side: 1K, 2K or 4K.")] = "1K",
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=4, help="How many pictures.")] = 1,
    title: Annotated[
        str, typer.Option(help="Letters on it. Default: what the prompt quotes.", show_default=False)
    ] = "",
    like: Annotated[
        Path | None, typer.Option(help="A picture whose colours and composition are taken: PNG, JPEG or WebP.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed and wishes give the same picture. Default: by chance.")
    ] = None,
    scene: Annotated[Path | None, typer.Option(help="A file for what the picture is made of, as JSON.")] = None,
) -> None:
    """Paint a picture: antiphon paint "A mountain landscape at golden hour" -o picture.png."""
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    from antiphon.cli.painting import Wanted, made  # noqa: PLC0415 - numpy, which other commands do without

    wanted = Wanted(output=output, scene=scene, like=like)
    wishes = {"prompt": prompt, "seed": chosen, "aspect": aspect, "size": size.upper(), "count": count, "title": title}
    with typer.progressbar(length=_STEPS, label="Painting", file=sys.stderr) as bar:
        shown = 0

        def progress(share: float) -> None:
            nonlocal shown
            at = round(_STEPS * share)
            bar.update(max(0, at - shown))
            shown = max(shown, at)

        told = made(wishes, wanted, progress)
    typer.echo(f"{told} Seed {chosen}.", err=True)
