"""Every setting, read once. The environment variable of `data` is `ANTIPHON_DATA`, and so on."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from antiphon.domain.keys import bootstrap_fault
from antiphon.kit.addresses import networks

_OPTIONS = frozenset({"data", "host", "port", "tls_cert", "tls_key", "behind_proxy", "log_format", "log_level"})
"""Settings that the command line has too."""

_BOOTSTRAP_FAULTS = {
    "length": "A key has 24 to 200 characters",
    "characters": "A key is made of A-Z, a-z, 0-9, _ and - only",
    "checksum": "It begins like a key of this server, but is none; was it copied whole?",
}


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says why, a line each, without its value."""


class Settings(BaseSettings):
    """What an operator can choose."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", frozen=True, env_ignore_empty=True)

    data: Path = Field(Path("data"), description="The folder for the database, the secret and the lock.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL instead of the folder's SQLite: postgresql://user:password@host/database."
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis or Valkey for the rates of several servers, instead of memory: redis://host."
    )
    public_url: str | None = Field(None, description="How clients reach this server, if not by its address.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) for serving HTTPS.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of the certificate.")
    behind_proxy: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses of proxies whose X-Forwarded headers are believed, with commas."
    )
    egress_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks that webhooks and uploads by URL may go to besides public ones, with commas."
    )
    key_prefix: str = Field("sona_sk_", pattern=r"^[A-Za-z0-9_]{1,20}$", description="How new keys begin.")
    bootstrap_key: SecretStr | None = Field(None, description="The first account's API key.")
    secret: SecretStr | None = Field(None, description="The server secret, instead of the file data/secret.")
    registration: Literal["closed", "invite", "open"] = Field(
        "closed", description="Who may register: nobody, who has an invite, or everybody."
    )
    bootstrap_credits: int = Field(
        1_000_000, ge=0, le=10**12, description="Credits given to the first account once, besides its plan."
    )
    prices_file: Path | None = Field(None, description="Prices put over those in the box; the same shape (TOML).")
    plans_file: Path | None = Field(None, description="Plans put over those in the box.")
    limits_file: Path | None = Field(None, description="Limits put over those in the box.")
    moderation_file: Path | None = Field(None, description="What is not made on request, put over that in the box.")
    jobs_at_once: int = Field(
        2, ge=0, le=64, description="How many jobs are worked on at once; each may take a core for each of its takes."
    )
    song_films: bool = Field(
        False, description="Whether every song gets a film, as `?video=1` asks for one; it takes longer than the song."
    )
    generate: bool = Field(True, description="Whether pictures, music and films can be asked for at /api/generate.")
    generate_seconds: int = Field(
        60, ge=0, le=600, description="How long a client of /api/generate waits before it is told where to ask again."
    )
    stand_ins: bool = Field(True, description="Whether local engines answer for models of vendors.")
    gemini_at_once: int = Field(8, ge=1, le=1000, description="Requests for Gemini's voices at work at once.")
    gemini_waiting: int = Field(64, ge=0, le=10_000, description="How many more may wait for their turn.")
    enhance_url: str | None = Field(None, description="Chat completions of a language model that puts tags into texts.")
    enhance_key: SecretStr | None = Field(None, description="The key that it is asked with.")
    enhance_model: str | None = Field(None, description="Its name.")
    abort_on_error: bool = Field(
        False, description="Cut the connection when speech fails midway, instead of sending trailers."
    )
    drain_seconds: int = Field(30, ge=0, description="How long a stopping server finishes requests.")
    log_format: Literal["text", "json"] = Field("text", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    @field_validator("behind_proxy", "egress_allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("egress_allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks(value)
        return value

    @field_validator("bootstrap_key")
    @classmethod
    def _usable(cls, value: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        fault = value and bootstrap_fault(value.get_secret_value(), known.data.get("key_prefix", ""))
        if fault:
            raise ValueError(_BOOTSTRAP_FAULTS[fault])
        return value


def load(**overrides: Any) -> Settings:
    """The settings of the environment, with those given (and not None) put over them.

    Raises:
        SettingsError: One of them is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as wrong:
        raise SettingsError(_explain(wrong)) from None


def _explain(wrong: ValidationError) -> str:
    lines = []
    for error in wrong.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else "settings"
        option = f" (--{name.replace('_', '-')})" if name in _OPTIONS else ""
        lines.append(f"ANTIPHON_{name.upper()}{option}: {error['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
