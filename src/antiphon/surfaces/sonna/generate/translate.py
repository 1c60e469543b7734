"""From the bodies of `POST /api/generate` to wishes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from antiphon.catalog.sonna_media import MediaModel
from antiphon.domain.films import FilmWish
from antiphon.domain.library import title_of
from antiphon.domain.pictures import PictureFormat, PictureWish
from antiphon.domain.songs import SongWish
from antiphon.surfaces.sonna.errors import Unprocessable
from antiphon.surfaces.sonna.expected import expected
from antiphon.surfaces.sonna.generate.schemas import ImageRequest, MusicRequest, Type, VideoRequest

Request: TypeAlias = ImageRequest | MusicRequest | VideoRequest
Wish: TypeAlias = PictureWish | SongWish | FilmWish

_BODIES: Mapping[str, type[ImageRequest | MusicRequest | VideoRequest]] = {
    "IMAGE": ImageRequest,
    "MUSIC": MusicRequest,
    "VIDEO": VideoRequest,
}
_FORMATS: Mapping[str, PictureFormat] = {"png": "png", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}
_GENDERS: Mapping[str, Literal["male", "female"]] = {"m": "male", "f": "female"}
_RANGE = frozenset(
    {"greater_than_equal", "less_than_equal", "less_than", "finite_number", "too_long", "int_parsing_size"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A body that is right as far as can be said without looking at what it leads to.

    Args:
        type: What is to be made.
        model: With what.
        option: What its price depends on; "" for nothing.
        units: How many of the price's units.
        wish: What is wanted, without what given pictures are like.
        title: What it is called in the library.
        inputs: Pictures that are given: data URIs or URLs.
        inputs_field: The field they are in.
        waits: Whether the client waits for what is made.
    """

    type: Type
    model: MediaModel
    option: str
    units: int
    wish: Wish
    title: str
    inputs: tuple[str, ...] = ()
    inputs_field: str = ""
    waits: bool


def asked(body: Any, models: Mapping[str, MediaModel], *, seed: int) -> Asked:
    """Read a body. The first thing wrong is told, the fields in the contract's order.

    Args:
        body: JSON.
        models: Those there are.
        seed: For a request that names none.

    Raises:
        Unprocessable: "json", "missing", "wrong_type", "out_of_range", "not_one_of", "too_long", "unknown_model".
    """
    if not isinstance(body, dict):
        raise Unprocessable("json")
    kind = body.get("type")
    if kind is None:
        raise Unprocessable("missing", "type")
    if not isinstance(kind, str) or kind not in _BODIES:
        raise Unprocessable("not_one_of", "type", allowed="'IMAGE', 'MUSIC' or 'VIDEO'")
    schema = _BODIES[kind]
    # A null is what is left out, also where nothing may be left out.
    known = {name: value for name, value in body.items() if value is not None}
    try:
        request = schema.model_validate(known)
    except ValidationError as wrong:
        raise _first(wrong.errors(include_url=False, include_input=False), known, schema) from None
    model = models.get(request.model)
    if model is None or model.type != request.type:
        raise Unprocessable("unknown_model", "model")
    match request:
        case ImageRequest():
            return _pictures(request, model, seed)
        case MusicRequest():
            return _song(request, model, seed)
        case VideoRequest():
            return _film(request, model, seed)


def _pictures(request: ImageRequest, model: MediaModel, seed: int) -> Asked:
    _needed(request.prompt, "prompt")
    wish = PictureWish(
        prompt=request.prompt,
        seed=seed if request.seed is None else request.seed,
        aspect=request.aspectRatio or "1:1",
        size=request.resolution or "1K",
        count=request.n or 1,
        format=_FORMATS[request.outputFormat or "png"],
        title=request.title or "",
    )
    return Asked(
        type=request.type,
        model=model,
        option=model.option(resolution=request.resolution, quality=request.quality),
        units=wish.count,
        wish=wish,
        title=title_of(request.title, request.prompt),
        inputs=tuple(request.inputImages or ()),
        inputs_field="inputImages",
        waits=not request.async_,
    )


def _song(request: MusicRequest, model: MediaModel, seed: int) -> Asked:
    prompt, lyrics = request.prompt or "", request.lyrics
    instrumental = request.instrumental or False
    if request.customMode and lyrics is None and not instrumental and prompt.strip():
        prompt, lyrics = "", prompt
    if instrumental:
        lyrics = None
    if not (prompt + (lyrics or "")).strip() and not (request.customMode and (request.style or "").strip()):
        raise Unprocessable("missing", "prompt")
    length = request.durationSeconds
    wish = SongWish(
        verb="create",
        seed=seed,
        title=request.title or "",
        style=request.style or "",
        negative=request.negativeTags or "",
        description=prompt,
        lyrics=lyrics if lyrics and lyrics.strip() else None,
        instrumental=instrumental,
        gender=_GENDERS.get(request.vocalGender or ""),
        seconds=None if length is None else float(length),
    )
    return Asked(
        type=request.type,
        model=model,
        option="",
        units=1,
        wish=wish,
        title=title_of(request.title, prompt or lyrics or request.style or ""),
        waits=not request.async_,
    )


def _film(request: VideoRequest, model: MediaModel, seed: int) -> Asked:
    _needed(request.prompt, "prompt")
    seconds = request.durationSeconds or 5
    wish = FilmWish(
        prompt=request.prompt,
        seed=seed if request.seed is None else request.seed,
        seconds=float(seconds),
        size=request.resolution or "720p",
        aspect=request.aspectRatio or "16:9",
        title=request.title or "",
    )
    return Asked(
        type=request.type,
        model=model,
        option=model.option(resolution=request.resolution, quality=None),
        units=seconds,
        wish=wish,
        title=title_of(request.title, request.prompt),
        inputs=() if request.inputImage is None else (request.inputImage,),
        inputs_field="inputImage",
        waits=False,
    )


def _needed(text: str, field: str) -> None:
    if not text.strip():
        raise Unprocessable("missing", field)


def _first(problems: Iterable[Any], body: Mapping[str, Any], schema: type[Request]) -> Unprocessable:
    order = [field.alias or name for name, field in schema.model_fields.items()]
    problem = min(problems, key=lambda found: order.index(found["loc"][0]))
    field, kind = str(problem["loc"][0]), problem["type"]
    if kind == "missing":
        return Unprocessable("missing", field)
    if kind == "string_too_long":
        return Unprocessable("too_long", field, limit=problem["ctx"]["max_length"], length=len(body[field]))
    if kind in _RANGE:
        return Unprocessable("out_of_range", field, expected=expected(problem))
    if kind == "literal_error":
        return Unprocessable("not_one_of", field, allowed=problem["ctx"]["expected"])
    wanted = expected(problem) if problem["loc"] == (field,) else "a list of texts"
    return Unprocessable("wrong_type", field, expected=wanted)
