"""The bodies of accounts, of signing in, and of the library. Source: contracts, Sonna §1.2, §1.5 and §1.10.

They document; bodies are read field by field, in the dialect's words.
"""

from typing import Literal

from pydantic import BaseModel, Field

from antiphon.domain.library import ItemType


class RegisterRequest(BaseModel):
    """The body of `POST /api/auth/register`."""

    email: str = Field(max_length=254, examples=["anna@example.com"])
    password: str = Field(min_length=8, max_length=1000)
    invite: str | None = Field(None, description="Where the operator wants one.")


class LoginRequest(BaseModel):
    """The body of `POST /api/auth/login`."""

    email: str
    password: str


class RefreshRequest(BaseModel):
    """The body of `POST /api/auth/refresh` and `logout`."""

    refreshToken: str  # noqa: N815 - the name on the wire, as all of these


class FirstRequest(BaseModel):
    """The body of `POST /api/auth/first`."""

    code: str = Field(description="That of the link which the first start shows.")
    email: str = Field(max_length=254)
    password: str = Field(min_length=8, max_length=1000)


class UserEntry(BaseModel):
    """Somebody who signs in."""

    id: str
    email: str
    accountId: str  # noqa: N815
    createdAt: str  # noqa: N815


class SignedInAnswer(BaseModel):
    """What somebody has who signed in."""

    success: Literal[True]
    token: str = Field(description="A JSON Web Token, for Authorization: Bearer.")
    expiresIn: int = Field(description="Seconds.")  # noqa: N815
    refreshToken: str = Field(description="Works once.")  # noqa: N815
    user: UserEntry


class DoneAnswer(BaseModel):
    """Nothing but that all went well."""

    success: Literal[True]


class NewKeyRequest(BaseModel):
    """The body of `POST /api/v1/user/api-keys`, which may be missing."""

    name: str | None = Field(None, min_length=1, max_length=100)


class ApiKeyEntry(BaseModel):
    """An API key, but for itself."""

    id: str
    keyPrefix: str = Field(description="Its first 13 characters.")  # noqa: N815
    name: str
    createdAt: str  # noqa: N815
    lastUsedAt: str | None  # noqa: N815
    revokedAt: str | None  # noqa: N815


class NewKeyAnswer(BaseModel):
    """A new key; `key` is nowhere else and never shown again."""

    success: Literal[True]
    key: str
    apiKey: ApiKeyEntry  # noqa: N815


class KeysAnswer(BaseModel):
    """All keys of an account, revoked ones too, oldest first."""

    success: Literal[True]
    apiKeys: list[ApiKeyEntry]  # noqa: N815


class RevokedAnswer(BaseModel):
    """A key that opens nothing any more."""

    success: Literal[True]
    revokedAt: str  # noqa: N815


class BucketsEntry(BaseModel):
    """Which bucket paid how much, in credits to three decimals."""

    free: float
    subscription: float
    payg: float


class TotalEntry(BaseModel):
    """What requests came to, in credits to three decimals. Which of the first five there are is `groupBy`'s to say."""

    day: str = ""
    keyId: str | None = Field(None, description="null: somebody was signed in.")  # noqa: N815
    keyPrefix: str | None = None  # noqa: N815
    model: str = ""
    modality: str = ""
    requests: int
    listCredits: float = Field(description="Of those that were charged.")  # noqa: N815
    discountCredits: float  # noqa: N815
    chargedCredits: float  # noqa: N815
    buckets: BucketsEntry


class UsageAnswer(BaseModel):
    """What the requests of some days came to."""

    success: Literal[True]
    from_: str = Field(alias="from")
    to: str
    groupBy: list[Literal["day", "key", "model", "modality"]]  # noqa: N815
    usage: list[TotalEntry]
    total: TotalEntry


class RequestEntry(BaseModel):
    """A request."""

    id: str
    time: str = Field(description="When it ended.")
    keyId: str | None = Field(description="null: somebody was signed in.")  # noqa: N815
    keyPrefix: str | None  # noqa: N815
    endpoint: str
    model: str
    modality: str
    engine: str
    units: int
    unit: str
    listCredits: float  # noqa: N815
    discountCredits: float  # noqa: N815
    chargedCredits: float  # noqa: N815
    buckets: BucketsEntry
    status: int
    code: str = Field(description="Why it failed; empty where it did not.")
    latencyMs: int  # noqa: N815
    requestId: str = Field(description="As in X-Request-Id.")  # noqa: N815


class RequestsAnswer(BaseModel):
    """A page of requests, the last begun first."""

    success: Literal[True]
    requests: list[RequestEntry]
    nextCursor: str | None  # noqa: N815


class RenewalAnswer(BaseModel):
    """What became of the subscription."""

    success: Literal[True]
    action: Literal["none", "subscription_expired_reset_to_free"]
    credits: int
    plan: str
    expiresAt: str | None  # noqa: N815


class LibraryEntry(BaseModel):
    """A thing in the library; what its kind does not have is left out."""

    id: str
    type: ItemType
    title: str
    model: str
    createdAt: str  # noqa: N815
    url: str
    mimeType: str  # noqa: N815
    bytes: int = Field(description="With its cover.")
    durationSeconds: float | None = None  # noqa: N815
    width: int | None = None
    height: int | None = None
    imageUrl: str | None = Field(None, description="The cover of a song.")  # noqa: N815
    voice: str | None = Field(None, description="The id of the voice that speaks.")
    lyrics: str | None = Field(None, description="Not in lists.")


class LibraryAnswer(BaseModel):
    """A page of the library, the newest first."""

    success: Literal[True]
    items: list[LibraryEntry]
    nextCursor: str | None  # noqa: N815
    bytes: int = Field(description="What the account has in it.")
    bytesAllowed: int = Field(description="What it may have.")  # noqa: N815


class LibraryItemAnswer(BaseModel):
    """One thing of the library."""

    success: Literal[True]
    item: LibraryEntry


class RenameRequest(BaseModel):
    """The body of `PATCH /api/v1/library/{item_id}`."""

    title: str = Field(min_length=1, max_length=200)
