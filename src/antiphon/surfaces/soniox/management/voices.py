"""`/v1/voices`: voices that clients make from clips. Source: contracts, Soniox §4.

The published API says nothing of what a voice is; ours says in `description` what was measured, and that it is no copy.
"""

from collections.abc import Sequence
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.clips import LONGEST_CLIP, ClipFault
from antiphon.domain.errors import InvalidRequest, ModelUnavailable, NotFound, TooLarge
from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.speech import Likeness
from antiphon.domain.voices import ClonedVoice
from antiphon.services.speak import Plan, Speak
from antiphon.services.voices import LARGEST_CLIP, Voices
from antiphon.surfaces.soniox.management.cursor import cursor, place
from antiphon.surfaces.soniox.management.endpoint import LARGEST_BODY, Door, Endpoint, Work, query, reply
from antiphon.surfaces.soniox.management.envelope import Fault, Invalid, validated
from antiphon.surfaces.soniox.management.times import moment
from antiphon.surfaces.soniox.management.voice_schemas import (
    CreateVoicePayload,
    GetVoicesPayload,
    RecomputeVoicePayload,
    Voice,
    VoiceModel,
    VoicesCount,
    VoicesPage,
)
from antiphon.web.body import header, read_json
from antiphon.web.errors import Answer
from antiphon.web.resource import resource
from antiphon.web.uploads import chunks, read_form

_LISTING = "voices"
_LARGEST_FORM = LARGEST_CLIP + LARGEST_BODY

_FAULTS = {
    ClipFault.TOO_LONG: f"The audio is too long (max {LONGEST_CLIP:g} seconds).",
    ClipFault.NO_SPEECH: "The audio has too little speech in it (at least a second of voiced sound is needed).",
    ClipFault.UNREADABLE: "The audio cannot be read (WAV, MP3, FLAC, Ogg, M4A, AAC and WebM can).",
}


def routes(door: Door, *, voices: Voices, speech: Speak) -> Sequence[BaseRoute]:
    """The routes of cloned voices.

    Args:
        door: Who may come in.
        voices: Who makes them.
        speech: Who speaks in them.
    """
    made = _Made(voices, speech)

    def endpoint(name: str, work: Work) -> Endpoint:
        return Endpoint(route_name=f"soniox.{name}", door=door, permission=Permission.CLONED_VOICES, work=work)

    return [
        resource("/v1/voices", GET=endpoint("voices", made.list), POST=endpoint("create_voice", made.create)),
        resource("/v1/voices/count", GET=endpoint("count_voices", made.count)),
        resource(
            "/v1/voices/{voice_id}", GET=endpoint("voice", made.get), DELETE=endpoint("delete_voice", made.delete)
        ),
        resource("/v1/voices/{voice_id}/recompute", POST=endpoint("recompute_voice", made.recompute)),
    ]


