"""Uploads and auditions: what a worker does with recordings that nothing else is made of.

Of an upload comes a clip, of an audition a persona: somebody who sings like who speaks in the recording.
"""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.money import MilliCredits
from antiphon.domain.songs import Clip
from antiphon.domain.speech import Likeness
from antiphon.services.clips import Persona
from antiphon.services.hooks import Hook, Letter, messages
from antiphon.services.recordings import Recordings
from antiphon.services.songs import Outcome, Recording
from antiphon.services.submit import usage
from antiphon.services.work import Receipt, Tell

UPLOAD, AUDITION = "upload", "audition"
"""The kinds of their jobs."""

LARGEST_AUDITION = 16 * 1024**2
"""Bytes of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a job asks for.

    Args:
        recording: What is fetched; its id is that of the clip, or of the persona.
        name: What the persona is called.
        route: For the request log.
        listed: What it costs without a discount, for the request log; None for what it is charged.
        hook: Who is told how it ended, if anybody is.
    """

    recording: Recording
    name: str = ""
    route: str
    listed: MilliCredits | None = None
    hook: Hook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditioned:
    """What came of an audition: a persona."""

    persona_id: UUID
    name: str


class Ear(Protocol):
    """Measures speakers."""

    async def audition(self, recording: bytes) -> Likeness | ClipFault:
        """What the beginning of a recording tells of its speaker, or why it tells nothing.

        Raises:
            Unavailable: It cannot be measured now.
        """
        ...


_ERRAND = TypeAdapter(Errand)
_OUTCOME = TypeAdapter(Outcome)
_AUDITIONED = TypeAdapter(Auditioned)


def packed(errand: Errand) -> bytes:
    """An errand, for a job."""
    return _ERRAND.dump_json(errand)


def auditioned(made: bytes) -> Auditioned:
    """What came of an audition."""
    return _AUDITIONED.validate_json(made)


class Uploads:
    """The trade of uploads.

    Args:
        recordings: Takes them in.
        letter: What is told of a job that has ended: the event and the body.
    """

    def __init__(self, recordings: Recordings, *, letter: Letter) -> None:
        self._recordings = recordings
        self._letter = letter

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Take a recording in; see `Trade.work`."""
        clip: Clip = await self._recordings.fetched(job.account_id, _ERRAND.validate_json(job.asked).recording, tell)
        return _OUTCOME.dump_json(Outcome(clips=(clip,)))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        return _receipt(job, outcome, self._letter, engine="listen", at=at)


class Auditions:
    """The trade of auditions.

    Args:
        recordings: Fetches them.
        ear: Hears who speaks.
        letter: What is told of a job that has ended: the event and the body.
    """

    def __init__(self, recordings: Recordings, *, ear: Ear, letter: Letter) -> None:
        self._recordings = recordings
        self._ear = ear
        self._letter = letter

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Hear somebody and keep them as a persona; see `Trade.work`."""
        errand = _ERRAND.validate_json(job.asked)
        id_, clips = errand.recording.id, self._recordings.clips
        try:
            await clips.singer(job.account_id, id_)
        except NotFound:
            singer = await self._heard(errand.recording, tell)
            await clips.introduce(job.account_id, id_, Persona(name=errand.name), singer)
        return _AUDITIONED.dump_json(Auditioned(persona_id=id_, name=errand.name))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        return _receipt(job, outcome, self._letter, engine="ear", at=at)

    async def _heard(self, recording: Recording, tell: Tell) -> bytes:
        """Who sings like who speaks in a recording.

        Raises:
            InvalidRequest: The fault's word, "recording_url" or "recording_too_large".
            Unavailable: It cannot be heard here and now.
        """
        tell("fetch", 0.0)
        file = await self._recordings.download(recording.url, most=LARGEST_AUDITION)
        tell("voice", 0.5)
        likeness = await self._ear.audition(file)
        if isinstance(likeness, ClipFault):
            raise InvalidRequest(likeness.value, "audio_url")
        return await self._recordings.maker.singer(likeness)


def _receipt(job: Job, outcome: bytes | Fault, letter: Letter, *, engine: str, at: float) -> Receipt:
    errand = _ERRAND.validate_json(job.asked)
    row = usage(
        job,
        route=errand.route,
        model="",
        engine=engine,
        status=(400 if outcome.code == InvalidRequest.code else 500) if isinstance(outcome, Fault) else 200,
        code=outcome.code if isinstance(outcome, Fault) else "",
        at=at,
    )
    row = replace(row, listed=job.price if errand.listed is None else errand.listed)
    return Receipt(usage=row, messages=tuple(messages(job, errand.hook, letter, outcome, at=at)))
