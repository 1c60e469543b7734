"""The bodies of the Soniox dialect. Source: contracts, Soniox §1.1 and §1.6."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

LONGEST_TEXT = 5000
"""Code points, of a request's text or of one part of a stream's."""

Name = Annotated[str, Field(min_length=1, max_length=50)]


def _not_blank(text: str) -> str:
    """A text without anything in it is missing, as an empty one is."""
    if not text.strip():
        raise PydanticCustomError("missing", "blank")
    return text


class _Wished(BaseModel):
    """What REST and websocket ask for alike. Fields that are not listed are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    model: Name = Field(description="TTS model to use.", examples=["tts-rt-v1"])
    language: Name = Field(description="Language code of the text.", examples=["en"])
    voice: Name = Field(description="Voice to speak with, or the id of a voice of yours.", examples=["Adrian"])
    audio_format: Name = Field(
        description="pcm_f32le, pcm_s16le, pcm_s16be, pcm_mulaw, pcm_alaw, wav, flac, mp3, opus or aac.",
        examples=["mp3"],
    )
    client_reference_id: Annotated[str, Field(max_length=256)] | None = Field(
        None, description="A label of yours for the usage log."
    )
    sample_rate: int | None = Field(None, description="Hz; by default 24000 (8000 for pcm_mulaw, pcm_alaw).")
    bitrate: int | None = Field(None, description="Bits per second, for mp3, opus and aac; by default 64000.")
    speed: float | None = Field(None, description="0.7 to 1.3; by default 1.0.")
    reduce_silence: bool | None = Field(None, description="Shorten pauses; tts-rt-v2 only.")


class SpeechRequest(_Wished):
    """The body of `POST /tts`."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_not_blank)] = Field(
        description="What to say, at most 5,000 code points.", examples=["Hello, world."]
    )


class StreamRequest(_Wished):
    """The message that begins a stream on a websocket; `stream_id` and `api_key` are read before."""

    return_timestamps: bool | None = Field(None, description="Tell when each character is spoken.")


class TextMessage(BaseModel):
    """A message with a part of a stream's text, or its end."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    text: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None
    text_end: bool | None = None
    cancel: bool | None = None


class ErrorBody(BaseModel):
    """The body of every error."""

    error_code: int = Field(description="The HTTP status.")
    error_type: str = Field(description="Stable; decide on this.")
    error_message: str = Field(description="For people.")
    more_info: str = Field(description="Where to read on.")
    request_id: str = Field(description="As in X-Request-Id.")