class _Made:
    """The voices of the key's project."""

    def __init__(self, voices: Voices, speech: Speak) -> None:
        self._voices = voices
        self._speech = speech

    async def create(self, key: ApiKey, scope: Scope, receive: Receive) -> Answer:
        """Make one."""
        async with read_form(scope, receive, most=_LARGEST_FORM) as form:
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            wanted = validated(CreateVoicePayload, texts, place="body.payload")
            file = _file(form)
            voice = await self._voices.create(key, name=wanted.name, filename=file.filename or "", clip=chunks(file))
        return reply(self._shown(voice), status=201)

    async def list(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """A page of them."""
        wanted = validated(GetVoicesPayload, query(scope), place="query.payload")
        after = None if wanted.cursor is None else _after(wanted.cursor)
        found = await self._voices.list(key.project_id, after=after, most=wanted.limit + 1)
        page = found[: wanted.limit]
        more = len(found) > len(page)
        return reply(
            VoicesPage(
                voices=[self._shown(voice) for voice in page],
                next_page_cursor=cursor(_LISTING, str(page[-1].id)) if more else None,
            )
        )

    async def count(self, key: ApiKey, _scope: Scope, _receive: Receive) -> Answer:
        """How many there are."""
        return reply(VoicesCount(total=await self._voices.count(key.project_id)))

    async def get(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """One of them."""
        return reply(self._shown(await self._voices.get(key.project_id, _id(scope))))

    async def recompute(self, key: ApiKey, scope: Scope, receive: Receive) -> Answer:
        """Measure its clip again, where nothing was measured."""
        body = await read_json(scope, receive, most=LARGEST_BODY) if _has_body(scope) else {}
        wanted = validated(RecomputeVoicePayload, body, place="body.payload")
        if wanted.model is not None and all(plan.model.id != wanted.model for plan in self._plans()):
            raise ModelUnavailable("unknown_model", "model")
        return reply(self._shown(await self._voices.recompute(key.project_id, _id(scope))))

    async def delete(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """Take it away, and its clip."""
        await self._voices.delete(key.project_id, _id(scope))
        return Answer(status=204, headers=[(b"cache-control", b"no-store")], body=b"")

    def _plans(self) -> Sequence[Plan]:
        return [plan for plan in self._speech.served("soniox") if plan.model.voice_cloning]

    def _shown(self, voice: ClonedVoice) -> Voice:
        plans = self._plans()
        return Voice(
            id=voice.id,
            name=voice.name,
            filename=voice.filename,
            created_at=moment(voice.created_at),
            models=[_standing(plan, voice) for plan in plans],
            description=_description(voice.likeness, makers=sorted({plan.maker.name for plan in plans})),
        )


def _after(presented: str) -> UUID:
    """The last voice of the page before."""
    try:
        return UUID(place(_LISTING, presented))
    except ValueError:
        raise InvalidRequest("cursor", "cursor") from None


def _standing(plan: Plan, voice: ClonedVoice) -> VoiceModel:
    if not voice.fault:
        return VoiceModel(model=plan.model.id, status="ready", error_type=None, error_message=None)
    return VoiceModel(
        model=plan.model.id,
        status="failed",
        error_type=voice.fault,
        error_message=_FAULTS[ClipFault(voice.fault)],
    )


def _description(likeness: Likeness | None, *, makers: Sequence[str]) -> str:
    """What the voice is, honestly."""
    if likeness is None:
        return "Nothing could be measured in the clip, so there is no voice."
    figures = (
        f"pitch {likeness.pitch:.0f} Hz, span {likeness.span:.1f} semitones, {likeness.pace:.1f} syllables a second, "
        f"tilt {likeness.tilt:.1f} dB an octave"
    )
    return f"A likeness made of {' and '.join(makers)}: {figures}, as measured in the clip. Not a copy of the speaker."


def _file(form: FormData) -> UploadFile:
    """The clip.

    Raises:
        Invalid: There is none, or it is empty.
        TooLarge: It is too large.
    """
    file = form.get("file")
    if file is None:
        raise Invalid(Fault(error_type="missing", location="body.payload.file", message="Field required"))
    if not isinstance(file, UploadFile):
        raise Invalid(Fault(error_type="value_error", location="body.payload.file", message="Field should be a file"))
    if not file.size:
        raise Invalid(Fault(error_type="too_short", location="body.payload.file", message="File should not be empty"))
    if file.size > LARGEST_CLIP:
        raise TooLarge("clip", "file", limit=LARGEST_CLIP)
    return file


def _has_body(scope: Scope) -> bool:
    """Whether a request brings a body: one SDK sends an object here, a client of one's own perhaps nothing."""
    return header(scope, b"transfer-encoding") is not None or (header(scope, b"content-length") or "0") != "0"


def _id(scope: Scope) -> UUID:
    """The voice that a path names.

    Raises:
        NotFound: There can be none of that name.
    """
    text = scope["path_params"]["voice_id"]
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound("unknown_voice") from None
    if str(found) != text.lower():
        raise NotFound("unknown_voice")
    return found
