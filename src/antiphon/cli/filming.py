"""What `antiphon film` does, once it is known what is wanted: make the film, write the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from antiphon.cli.failing import CommandFailed
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.film.request import Request
from antiphon.engines.film.studio import Film, Progress, make


def made(wishes: Mapping[str, Any], output: Path, progress: Progress) -> str:
    """Make the film and its file; a sentence about it.

    Args:
        wishes: The fields of a `Request`.
        output: The file. One that is there already stays as it is until the new one is whole.
        progress: Told how much is done, 0 to 1.

    Raises:
        CommandFailed: It cannot be made, or the file cannot be written.
    """
    if output.suffix.lower() != ".mp4":
        raise CommandFailed(f"no format is known for {output.suffix!r}; give .mp4")
    part = output.with_name(f".{output.name}.part")
    try:
        request = Request(**wishes)
        with part.open("wb") as file:
            film = make(request, file, progress)
        part.replace(output)
    except InvalidRequest as wrong:
        raise CommandFailed(_reason(wrong)) from None
    except OSError as failure:
        raise CommandFailed(f"cannot write {output}: {failure.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return f"{output}: {_told(request, film)}"


def _told(request: Request, film: Film) -> str:
    columns, rows = request.pixels()
    asked = film.brief
    names = [name for name in (film.scene.family, asked.time, asked.weather, asked.season, *asked.styles) if name]
    told = ", ".join(dict.fromkeys(names))
    about = f"{request.frames} frames of {columns} x {rows} pixels, {told}; camera: {film.shot.name}."
    return f"{about} There is no face here for {film.unwritten!r}: it is left out." if film.unwritten else about


def _reason(wrong: InvalidRequest) -> str:
    known: Any = wrong.facts.get("known", ())
    match wrong.reason, wrong.field:
        case "missing", _:
            return "say what the film is to show"
        case "too_long", field:
            return f"the {field} is too long: at most {wrong.facts['limit']} characters"
        case "out_of_range", field:
            return f"{field} must be from {wrong.facts['low']:g} to {wrong.facts['high']:g}"
        case "unknown_aspect" | "unknown_size", field:
            return f"there is no such {field}; give one of {', '.join(known)}"
        case _:
            return f"such a film cannot be made: {wrong.reason} {wrong.field}".rstrip()
