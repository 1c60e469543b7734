"""From Sonna's bodies and queries to our own values, and back. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from antiphon.catalog.voices import NamedVoice
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.models import SpeechModel
from antiphon.domain.money import MilliCredits
from antiphon.domain.speech import Codec, Encoding
from antiphon.domain.units import BitsPerSecond, Hertz, Seconds
from antiphon.surfaces.sonna.expected import FEW_PARAMETERS, expected, number_between
from antiphon.surfaces.sonna.schemas import DialogueRequest, SynthesizeRequest

LONGEST = Seconds(2 * 3600.0)
"""Sound of one request. 40,000 characters take 50 minutes; a text of figures only could take a day."""

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {"elevenlabs": "ElevenLabs", "gemini": "Gemini", "google": "Google Cloud"}
)
"""What the list of voices calls a vendor."""

_OTHERWISE = MappingProxyType({"google gemini": "gemini", "google": "google cloud"})
"""Other names of providers, as other endpoints have them."""

_DEFAULT_FORMAT = "mp3_44100_128"
_MP3 = Encoding(codec=Codec.MP3, sample_rate=Hertz(44_100), bitrate=BitsPerSecond(128_000))
_FORMATS: Mapping[str, tuple[Encoding, str]] = MappingProxyType(
    {
        _DEFAULT_FORMAT: (_MP3, "mp3"),
        "mp3": (_MP3, "mp3"),
        # Not by way of `audio.formats`: that table is what Soniox offers, and it lacks 22,050 Hz.
        **{
            f"pcm_{rate}": (Encoding(codec=Codec.PCM_S16LE, sample_rate=Hertz(rate)), "pcm")
            for rate in (8_000, 16_000, 22_050, 24_000)
        },
    }
)

_EMPTY = frozenset({"string_too_short", "too_short"})
_RANGE = frozenset({"greater_than_equal", "less_than_equal", "finite_number", "string_too_long"})

_LONGEST_LIST = 500
NOTHING = MilliCredits(0)
LONGEST_TITLE = 200

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What is to become of the sound.

    Args:
        encoding: What the sound is to be.
        suffix: The ending of its file.
        raw: Whether the sound itself is the answer.
        title: What its file is to be called where it can say so; "" for nothing.
    """

    encoding: Encoding
    suffix: str
    raw: bool
    title: str


def read(shape: type[Body], body: Any) -> Body:
    """Read a body. The first thing wrong is told, the fields in the contract's order.

    Args:
        shape: What it is to be.
        body: JSON.

    Raises:
        InvalidRequest: "json", "missing", "wrong_type", "out_of_range", "not_one_of".
    """
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    try:
        return shape.model_validate(body)
    except ValidationError as wrong:
        raise _first(wrong.errors(include_url=False, include_input=False), shape, body) from None


def wish(body: Any) -> SynthesizeRequest:
    """Read the body of a synthesis.

    Raises:
        InvalidRequest: As `read`.
    """
    request = read(SynthesizeRequest, body)
    spoken(request.text, "text")
    return request


def conversation(body: Any) -> DialogueRequest:
    """Read the body of a dialogue, whose turns may also be called inputs.

    Raises:
        InvalidRequest: As `read`.
    """
    known = isinstance(body, dict) and body.get("turns") is None and "inputs" in body
    request = read(DialogueRequest, {**body, "turns": body["inputs"]} if known else body)
    for place, turn in enumerate(request.turns):
        spoken(turn.text, f"turns[{place}].text")
    return request


def output(request: SynthesizeRequest | DialogueRequest, *, accept: str) -> Output:
    """What is to become of the sound.

    Args:
        request: What was asked for.
        accept: The `Accept` header; "" for none.
    """
    encoding, suffix = _FORMATS[request.response_format or _DEFAULT_FORMAT]
    return Output(
        encoding=encoding,
        suffix=suffix,
        raw=wants_sound(accept) if request.response_type is None else request.response_type == "binary",
        title=(request.title or "").strip()[:LONGEST_TITLE],
    )


def applied_speed(wanted: float | None, model: SpeechModel) -> float:
    """The speed that was asked for, brought into the model's range."""
    slowest, fastest = model.speed
    return min(max(1.0 if wanted is None else wanted, slowest), fastest)


def spoken(text: str, field: str) -> None:
    """Refuse a text of nothing but white space."""
    if not text.strip():
        raise InvalidRequest("missing", field)


