"""What requests for cloned voices may say, and what they are answered. Source: contracts, Soniox §4.

`description` is ours: it says what a voice is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class GetVoicesPayload(BaseModel):
    """The query of `GET /v1/voices`. Fields that are not listed are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    limit: int = Field(1000, ge=1, le=1000)
    cursor: str | None = Field(None, description="Where the next page begins.")


class CreateVoicePayload(BaseModel):
    """The fields of the form of `POST /v1/voices`, besides its `file`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Annotated[
        str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
    ] = Field(description="Unique in the project.")


class RecomputeVoicePayload(BaseModel):
    """The body of `POST /v1/voices/{voice_id}/recompute`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="Only this model; by default all for which the voice is not ready."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceModel:
    """Whether a model can speak in a voice, and if not, why."""

    model: str
    status: Literal["not_computed", "processing", "ready", "failed"]
    error_type: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice made from a clip."""

    id: UUID
    name: str
    filename: str
    created_at: str
    models: Sequence[VoiceModel]
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicesPage:
    """A page of voices, oldest first."""

    voices: Sequence[Voice]
    next_page_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicesCount:
    """How many voices a project has."""

    total: int
