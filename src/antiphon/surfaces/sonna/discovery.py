"""What there is to choose from: voices, what they can be narrowed by, favourites, models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.catalog.plans import Plan
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.catalog.voices import NamedVoice
from antiphon.domain.errors import InvalidRequest
from antiphon.kit.clock import Clock
from antiphon.services.favorites import Favorites
from antiphon.services.previews import Previews
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.asking import tell
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.numbers import moment
from antiphon.surfaces.sonna.schemas import FavoriteRequest
from antiphon.web.body import read_json

_VERSION = "1.0"
_NOTE = "The voice decides the provider. planRequired is also met by bought credits."
_LARGEST_BODY = 16 * 1024


def build(
    *,
    callers: Callers,
    catalogue: SonnaSpeech,
    favorites: Favorites,
    previews: Previews,
    free: Plan,
    clock: Clock,
) -> Sequence[BaseRoute]:
    """These routes.

    Args:
        callers: Who may ask.
        catalogue: Models and voices.
        favorites: Whose favourites are which.
        previews: Where voices can be heard.
        free: The plan that says what can be had without paying.
        clock: Tells the time.
    """
    entries = _Entries(catalogue.voices.all, previews)
    return [
        Route("/api/v1/tts/voices", _Voices(callers=callers, catalogue=catalogue, entries=entries), methods=["GET"]),
        Route(
            "/api/v1/tts/filters", _Filters(callers=callers, filters=_filters(catalogue.voices.all)), methods=["GET"]
        ),
        Route(
            "/api/v1/tts/models",
            _Models(callers=callers, models=_models(catalogue, free), clock=clock),
            methods=["GET"],
        ),
        Route("/api/v1/tts/favorites", _Listed(callers=callers, favorites=favorites, entries=entries), methods=["GET"]),
        Route(
            "/api/v1/tts/favorites/toggle",
            _Toggle(callers=callers, favorites=favorites, catalogue=catalogue),
            methods=["POST"],
        ),
    ]


class _Entries:
    """Voices as lists show them, by id: written once, when the server knows its own address."""

    def __init__(self, voices: Sequence[NamedVoice], previews: Previews) -> None:
        self._voices = voices
        self._previews = previews
        self._written: Mapping[UUID, dict[str, Any]] = {}

    def __call__(self) -> Mapping[UUID, dict[str, Any]]:
        if not self._written:
            self._written = {
                voice.id: translate.voice_entry(voice, self._previews.url(str(voice.id))) for voice in self._voices
            }
        return self._written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voices:
    route_name: ClassVar = "sonna.voices"

    callers: Callers
    catalogue: SonnaSpeech
    entries: _Entries

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.callers.anyone(scope)
        wanted = translate.listing(scope["query_string"])
        found = [voice for voice in self.catalogue.voices.all if wanted.takes(voice)]
        total = {"total": len(found)} if wanted.part else {}
        entries = self.entries()
        await tell(send, voices=[entries[voice.id] for voice in wanted.cut(found)], **total)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filters:
    route_name: ClassVar = "sonna.filters"

    callers: Callers
    filters: dict[str, list[str]]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.callers.anyone(scope)
        await tell(send, **self.filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    route_name: ClassVar = "sonna.tts-models"

    callers: Callers
    models: list[dict[str, Any]]
    clock: Clock

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.callers.anyone(scope)
        categories = list(dict.fromkeys(model["category"] for model in self.models))
        metadata = {"total": len(self.models), "categories": categories, "note": _NOTE}
        at = moment(self.clock.now())
        await tell(send, version=_VERSION, timestamp=at, models=self.models, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    route_name: ClassVar = "sonna.favorites"

    callers: Callers
    favorites: Favorites
    entries: _Entries

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await self.callers.anyone(scope)
        chosen, entries = await self.favorites.of(key.account_id), self.entries()
        await tell(send, favorites=[entries[id_] for id_ in chosen if id_ in entries])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Toggle:
    route_name: ClassVar = "sonna.favorites.toggle"

    callers: Callers
    favorites: Favorites
    catalogue: SonnaSpeech

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await self.callers.anyone(scope)
        body = await read_json(scope, receive, most=_LARGEST_BODY)
        voice = self.catalogue.voices.find(translate.read(FavoriteRequest, body).voiceId)
        if voice is None:
            raise InvalidRequest("unknown_voice", "voiceId")
        await tell(send, favorited=await self.favorites.toggle(key.account_id, voice.id))


def _filters(voices: Sequence[NamedVoice]) -> dict[str, list[str]]:
    """Everything that any voice has, in the order of the voices."""
    kinds = {
        "providers": lambda voice: translate.PROVIDERS[voice.vendor],
        "genders": lambda voice: voice.gender,
        "languages": lambda voice: voice.language,
        "accents": lambda voice: voice.accent,
        "categories": lambda voice: voice.category,
    }
    return {kind: list(dict.fromkeys(map(of, voices))) for kind, of in kinds.items()}


def _models(catalogue: SonnaSpeech, free: Plan) -> list[dict[str, Any]]:
    return [
        {
            "id": model.id,
            "name": model.speech.name,
            "provider": model.provider,
            "description": model.description,
            "category": model.category,
            "planRequired": None if free.allows(model.speech.vendor, payg=translate.NOTHING) else "pro",
        }
        for model in catalogue.models.values()
    ]
