"""What `antiphon paint` does, once it is known what is wanted: paint, write files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.cli.failing import CommandFailed
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.brief import Request
from antiphon.engines.painter.export import ENDINGS, encoded
from antiphon.engines.painter.likeness import LARGEST_FILE, Likeness
from antiphon.engines.painter.look import looked
from antiphon.engines.painter.studio import Picture, Progress, pictures
from antiphon.engines.painter.written import dump

_PAINTED = 0.9
"""The share of the work that is done before files are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The files that are wanted, and the one that is given; None for those that are not.

    Args:
        output: The picture.
        scene: What the first picture is made of.
        like: A picture to take after.
    """

    output: Path
    scene: Path | None
    like: Path | None


def made(wishes: Mapping[str, Any], wanted: Wanted, progress: Progress) -> str:
    """Make the pictures and their files; a sentence about them.

    Args:
        wishes: The fields of a `Request`, but for its likeness.
        wanted: Which files.
        progress: Told how much is done, 0 to 1.

    Raises:
        CommandFailed: They cannot be made, or a file cannot be written.
    """
    format_ = ENDINGS.get(wanted.output.suffix.lower())
    if format_ is None:
        raise CommandFailed(f"no format is known for {wanted.output.suffix!r}; give .png, .jpg or .webp")
    told: list[str] = []
    try:
        request = Request(**wishes, like=_like(wanted.like))
        for number, picture in enumerate(pictures(request, lambda share: progress(share * _PAINTED))):
            path = _numbered(wanted.output, number, request.count)
            path.write_bytes(encoded(picture.pixels, format_, seed=request.seed))
            if wanted.scene is not None and number == 0:
                wanted.scene.write_bytes(dump(picture.scene))
            told.append(f"{path}: {_told(picture)}")
    except InvalidRequest as wrong:
        raise CommandFailed(_reason(wrong)) from None
    except OSError as failure:
        raise CommandFailed(f"cannot write {failure.filename or wanted.output}: {failure.strerror}") from None
    progress(1.0)
    return "\n".join(told)


def _numbered(path: Path, number: int, count: int) -> Path:
    return path if count == 1 else path.with_stem(f"{path.stem}-{number + 1}")


def _told(picture: Picture) -> str:
    rows, columns = picture.pixels.shape[:2]
    asked = picture.brief
    names = [name for name in (picture.scene.family, asked.time, asked.weather, asked.season, *asked.styles) if name]
    about = f"{columns} x {rows} pixels, {', '.join(dict.fromkeys(names))}."
    return f"{about} There is no face here for {picture.unwritten!r}: it is left out." if picture.unwritten else about


def _like(path: Path | None) -> Likeness | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return looked(file.read(LARGEST_FILE + 1))
    except OSError as failure:
        raise CommandFailed(f"cannot read {path}: {failure.strerror}") from None


def _reason(wrong: InvalidRequest) -> str:
    known = ", ".join(str(name) for name in wrong.facts.get("known", ()))  # type: ignore[attr-defined]
    match wrong.reason, wrong.field:
        case "missing", _:
            return "say what the picture is to show"
        case "too_long", field:
            return f"the {field} is too long: at most {wrong.facts['limit']} characters"
        case "unknown_aspect" | "unknown_size", field:
            return f"there is no such {field}; give one of {known}"
        case "too_large", "picture":
            return "the picture to take after is too large: at most 20 MiB and 40 million pixels"
        case "unreadable", "picture":
            return "the picture to take after is no PNG, JPEG or WebP that can be read"
        case _:
            return f"such a picture cannot be made: {wrong.reason} {wrong.field}".rstrip()
