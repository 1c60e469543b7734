"""From Sonna's bodies and queries to our own values, and back. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from antiphon.catalog.voices import NamedVoice
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.models import SpeechModel
from antiphon.domain.speech import Codec, Encoding, Manner
from antiphon.domain.units import BitsPerSecond, Hertz, Seconds
from antiphon.surfaces.sonna.schemas import SynthesizeRequest

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

_ORDER = tuple(SynthesizeRequest.model_fields)
_MISSING = frozenset({"missing", "string_too_short"})
_RANGE = frozenset({"greater_than_equal", "less_than_equal", "finite_number"})

_LONGEST_LIST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A body that is right as far as can be said without a catalogue.

    Args:
        request: The body.
        encoding: What the sound is to be.
        suffix: The ending of its file.
        raw: Whether the sound itself is the answer.
    """

    request: SynthesizeRequest
    encoding: Encoding
    suffix: str
    raw: bool


def wish(body: Any, *, accept: str) -> Wish:
    """Read the body of a synthesis. The first thing wrong is told, the fields in the contract's order.

    Args:
        body: JSON.
        accept: The `Accept` header; "" for none.

    Raises:
        InvalidRequest: "json", "missing", "wrong_type", "out_of_range", "not_one_of".
    """
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    try:
        request = SynthesizeRequest.model_validate(body)
    except ValidationError as wrong:
        raise _first(wrong.errors(include_url=False, include_input=False), body) from None
    if not request.text.strip():
        raise InvalidRequest("missing", "text")
    encoding, suffix = _FORMATS[request.response_format or _DEFAULT_FORMAT]
    raw = wants_sound(accept) if request.response_type is None else request.response_type == "binary"
    return Wish(request=request, encoding=encoding, suffix=suffix, raw=raw)


def manner(wish: Wish, *, voice: str, language: str, model: SpeechModel) -> Manner:
    """How to speak.

    Args:
        wish: What was asked for; its speed is brought into the model's range.
        voice: The maker's name for the voice.
        language: The maker's code.
        model: Which model speaks.
    """
    slowest, fastest = model.speed
    wanted = 1.0 if wish.request.speed is None else wish.request.speed
    return Manner(
        voice=voice,
        language=language,
        encoding=wish.encoding,
        speed=min(max(wanted, slowest), fastest),
        max_duration=LONGEST,
    )


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
        provider, language, gender, category, model: What has to be equal.
        search: What has to be part of a voice's names or accent.
        limit: At most so many; None: all.
        offset: So many are passed over first.
    """

    provider: str = ""
    language: str = ""
    gender: str = ""
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
    texts = {name: given.get(name, "") for name in ("language", "gender", "category", "model", "search")}
    provider = given.get("provider", "")
    return Listing(
        **texts,
        provider=_OTHERWISE.get(provider, provider),
        limit=_number(given, "limit", lowest=1, highest=_LONGEST_LIST),
        offset=_number(given, "offset", lowest=0, highest=10**6) or 0,
        part="limit" in given or "offset" in given,
    )


def voice_entry(voice: NamedVoice) -> dict[str, Any]:
    """A voice as lists show it."""
    return {
        "id": str(voice.id),
        "name": voice.name,
        "gender": voice.gender,
        "provider": PROVIDERS[voice.vendor],
        "accent": voice.accent,
        "language": voice.language,
        "category": voice.category,
        "preview_url": None,
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
        raise InvalidRequest("out_of_range", "query") from None


def _number(given: Mapping[str, str], name: str, *, lowest: int, highest: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest)) and lowest <= int(text) <= highest):
        raise InvalidRequest("out_of_range", name)
    return int(text)


def _first(problems: Iterable[Any], body: Mapping[str, Any]) -> InvalidRequest:
    problem = min(problems, key=lambda found: _ORDER.index(found["loc"][0]))
    field, kind = problem["loc"][0], problem["type"]
    required = SynthesizeRequest.model_fields[field].is_required()
    if kind in _MISSING or (required and body.get(field) is None):
        return InvalidRequest("missing", field)
    if kind in _RANGE:
        return InvalidRequest("out_of_range", field)
    if kind == "literal_error":
        return InvalidRequest("not_one_of", field, allowed=problem["ctx"]["expected"])
    return InvalidRequest("wrong_type", field)
