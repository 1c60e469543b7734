"""The bodies of `POST /api/generate`. Source: contracts, Sonna §1.6 and §1.10."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Type = Literal["IMAGE", "MUSIC", "VIDEO"]
Aspect = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]

MOST_PROMPT, MOST_LYRICS, MOST_STYLE, MOST_TITLE = 32_000, 5_000, 1_000, 200
MOST_INPUTS = 4

Prompt = Annotated[str, Field(max_length=MOST_PROMPT)]
Title = Annotated[str, Field(max_length=MOST_TITLE)]
Style = Annotated[str, Field(max_length=MOST_STYLE)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class _Request(BaseModel):
    """What every one of them has. Fields that are not listed are passed over, null is the default."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, populate_by_name=False)

    type: Type = Field(description="What is to be made.")
    model: str = Field(description="One of the models of that type.")
    async_: bool | None = Field(None, alias="async", description="True: answered at once, with a job to ask after.")


class ImageRequest(_Request):
    """Pictures."""

    prompt: Prompt = Field(
        description="What they show; text in quotes is lettered on them.",
        examples=["A photorealistic mountain landscape at golden hour, 4K"],
    )
    aspectRatio: Aspect | None = Field(  # noqa: N815 - the contract's name, as all of these
        None, description="Width to height; 1:1 is usual."
    )
    resolution: Literal["1K", "2K", "4K"] | None = Field(
        None, description="Of the long side, 1,024 pixels a K; 1K is usual."
    )
    quality: Literal["low", "medium", "high"] | None = Field(
        None, description="Of gpt-image-2, whose price it chooses; medium is usual. Others pass it over."
    )
    outputFormat: Literal["png", "jpeg", "jpg", "webp"] | None = Field(None, description="png is usual.")  # noqa: N815
    inputImages: Annotated[list[str], Field(max_length=MOST_INPUTS)] | None = Field(  # noqa: N815
        None, description="Examples for colours and composition: URLs, or data URIs of PNG, JPEG or WebP."
    )
    seed: Seed | None = Field(None, description="The same request and seed give the same pictures.")
    n: Annotated[int, Field(ge=1, le=4)] | None = Field(None, description="How many, each charged; 1 is usual.")
    title: Title | None = Field(None, description="What it is called, in the library and in the file's metadata.")


class MusicRequest(_Request):
    """A song, in two takes."""

    prompt: Annotated[str, Field(max_length=MOST_LYRICS)] | None = Field(
        None,
        description="What it is about and like; with `customMode`, its lyrics where `lyrics` are left out.",
        examples=["Upbeat lo-fi hip hop with piano and rain ambiance"],
    )
    customMode: bool | None = None  # noqa: N815
    instrumental: bool | None = Field(None, description="Nobody sings.")
    style: Style | None = Field(None, description="Tags, such as: pop, summer.")
    lyrics: Annotated[str, Field(max_length=MOST_LYRICS)] | None = Field(None, description="What is sung.")
    title: Title | None = Field(None, description="What it is called.")
    negativeTags: Style | None = Field(None, description="Tags of what shall not be.")  # noqa: N815
    vocalGender: Literal["m", "f"] | None = None  # noqa: N815
    durationSeconds: Annotated[int, Field(ge=10, le=360)] | None = None  # noqa: N815


class VideoRequest(_Request):
    """A film, which always takes its time: the answer is a job to ask after."""

    model: str = Field("video", description="One of the models of films.")
    prompt: Prompt = Field(description="What it shows, and how the camera moves.")
    aspectRatio: Aspect | None = Field(None, description="Width to height; 16:9 is usual.")  # noqa: N815
    durationSeconds: Annotated[int, Field(ge=1, le=10)] | None = Field(None, description="5 is usual.")  # noqa: N815
    resolution: Literal["480p", "720p", "1080p"] | None = Field(None, description="Of the short side; 720p is usual.")
    inputImage: str | None = Field(None, description="An example, as in `inputImages` of pictures.")  # noqa: N815
    seed: Seed | None = None
    title: Title | None = Field(None, description="What it is called, in the library and in the file's metadata.")


class Picture(BaseModel):
    """One of the pictures; `unwrittenText` are letters for whose script there is no face here."""

    url: str
    width: int
    height: int
    mimeType: str  # noqa: N815
    unwrittenText: str | None = None  # noqa: N815
    libraryId: str | None = None  # noqa: N815


class Track(BaseModel):
    """One of the takes."""

    audioUrl: str  # noqa: N815
    imageUrl: str | None  # noqa: N815
    title: str
    durationSeconds: float  # noqa: N815
    lyrics: str
    libraryId: str | None = None  # noqa: N815


class GenerateAnswer(BaseModel):
    """What was made: `images` and `imageUrl`, `tracks` and `audioUrl`, or `videoUrl`."""

    success: Literal[True]
    type: Type
    model: str
    imageUrl: str | None = None  # noqa: N815
    images: list[Picture] | None = None
    audioUrl: str | None = None  # noqa: N815
    tracks: list[Track] | None = None
    videoUrl: str | None = None  # noqa: N815
    width: int | None = None
    height: int | None = None
    durationSeconds: float | None = None  # noqa: N815
    mimeType: str | None = None  # noqa: N815
    unwrittenText: str | None = None  # noqa: N815
    libraryId: str | None = Field(None, description="Of a film in the library.")  # noqa: N815
    seed: int = Field(description="Chosen by chance where the request named none.")
    jobId: str  # noqa: N815
    remainingCredits: int = Field(description="What can be spent now, rounded down.")  # noqa: N815
    creditsCharged: float = Field(description="To three decimals.")  # noqa: N815
    projectCreated: bool = Field(description="Whether it is in the library of who is signed in.")  # noqa: N815
    expiresAt: str | None = Field(  # noqa: N815
        description="When the first of the files is refused; ISO 8601, UTC. `null`: never, it is in the library."
    )


class AcceptedAnswer(BaseModel):
    """It takes its time."""

    success: Literal[True]
    jobId: str  # noqa: N815
    status: Literal["queued", "processing"]
    pollUrl: str  # noqa: N815


class JobAnswer(BaseModel):
    """How a job stands; once it has succeeded, all of `GenerateAnswer` besides."""

    success: Literal[True]
    jobId: str  # noqa: N815
    type: Type
    model: str
    status: Literal["queued", "processing", "succeeded", "failed"]
    progress: float = Field(description="0 to 1.")
    createdAt: str  # noqa: N815
    error: str | None = Field(None, description="Why it failed; nothing was charged.")
    code: str | None = None


class ModelsAnswer(BaseModel):
    """All models; of each its `type`, `pricing` by option, `limits`, and whether somebody serves it."""

    success: Literal[True]
    version: str
    timestamp: str
    models: list[dict[str, Any]]
    metadata: dict[str, Any]
