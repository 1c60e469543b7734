"""What requests to the management API may say. Source: contracts, Soniox §3 and §4.

Class names and messages are as the published API has them, which is built with pydantic too.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from antiphon.catalog.voice_tags import Age
from antiphon.catalog.voices import Gender

Kind = Literal["stt", "tts"]
UsageType = Literal["tts_rt", "transcribe_websocket"]


def _split(values: object) -> object:
    """Several values may also stand in one, with commas between."""
    if isinstance(values, list):
        return [part for value in values for part in str(value).split(",")]
    return values


def _whole(value: object) -> object:
    """A query has digits where a number is meant."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < len("1000000") else value


_Tags = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10), BeforeValidator(_split)]


class _Query(BaseModel):
    """Texts, to be read as what they stand for. Fields that are not listed are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Times(_Query):
    start_time: datetime = Field(description="Start of the window, within it; ISO 8601, UTC unless it says otherwise.")
    end_time: datetime = Field(description="End of the window, not within it.")


class GetSharedVoicesPayload(_Query):
    """The query of `GET /v1/shared-voices`. A voice has to match all that is given."""

    model: str = Field(min_length=1, max_length=64, description="The model whose voices are listed.")
    gender: Gender | None = None
    age: Age | None = None
    accent: Annotated[str, Field(max_length=40)] | None = Field(None, description="Such as british.")
    use_case: _Tags = Field([], description="All of these; repeated, or with commas between.")
    style: _Tags = Field([], description="All of these; repeated, or with commas between.")
    limit: int = Field(100, ge=1, le=200)
    cursor: str | None = Field(None, description="Where the next page begins, with the same filters.")


class GetUsageLogsPayload(_Times):
    """The query of `GET /v1/usage-logs`: at most 31 days, none longer ago than 91."""

    limit: int = Field(1000, ge=1, le=1000)
    sort: Literal["end_time_asc", "end_time_desc"] = "end_time_asc"
    cursor: str | None = Field(None, description="Where the next page begins, with the same window and order.")


class GetUsageSummaryPayload(_Times):
    """The query of `GET /v1/usage/summary`: each day (UTC) that a window of at most 366 days touches."""


class GetConcurrentStreamsHistoryPayload(_Times):
    """The query of `GET /v1/concurrent-streams-history`: all periods that begin in the window."""

    period_sec: Annotated[Literal[60, 3600, 86400], BeforeValidator(_whole)] = Field(
        description="Length of a period. The window is at most 7, 31 or 366 days."
    )
    kind: Kind


class CreateTemporaryApiKeyPayload(BaseModel):
    """The body of `POST /v1/auth/temporary-api-key`. Fields that are not listed are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    usage_type: UsageType = Field(description="tts_rt opens /tts and /tts-websocket.")
    expires_in_seconds: int = Field(ge=1, le=3600, description="For how long it may begin streams.")
    client_reference_id: Annotated[str, Field(max_length=256)] | None = Field(
        None, description="The label of all it does, whatever a request says."
    )
    single_use: bool | None = Field(None, description="Whether it begins one stream at most.")
    max_session_duration_seconds: Annotated[int, Field(ge=1, le=18000)] | None = Field(
        None, description="How long any one stream may last."
    )
