"""The bodies of the Sonna dialect. Source: contracts, Sonna §1.3 and §1.10."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]

LATER = "Checked, and acts from a later release on."


class SynthesizeRequest(BaseModel):
    """The body of `POST /api/v1/tts/synthesize`. Fields that are not listed are passed over, null is the default."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    text: Annotated[str, Field(min_length=1)] = Field(
        description="What to say: at most the model's 3,000 to 40,000 code points, or the plan's (Free: 1,000).",
        examples=["Welcome to Sonna. Your generation is ready."],
    )
    voice: Annotated[str, Field(min_length=1)] = Field(
        description="A voice's `id` from the list of voices, or the vendor's own id or name for it. It decides the "
        "provider.",
        examples=["Alice", "Kore", "en-US-Neural2-D"],
    )
    ttsModel: str | None = Field(  # noqa: N815 - the contract's name
        None,
        description="A model of the voice's provider. Missing or another provider's: the provider's usual one.",
        examples=["eleven-flash-v2-5"],
    )
    response_format: Literal["mp3_44100_128", "mp3", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000"] | None = Field(
        None, description="mp3_44100_128 (the default; also mp3), or headerless 16-bit mono PCM at that rate."
    )
    response_type: Literal["json", "binary"] | None = Field(
        None, description="binary answers with the sound itself, as an `Accept` header that names it does."
    )
    speed: Annotated[float, Field(ge=0.25, le=4.0)] | None = Field(
        None, description="1.0 is the voice's own. Brought into what the model can do; `appliedSpeed` says so."
    )
    stability: Share | None = Field(None, description=f"ElevenLabs. {LATER}")
    similarity_boost: Share | None = Field(None, description=f"ElevenLabs. {LATER}")
    speaker_boost: bool | None = Field(None, description=f"ElevenLabs. {LATER}")
    style_exaggeration: Share | None = Field(None, description=f"Multilingual v2. {LATER}")
    language_override: bool | None = Field(None, description=f"Eleven v3 and Flash v2.5. {LATER}")
    pitch: Share | None = Field(None, description=f"Google; 0.5 is the voice's own. {LATER}")
    style_instructions: str | None = Field(None, description=f"Gemini. {LATER}")
    style_instructions_enabled: bool | None = Field(None, description=f"Gemini. {LATER}")
    title: str | None = Field(None, description=f"Of the project. {LATER}")


class SynthesizeAnswer(BaseModel):
    """What a synthesis is answered with."""

    success: Literal[True]
    url: str = Field(description="Where the file is for 24 hours.")
    remainingCredits: int = Field(description="What can be spent after this, rounded down.")  # noqa: N815
    projectCreated: bool  # noqa: N815 - the contract's name, as all of these
    model: str = Field(description="The model that was used and charged for.")
    creditsCharged: float = Field(description="To three decimals.")  # noqa: N815
    expiresAt: str = Field(description="When the file is refused; ISO 8601, UTC.")  # noqa: N815
    appliedSpeed: float | None = Field(None, description="Where it is not the one asked for.")  # noqa: N815


class VoiceMetadata(BaseModel):
    """What else is known about a voice."""

    supported_models: list[str]
    provider_voice_id: str
    native_language: str
    sample_rate: int
    style: str | None


class VoiceEntry(BaseModel):
    """A voice in a list."""

    id: str
    name: str
    gender: Literal["male", "female", "neutral"]
    provider: Literal["ElevenLabs", "Gemini", "Google Cloud"]
    accent: str
    language: str
    category: str
    preview_url: str | None
    metadata: VoiceMetadata


class VoicesAnswer(BaseModel):
    """Voices; `total` where a part of them was asked for."""

    success: Literal[True]
    voices: list[VoiceEntry]
    total: int | None = None


class CreditsAnswer(BaseModel):
    """What the account has."""

    success: Literal[True]
    credits: int = Field(description="All that can be spent, rounded down.")
    payg_credits: int
    plan: str
    expiresAt: str | None  # noqa: N815 - the contract's name


class ErrorBody(BaseModel):
    """The body of every error. More keys say more: field, limit, length, required, available, retryAfter."""

    success: Literal[False]
    error: str = Field(description="For people.")
    code: str = Field(description="Stable; decide on this.")
    requestId: str = Field(description="As in X-Request-Id.")  # noqa: N815 - the contract's name