def wants_sound(accept: str) -> bool:
    """Whether an `Accept` header asks for the sound itself: it names sound or plain bytes, and not JSON."""
    kinds = {
        kind.partition(";")[0].strip()
        for kind in accept.lower().split(",")
        if not kind.replace(" ", "").endswith((";q=0", ";q=0.0"))
    }
    named = any(kind.startswith("audio/") or kind == "application/octet-stream" for kind in kinds)
    return named and "application/json" not in kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which voices are asked for. Texts are in lower case; "" passes all.

    Args:
        provider, language, gender, accent, category, model: What has to be equal.
        search: What has to be part of a voice's names or accent.
        limit: At most so many; None: all.
        offset: So many are passed over first.
    """

    provider: str = ""
    language: str = ""
    gender: str = ""
    accent: str = ""
    category: str = ""
    model: str = ""
    search: str = ""
    limit: int | None = None
    offset: int = 0
    part: bool = False

    def takes(self, voice: NamedVoice) -> bool:
        """Whether a voice is among them."""
        return (
            self.provider in {"", PROVIDERS[voice.vendor].lower(), voice.vendor}
            and self.language in {"", voice.language, voice.locale.lower(), voice.locale.partition("-")[0].lower()}
            and self.gender in {"", voice.gender}
            and self.accent in {"", voice.accent.lower()}
            and self.category in {"", voice.category}
            and (not self.model or self.model in voice.models)
            and self.search in f"{voice.name}\n{voice.accent}\n{voice.vendor_id}\n{voice.style}".lower()
        )

    def cut(self, voices: Sequence[NamedVoice]) -> Sequence[NamedVoice]:
        """The page of them."""
        return voices[self.offset :] if self.limit is None else voices[self.offset : self.offset + self.limit]


def listing(query: bytes) -> Listing:
    """Read the query of a list of voices. Of a name that is there twice, the last counts.

    Raises:
        InvalidRequest: "out_of_range": `limit` is none of 1 to 500, or `offset` none of 0 and more.
    """
    given = {name: value.strip().lower() for name, value in _pairs(query)}
    texts = {name: given.get(name, "") for name in ("language", "gender", "accent", "category", "model", "search")}
    provider = given.get("provider", "")
    return Listing(
        **texts,
        provider=_OTHERWISE.get(provider, provider),
        limit=_number(given, "limit", lowest=1, highest=_LONGEST_LIST),
        offset=_number(given, "offset", lowest=0, highest=10**6) or 0,
        part="limit" in given or "offset" in given,
    )


def voice_entry(voice: NamedVoice, preview_url: str | None) -> dict[str, Any]:
    """A voice as lists show it."""
    return {
        "id": str(voice.id),
        "name": voice.name,
        "gender": voice.gender,
        "provider": PROVIDERS[voice.vendor],
        "accent": voice.accent,
        "language": voice.language,
        "category": voice.category,
        "preview_url": preview_url,
        "metadata": {
            "supported_models": voice.models,
            "provider_voice_id": voice.vendor_id,
            "native_language": voice.locale,
            "sample_rate": voice.sample_rate,
            "style": voice.style or None,
        },
    }


def _pairs(query: bytes) -> Iterator[tuple[str, str]]:
    try:
        yield from parse_qsl(query.decode("latin-1"), max_num_fields=100)
    except ValueError:
        raise InvalidRequest("out_of_range", "query", expected=FEW_PARAMETERS) from None


def _number(given: Mapping[str, str], name: str, *, lowest: int, highest: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest)) and lowest <= int(text) <= highest):
        raise InvalidRequest("out_of_range", name, expected=number_between(lowest, highest))
    return int(text)


def _first(problems: Sequence[Any], shape: type[BaseModel], body: Mapping[str, Any]) -> InvalidRequest:
    order = tuple(shape.model_fields)
    problem = min(problems, key=lambda found: (order.index(found["loc"][0]), *found["loc"][1:2]))
    kind = problem["type"]
    place, value = (problem["loc"], None) if kind == "missing" else _found(body, problem["loc"])
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
    if value is None or kind in _EMPTY:  # Where nothing may stand, nothing is no fault.
        return InvalidRequest("missing", field)
    if kind == "literal_error":
        return InvalidRequest("not_one_of", field, allowed=problem["ctx"]["expected"])
    # A field with several types has a problem with each of them.
    there = [one for one in problems if _found(body, one["loc"])[0] == place]
    wanted = " or ".join(dict.fromkeys(expected(one) for one in there))
    return InvalidRequest("out_of_range" if kind in _RANGE else "wrong_type", field, expected=wanted)


def _found(body: Any, place: Sequence[str | int]) -> tuple[Sequence[str | int], Any]:
    """What stands at a place, and where that is: of a field with several types, the last step names a type."""
    for depth, step in enumerate(place):
        match body, step:
            case dict(), str() if step in body:
                body = body[step]
            case list(), int():
                body = body[step]
            case _:
                return place[:depth], body
    return place, body
