"""The bodies of the Sonna dialect. Source: contracts, Sonna §1.3 and §1.10."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]

Format = Literal["mp3_44100_128", "mp3", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000"]
Kind = Literal["json", "binary"]

_FORMAT = "mp3_44100_128 (the default; also mp3), or headerless 16-bit mono PCM at that rate."
_KIND = "binary answers with the sound itself, as an `Accept` header that names it does."
_TITLE = "What players show, in mp3 files. Of longer ones, the first 200 code points."


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
    response_format: Format | None = Field(None, description=_FORMAT)
    response_type: Kind | None = Field(None, description=_KIND)
    speed: Annotated[float, Field(ge=0.25, le=4.0)] | None = Field(
        None, description="1.0 is the voice's own. Brought into what the model can do; `appliedSpeed` says so."
    )
    stability: Share | None = Field(
        None, description="ElevenLabs. 0.5 is the voice's own; above it melody flattens, below it livens and wavers."
    )
    similarity_boost: Share | None = Field(
        None, description="ElevenLabs. From 0.75, the default, on it is the voice itself; below, ever plainer."
    )
    speaker_boost: bool | None = Field(None, description="ElevenLabs. False takes off brightness.")
    style_exaggeration: Share | None = Field(
        None, description="Multilingual v2. Above 0.0, the default: more melody, a little higher and slower."
    )
    language_override: bool | None = Field(
        None,
        description="Eleven v3 and Flash v2.5. True speaks the voice's own language, whatever the text's; otherwise "
        "it is the text's, as far as that can be told.",
    )
    pitch: Share | None = Field(
        None, description="Google. 0.5 is the voice's own, 0.0 is 20 semitones below it, 1.0 as many above."
    )
    style_instructions: str | None = Field(
        None,
        description="Gemini. Words on how to speak, such as whisper, cheerful, slow. Act from 30 code points on, and "
        "where they are enabled.",
    )
    style_instructions_enabled: bool | None = Field(None, description="Gemini. Whether those act; they do not.")
    title: str | None = Field(None, description=_TITLE)


class DialogueTurn(BaseModel):
    """What one says."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    text: Annotated[str, Field(min_length=1)] = Field(description="May have [tags].", examples=["[whispers] Hello."])
    voice: Annotated[str, Field(min_length=1)] = Field(
        description="A voice of ElevenLabs, by any of its names.", examples=["Alice"]
    )


class DialogueRequest(BaseModel):
    """The body of `POST /api/v1/tts/synthesize-dialogue`. `inputs` is another name of `turns`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    turns: Annotated[list[DialogueTurn], Field(min_length=1)] = Field(
        description="In their order; at most 2,000 code points in all, and 10 voices."
    )
    response_format: Format | None = Field(None, description=_FORMAT)
    response_type: Kind | None = Field(None, description=_KIND)
    title: str | None = Field(None, description=_TITLE)


class EnhanceRequest(BaseModel):
    """The body of `POST /api/v1/tts/enhance`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    text: Annotated[str, Field(min_length=1)] = Field(description="At most 2,000 code points.")
    voiceId: str | None = Field(None, description="Who will say it.")  # noqa: N815 - the contract's name


class EnhanceTurn(BaseModel):
    """What one says; `id` comes back with it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Annotated[str, Field(max_length=200)] | int = Field(description="The client's own.")
    text: Annotated[str, Field(min_length=1)]
    voiceId: str | None = None  # noqa: N815 - the contract's name


class EnhanceDialogueRequest(BaseModel):
    """The body of `POST /api/v1/tts/enhance-dialogue`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    turns: Annotated[list[EnhanceTurn], Field(min_length=1)] = Field(
        description="In their order; at most 2,000 code points in all."
    )


class FavoriteRequest(BaseModel):
    """The body of `POST /api/v1/tts/favorites/toggle`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    voiceId: Annotated[str, Field(min_length=1)] = Field(description="A voice, by any of its names.")  # noqa: N815


class SynthesizeAnswer(BaseModel):
    """What a synthesis is answered with."""

    success: Literal[True]
    url: str = Field(description="Where the file is: for 24 hours, or in the library.")
    remainingCredits: int = Field(description="What can be spent after this, rounded down.")  # noqa: N815
    projectCreated: bool = Field(  # noqa: N815 - the contract's name, as all of these
        description="Of who is signed in: whether it is in the library. With an API key always true."
    )
    libraryId: str | None = Field(None, description="Its id in the library.")  # noqa: N815
    model: str = Field(description="The model that was used and charged for.")
    creditsCharged: float = Field(description="To three decimals.")  # noqa: N815
    expiresAt: str | None = Field(  # noqa: N815
        description="When the file is refused; ISO 8601, UTC. `null`: never, it is in the library."
    )
    appliedSpeed: float | None = Field(None, description="Where it is not the one asked for.")  # noqa: N815


class DialogueAnswer(BaseModel):
    """What a dialogue is answered with."""

    success: Literal[True]
    url: str = Field(description="Where the file is: for 24 hours, or in the library.")
    remainingCredits: int = Field(description="What can be spent after this, rounded down.")  # noqa: N815
    turns: int = Field(description="How many there were.")
    totalChars: int = Field(description="Code points of all turns, which is what was charged for.")  # noqa: N815
    projectCreated: bool = Field(  # noqa: N815 - the contract's name, as all of these
        description="Of who is signed in: whether it is in the library. With an API key always true."
    )
    libraryId: str | None = Field(None, description="Its id in the library.")  # noqa: N815
    model: str
    creditsCharged: float = Field(description="To three decimals.")  # noqa: N815
    expiresAt: str | None = Field(  # noqa: N815
        description="When the file is refused; ISO 8601, UTC. `null`: never, it is in the library."
    )


class EnhanceAnswer(BaseModel):
    """A text with tags put in."""

    success: Literal[True]
    text: str = Field(description="The same words, with tags.")
    original: str = Field(description="As it was sent.")
    fallback: Literal[True] | None = Field(None, description="There where it failed: then `text` is as it was sent.")


class EnhancedTurn(BaseModel):
    """A turn with tags put in."""

    id: str | int
    text: str
    original: str
    fallback: Literal[True] | None = None


class EnhanceDialogueAnswer(BaseModel):
    """The turns, in their order."""

    success: Literal[True]
    turns: list[EnhancedTurn]


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


class FiltersAnswer(BaseModel):
    """What the list of voices can be narrowed by."""

    success: Literal[True]
    providers: list[str]
    genders: list[str]
    languages: list[str]
    accents: list[str]
    categories: list[str]


class FavoritesAnswer(BaseModel):
    """The account's favourite voices, the one that was added last first."""

    success: Literal[True]
    favorites: list[VoiceEntry]


class FavoriteAnswer(BaseModel):
    """Whether the voice is a favourite now."""

    success: Literal[True]
    favorited: bool


class ModelEntry(BaseModel):
    """A model of speech."""

    id: str
    name: str
    provider: Literal["ElevenLabs", "Google Gemini", "Google Cloud"]
    description: str
    category: Literal["ElevenLabs", "Gemini", "Google"]
    planRequired: Literal["pro"] | None = Field(description="Or bought credits.")  # noqa: N815


class ModelsMetadata(BaseModel):
    """What the list of models says of itself."""

    total: int
    categories: list[str]
    note: str


class SpeechModelsAnswer(BaseModel):
    """The models of speech."""

    success: Literal[True]
    version: str
    timestamp: str
    models: list[ModelEntry]
    metadata: ModelsMetadata


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
