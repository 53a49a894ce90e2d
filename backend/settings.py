"""Settings from the environment or `.env`, prefix VENTANILLA_; `ventanilla doctor` lists them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE_SECRET = "solo-para-desarrollo"


class TwilioSmsSettings(BaseModel):
    """One Twilio account and its sender."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base_url: str = ""
    charset: Literal["gsm7", "ascii", "ucs2"] = "gsm7"
    content_retention: Literal["", "retain", "discard"] = ""
    address_retention: Literal["", "retain", "obfuscate"] = ""
    rate_per_second: float = 10.0

    @property
    def configured(self) -> bool:
        return bool(self.account_sid and self.auth_token.get_secret_value())


class MessengerSettings(BaseModel):
    """One Facebook page and the app that reads it."""

    page_id: str = ""
    page_access_token: SecretStr = SecretStr("")
    app_secret: SecretStr = SecretStr("")
    app_id: str = ""
    verify_token: SecretStr = SecretStr("")
    graph_version: str = "v24.0"
    api_base_url: str = ""
    human_agent: bool = False  # the page may answer for 7 days where a person writes
    rate_per_second: float = 40.0

    @property
    def configured(self) -> bool:
        return bool(self.page_id and self.app_secret.get_secret_value())


class SmtpSettings(BaseModel):
    """The server that takes e-mail to staff; no host: no e-mail."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    from_address: str = "ventanilla@municipio.example"


class ChannelSettings(BaseModel):
    """Settings of each channel, under the name of its module."""

    twilio_sms: TwilioSmsSettings = Field(default_factory=TwilioSmsSettings)
    messenger: MessengerSettings = Field(default_factory=MessengerSettings)


class Settings(BaseSettings):
    """Everything an installation decides. Secrets never appear in its repr."""

    model_config = SettingsConfigDict(
        env_prefix="VENTANILLA_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    env: Literal["development", "production"] = "development"
    public_base_url: str = "http://127.0.0.1:8000"
    database_url: str = ""
    redis_url: str = ""
    bot_url: str = ""  # one address, or several separated by commas
    backend_url: str = ""  # where actions find /api/v1; empty: public_base_url
    secret_key: SecretStr = SecretStr(EXAMPLE_SECRET)
    encryption_keys: SecretStr = SecretStr("")  # Fernet keys, newest first, separated by commas
    actions_token: SecretStr = SecretStr(EXAMPLE_SECRET)
    data_dir: Path = ROOT / "var"  # embedded servers, spool, model
    content_dir: Path = ROOT / "data"  # packs and jurisdictions
    services: str = ""  # pack ids separated by commas; empty: all
    jurisdiction: str = "ejemplo"
    timezone: str = "America/Monterrey"
    channels: ChannelSettings = Field(default_factory=ChannelSettings)
    smtp: SmtpSettings = Field(default_factory=SmtpSettings)

    @property
    def bot_urls(self) -> list[str]:
        return [url.strip().rstrip("/") for url in self.bot_url.split(",") if url.strip()]

    @property
    def service_ids(self) -> list[str] | None:
        ids = [name.strip() for name in self.services.split(",") if name.strip()]
        return ids or None

    @property
    def in_production(self) -> bool:
        return self.env == "production"

    def faults(self) -> list[str]:
        """What keeps this configuration from production, each with its mend."""
        return [advice for wrong, advice in self._checks() if wrong]

    def _checks(self) -> list[tuple[bool, str]]:
        twilio, messenger = self.channels.twilio_sms, self.channels.messenger
        return [
            (_weak(self.secret_key), "VENTANILLA_SECRET_KEY: falta o es de ejemplo; usa 32 caracteres al azar o más"),
            (_weak(self.actions_token), "VENTANILLA_ACTIONS_TOKEN: falta o es de ejemplo; usa 32 caracteres al azar"),
            (
                not self.encryption_keys.get_secret_value(),
                "VENTANILLA_ENCRYPTION_KEYS: falta; crea una con `ventanilla doctor --new-key`",
            ),
            (not self.public_base_url.startswith("https://"), "VENTANILLA_PUBLIC_BASE_URL: debe empezar con https://"),
            (not (twilio.configured or messenger.configured), "VENTANILLA_CHANNELS__…: configura al menos un canal"),
            (bool(twilio.api_base_url), "VENTANILLA_CHANNELS__TWILIO_SMS__API_BASE_URL: quítala; es para pruebas"),
            (bool(messenger.api_base_url), "VENTANILLA_CHANNELS__MESSENGER__API_BASE_URL: quítala; es para pruebas"),
        ]


def _weak(secret: SecretStr) -> bool:
    value = secret.get_secret_value()
    return value == EXAMPLE_SECRET or len(value) < 32


class UnsafeConfiguration(Exception):
    """Production was asked for with secrets missing or taken from an example."""


def refuse_unsafe(settings: Settings) -> None:
    """Raise UnsafeConfiguration where production would start with a weak or missing secret."""
    faults = settings.faults() if settings.in_production else []
    if faults:
        raise UnsafeConfiguration("\n".join(faults))


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
