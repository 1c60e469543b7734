"""Every setting, read once. The environment variable of `data` is `ANTIPHON_DATA`, and so on."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says why, a line each, without its value."""


class Settings(BaseSettings):
    """What an operator can choose."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", frozen=True, env_ignore_empty=True)

    data: Path = Field(Path("data"), description="The folder for the database, the secret and the lock.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: str | None = Field(None, description="How clients reach this server, if not by its address.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) for serving HTTPS.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of the certificate.")
    behind_proxy: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses of proxies whose X-Forwarded headers are believed, with commas."
    )
    bootstrap_key: SecretStr | None = Field(None, description="The first account's API key.")
    secret: SecretStr | None = Field(None, description="The server secret, instead of the file data/secret.")
    key_prefix: str = Field("sona_sk_", pattern=r"^[A-Za-z0-9_]{1,20}$", description="How new keys begin.")
    stand_ins: bool = Field(True, description="Whether local engines answer for models of vendors.")
    abort_on_error: bool = Field(
        False, description="Cut the connection when speech fails midway, instead of sending trailers."
    )
    drain_seconds: int = Field(30, ge=0, description="How long a stopping server finishes requests.")
    log_format: Literal["text", "json"] = Field("text", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    @field_validator("behind_proxy", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


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
        lines.append(f"ANTIPHON_{name.upper()} (--{name.replace('_', '-')}): {error['msg']}")
    return "\n".join(lines)
