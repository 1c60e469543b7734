"""`GET /v1/tts-models`, `/v1/shared-voices` and `/v1/models`: what can be asked for by name."""

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.catalog.voice_tags import VoiceTags, load_voice_tags
from antiphon.domain.clips import LONGEST_CLIP
from antiphon.domain.errors import InvalidRequest, ModelUnavailable
from antiphon.domain.keys import ApiKey
from antiphon.domain.ports import Voice
from antiphon.services.speak import Plan, Speak
from antiphon.surfaces.soniox.management.answers import (
    Language,
    ModelVoice,
    SharedVoice,
    SharedVoices,
    SttModels,
    TtsModel,
    TtsModels,
)
from antiphon.surfaces.soniox.management.cursor import cursor, place
from antiphon.surfaces.soniox.management.endpoint import Door, Endpoint, query, reply
from antiphon.surfaces.soniox.management.envelope import validated
from antiphon.surfaces.soniox.management.schemas import GetSharedVoicesPayload
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

_LISTING = "shared-voices"
_LISTS = frozenset({"use_case", "style"})


def routes(door: Door, *, speech: Speak) -> Sequence[BaseRoute]:
    """The routes of what can be asked for. Any key may look.

    Args:
        door: Who may come in.
        speech: Who speaks.
    """
    listed = _Listed(speech, tags=load_voice_tags())
    return [
        resource(
            "/v1/tts-models",
            GET=Endpoint(route_name="soniox.tts_models", door=door, permission=None, work=listed.models),
        ),
        resource(
            "/v1/shared-voices",
            GET=Endpoint(route_name="soniox.shared_voices", door=door, permission=None, work=listed.voices),
        ),
        resource("/v1/models", GET=Endpoint(route_name="soniox.models", door=door, permission=None, work=_listening)),
    ]


class _Listed:
    """The models that somebody serves, and their voices."""

    def __init__(self, speech: Speak, *, tags: Mapping[str, VoiceTags]) -> None:
        self._speech = speech
        self._tags = tags

    async def models(self, _key: ApiKey, _scope: Scope, _receive: Receive) -> Answer:
        """All models: whatever is listed can be asked for."""
        return reply(TtsModels(models=[_model(plan) for plan in self._plans()]))

    async def voices(self, _key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """The voices of a model that match."""
        wanted = validated(GetSharedVoicesPayload, query(scope, lists=_LISTS), place="query.payload")
        start = 0 if wanted.cursor is None else _index(wanted.cursor)
        plan = next((plan for plan in self._plans() if plan.model.id == wanted.model), None)
        if plan is None:
            raise ModelUnavailable("unknown_model", "model")
        found = [voice for voice in map(self._described, plan.maker.voices()) if _matches(voice, wanted)]
        end = start + wanted.limit
        return reply(
            SharedVoices(
                voices=found[start:end],
                next_page_cursor=cursor(_LISTING, str(end)) if end < len(found) else None,
            )
        )

    def _plans(self) -> Sequence[Plan]:
        return self._speech.served("soniox")

    def _described(self, voice: Voice) -> SharedVoice:
        tags = self._tags.get(voice.id, VoiceTags())
        return SharedVoice(
            id=voice.id,
            description=voice.description,
            gender=voice.gender,
            age=tags.age,
            accent=voice.accent.lower(),
            use_case=tags.use_case,
            style=tags.style,
        )


async def _listening(_key: ApiKey, _scope: Scope, _receive: Receive) -> Answer:
    """The models that listen: this server has none."""
    return reply(SttModels())


def _model(plan: Plan) -> TtsModel:
    model = plan.model
    slowest, fastest = model.speed
    adjusts = slowest < fastest
    return TtsModel(
        id=model.id,
        aliased_model_id=model.alias_of,
        name=model.name,
        languages=[Language(code=language.code, name=language.name) for language in plan.maker.languages()],
        voices=[
            ModelVoice(id=voice.id, description=voice.description, gender=voice.gender) for voice in plan.maker.voices()
        ],
        supports_timestamps=model.timestamps,
        supports_voice_cloning=model.voice_cloning,
        voice_cloning_max_audio_duration_ms=round(1000 * LONGEST_CLIP) if model.voice_cloning else None,
        supports_speed_adjustment=adjusts,
        speed_min=slowest if adjusts else None,
        speed_max=fastest if adjusts else None,
        supports_silence_reduction=model.silence_reduction,
    )


def _matches(voice: SharedVoice, wanted: GetSharedVoicesPayload) -> bool:
    return (
        wanted.gender in {None, voice.gender}
        and wanted.age in {None, voice.age}
        and (wanted.accent is None or wanted.accent.lower() == voice.accent)
        and {use.lower() for use in wanted.use_case} <= set(voice.use_case)
        and {style.lower() for style in wanted.style} <= set(voice.style)
    )


def _index(presented: str) -> int:
    """How many of the voices that match came before."""
    text = place(_LISTING, presented)
    if not text.isdecimal():
        raise InvalidRequest("cursor", "cursor")
    return int(text)
