"""What the management API answers. Source: contracts, Soniox §4, and the types of the published SDK (2.10.0).

Fields are named and ordered as published; money is a text with ten decimals, times are ISO 8601 in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from antiphon.catalog.voice_tags import Age
from antiphon.catalog.voices import Gender
from antiphon.surfaces.soniox.management.schemas import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of a model."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVoice:
    """A voice of a model."""

    id: str
    description: str
    gender: Gender


@dataclass(frozen=True, slots=True, kw_only=True)
class TtsModel:
    """A model of speech."""

    id: str
    aliased_model_id: str | None
    name: str
    languages: Sequence[Language]
    voices: Sequence[ModelVoice]
    supports_timestamps: bool
    supports_voice_cloning: bool
    voice_cloning_max_audio_duration_ms: int | None
    supports_speed_adjustment: bool
    speed_min: float | None
    speed_max: float | None
    supports_silence_reduction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TtsModels:
    """All models of speech."""

    models: Sequence[TtsModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class SttModels:
    """All models that listen: none."""

    models: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedVoice:
    """A voice of a model, and what it is called by."""

    id: str
    description: str
    gender: Gender
    age: Age
    accent: str
    use_case: Sequence[str]
    style: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedVoices:
    """A page of voices."""

    voices: Sequence[SharedVoice]
    next_page_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryApiKey:
    """A temporary key, which is shown this once."""

    api_key: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLogEntry:
    """A request that was served; see `usage.entry`."""

    uuid: UUID
    request_scope: str
    client_reference_id: str
    model: str
    start_time: str
    end_time: str
    input_text_tokens: int
    input_audio_tokens: int
    input_audio_duration_ms: int
    output_text_tokens: int
    output_audio_tokens: int
    output_audio_duration_ms: int
    duration_ms: int
    cost_usd: str
    input_cost_usd: str
    input_text_cost_usd: str
    input_audio_cost_usd: str
    output_cost_usd: str
    output_text_cost_usd: str
    output_audio_cost_usd: str
    duration_cost_usd: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLogs:
    """A page of requests."""

    usage_logs: Sequence[UsageLogEntry]
    next_page_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSummaryEntry:
    """What one model came to, or all together where `model` is null; lists have an element for each of `days`."""

    model: str | None
    days: Sequence[date]
    total_cost_usd: str
    total_input_cost_usd: str
    total_output_cost_usd: str
    total_duration_cost_usd: str
    cost_usd: Sequence[str]
    input_cost_usd: Sequence[str]
    output_cost_usd: Sequence[str]
    duration_cost_usd: Sequence[str]
    total_num_requests: int
    total_input_text_tokens: int
    total_input_audio_tokens: int
    total_input_audio_duration_ms: int
    total_output_text_tokens: int
    total_output_audio_tokens: int
    total_output_audio_duration_ms: int
    total_duration_ms: int
    num_requests: Sequence[int]
    input_text_tokens: Sequence[int]
    input_audio_tokens: Sequence[int]
    input_audio_duration_ms: Sequence[int]
    output_text_tokens: Sequence[int]
    output_audio_tokens: Sequence[int]
    output_audio_duration_ms: Sequence[int]
    duration_ms: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSummary:
    """What a project came to, by day: all together, and by model."""

    total: UsageSummaryEntry
    models: Sequence[UsageSummaryEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyNow:
    """How many are at work."""

    transcribe_concurrent: int
    tts_concurrent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyCaps:
    """How many may be at work; null for any number."""

    transcribe_concurrent: int | None
    tts_concurrent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyScope:
    """How many are at work and may be."""

    current: ConcurrencyNow
    limits: ConcurrencyCaps


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimits:
    """The key's project, and the whole account."""

    project: ConcurrencyScope
    organization: ConcurrencyScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrentStreamsHistoryEntry:
    """How many were at work at once in a period; see `history.entry`."""

    period_start: str
    period_sec: int
    sample_min: int
    sample_max: int
    sample_sum: int
    sample_count: int
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrentStreamsHistory:
    """Periods in their order, idle ones too."""

    kind: Kind
    entries: Sequence[ConcurrentStreamsHistoryEntry]
