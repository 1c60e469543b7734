"""Voices that clients made from clips."""

from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.speech import Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class ClonedVoice:
    """A voice of a project.

    Args:
        id: Made by the server, sorts by time.
        account_id: Whose it is.
        project_id: In which project.
        name: Unique in the project.
        filename: Of the clip, as the client named it.
        created_at: Unix seconds.
        clip: Where the clip is kept.
        likeness: What was measured in it; None where it could not be.
        fault: Why not, as a stable word such as "voice_audio_too_long"; "" where all is well.
    """

    id: UUID
    account_id: UUID
    project_id: UUID
    name: str
    filename: str
    created_at: float
    clip: str
    likeness: Likeness | None = None
    fault: str = ""
