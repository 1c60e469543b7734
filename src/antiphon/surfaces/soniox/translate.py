"""From a Soniox body to our own values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from antiphon.audio.formats import encoding
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.models import SpeechModel
from antiphon.domain.speech import Codec, Manner
from antiphon.domain.units import Seconds
from antiphon.surfaces.soniox.schemas import SpeechRequest, StreamRequest, TextMessage

_Request = TypeVar("_Request", bound=BaseModel)

LONGEST = Seconds(120.0)
"""Sound made in one request. Source: contracts, Soniox §5."""

SLICE = 10_000
"""Milliseconds of sound that are held for at a time (SETTLED 4)."""

_ORDER = (
    *("model", "language", "voice", "audio_format", "text", "client_reference_id"),
    *("sample_rate", "bitrate", "speed", "reduce_silence", "return_timestamps", "text_end", "cancel"),
)
"""In which fields are told to be wrong: the contract's, then ours."""
_MISSING = frozenset({"missing", "string_too_short"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A body that is right as far as can be said without a catalogue.

    Args:
        model: As the client named it.
        text: What to say; "" where that comes later.
        manner: How to say it.
        client_reference_id: The client's label; "" for none.
        timestamps: Whether the times of characters are wanted.
    """

    model: str
    text: str
    manner: Manner
    client_reference_id: str
    timestamps: bool


def wish(body: Any) -> Wish:
    """Read the body of `POST /tts`.

    The first thing wrong is told, in the order of the contract's list: the fields in turn, each missing or
    too long; then what they say.

    Raises:
        InvalidRequest: "json", "missing", "too_long", "wrong_type", "unsupported_codec",
            "unsupported_sample_rate", "unsupported_bitrate", "bitrate_not_applicable".
    """
    request = _validated(SpeechRequest, body)
    return _wish(request, text=request.text, timestamps=False)


def stream_wish(body: Any) -> Wish:
    """Read the message that begins a stream. Errors are those of `wish`."""
    request = _validated(StreamRequest, body)
    return _wish(request, text="", timestamps=bool(request.return_timestamps))


def text_message(body: Any) -> TextMessage:
    """Read a message of a stream that has begun. Errors are those of `wish`."""
    return _validated(TextMessage, body)


def _validated(schema: type[_Request], body: Any) -> _Request:
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    try:
        return schema.model_validate(body)
    except ValidationError as wrong:
        raise _first(schema, wrong.errors(include_url=False, include_input=False), body) from None


def check(model: SpeechModel, wish: Wish) -> None:
    """What only the model can tell.

    Raises:
        InvalidRequest: "speed" out of its range, or "reduce_silence" or "return_timestamps" where it cannot.
    """
    slowest, fastest = model.speed
    if not slowest <= wish.manner.speed <= fastest:
        raise InvalidRequest("out_of_range", "speed", lowest=slowest, highest=fastest)
    if wish.manner.reduce_silence and not model.silence_reduction:
        raise InvalidRequest("unsupported", "reduce_silence", model=model.id)
    if wish.timestamps and not model.timestamps:
        raise InvalidRequest("unsupported", "return_timestamps", model=model.id)


def _wish(request: SpeechRequest | StreamRequest, *, text: str, timestamps: bool) -> Wish:
    try:
        codec = Codec(request.audio_format)
    except ValueError:
        raise InvalidRequest("unsupported_codec", "audio_format", codec=request.audio_format) from None
    return Wish(
        model=request.model,
        text=text,
        timestamps=timestamps,
        client_reference_id=request.client_reference_id or "",
        manner=Manner(
            voice=request.voice,
            language=request.language,
            encoding=encoding(codec, sample_rate=request.sample_rate, bitrate=request.bitrate),
            speed=1.0 if request.speed is None else request.speed,
            reduce_silence=bool(request.reduce_silence),
            max_duration=LONGEST,
        ),
    )


def _first(schema: type[BaseModel], problems: Sequence[Any], body: dict[str, Any]) -> InvalidRequest:
    problem = min(problems, key=lambda found: _ORDER.index(found["loc"][0]))
    field = problem["loc"][0]
    required = schema.model_fields[field].is_required()
    if problem["type"] in _MISSING or (required and body.get(field) is None):
        return InvalidRequest("missing", field)
    if problem["type"] == "string_too_long":
        return InvalidRequest("too_long", field, limit=problem["ctx"]["max_length"])
    return InvalidRequest("wrong_type", field)
