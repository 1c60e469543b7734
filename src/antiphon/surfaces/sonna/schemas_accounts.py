"""The bodies of accounts and of signing in. Source: contracts, Sonna §1.2, §1.5 and §1.10.

They document; bodies are read field by field, in the dialect's words.
"""

from typing import Literal

from pydantic import BaseModel, Field


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


class RenewalAnswer(BaseModel):
    """What became of the subscription."""

    success: Literal[True]
    action: Literal["none", "subscription_expired_reset_to_free"]
    credits: int
    plan: str
    expiresAt: str | None  # noqa: N815
