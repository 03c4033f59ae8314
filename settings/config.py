"""Every setting of the product, in one place.

Each field is read from the environment variable of the same name in capitals behind ``RIENTRO_`` (``port`` from
``RIENTRO_PORT``). The defaults need no external server. ``rientro check settings`` prints the values in force, secrets
masked.
"""

from __future__ import annotations

import functools
import re
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings import files
from settings.office_hours import WeeklyHours

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_SECRET = re.compile(rb"[A-Za-z0-9_-]{32,}")


class Settings(BaseSettings):
    """The configuration of one running product."""

    model_config = SettingsConfigDict(env_prefix="RIENTRO_", extra="ignore")

    # Where it listens and keeps its data
    host: str = Field("127.0.0.1", description="Address of the public listener.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the public listener.")
    actions_port: int | None = Field(None, description="Internal port of the action server; default port + 1.")
    bot_port: int | None = Field(None, description="Internal port of the dialogue engine; default port + 2.")
    smtp_local_port: int | None = Field(None, description="Port of the local mailbox; default port + 3.")
    metrics_port: int | None = Field(None, description="Loopback port of /metrics; default port + 4.")
    data_dir: Path = Field(Path(".rientro"), description="Database, keys, tracker, model, logs, mailbox.")
    keys_dir: Path = Field(Path("keys"), description="Folder of the keys; a relative one is inside the data folder.")
    keys_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the wrapped keys when several machines share them; default SQLite in keys_dir.",
    )
    worker_metrics_port: int | None = Field(None, description="Port of the worker's /metrics; default port + 5.")
    heartbeat_file: Path | None = Field(None, description="Where the worker gives signs of life; absent: nowhere.")
    metrics_host: str = Field("127.0.0.1", description="Address of the /metrics listeners; never a public one.")
    public_url: str | None = Field(None, description="Address people open; default http://host:port.")
    mode: Literal["demo", "production"] = Field(
        "demo", description="demo: fictitious operators and accounts, said so on every page."
    )

    model_dir: Path = Field(Path("model"), description="Trained language model; relative: in the data folder.")

    # Stores
    database_url: str = Field("", description="SQLAlchemy URL; default SQLite in the data folder.")
    redis_url: str | None = Field(None, description="Redis: locks, limits and events of several processes.")
    migrate_on_start: bool = Field(
        True, description="Bring the database's schema up to date at start; off where `rientro migrate` does it."
    )

    backup_recipients: str = Field(
        "", description="Public keys (age1...) for which `rientro backup` encrypts; the secret part is kept elsewhere."
    )

    # Where the other processes are
    actions_url: str | None = Field(None, description="Action server; default loopback on actions_port.")
    bot_url: str | None = Field(None, description="Dialogue engine; default loopback on bot_port.")
    bot_urls: str = Field("", description="Several dialogue engines, comma separated; default the one of bot_url.")
    actions_token: SecretStr | None = Field(
        None, description="Shared token engine-action server; without one the server answers loopback only."
    )
    bot_token: SecretStr | None = Field(None, description="Shared token gateway-engine; default from the data folder.")
    bot_confinement: Literal["available", "required", "hook"] = Field(
        "available",
        description="Walls around the dialogue engine: what the kernel has, nothing less than that, or Python's alone.",
    )
    bot_timeout_seconds: float = Field(8.0, gt=0, description="Longest wait for an answer of the dialogue engine.")

    # Mail
    smtp_host: str | None = Field(None, description="SMTP server; absent: the local mailbox.")
    smtp_port: int = Field(587, description="Port of the SMTP server.")
    smtp_user: str | None = Field(None, description="Our name at the SMTP server; absent: no log-in.")
    smtp_password: SecretStr | None = Field(None, description="Our password at the SMTP server.")
    smtp_starttls: bool = Field(True, description="Ask the SMTP server for encryption, and refuse one without it.")
    mail_from: str = Field("Rientro <rientro@example.org>", description="Sender of every e-mail.")
    sms_gateway_url: str | None = Field(
        None, description="Provider's HTTP gateway for text messages (docs/referrals.md); absent: the hotline calls."
    )
    sms_gateway_token: SecretStr | None = Field(None, description="Our token at the gateway.")

    # Professional access
    portal_session_hours: int = Field(10, ge=1, description="Longest stay of a professional before entering again.")
    portal_idle_minutes: int = Field(60, ge=5, description="Minutes without use after which a professional leaves.")
    oidc_issuer: str | None = Field(None, description="OpenID Connect provider (SPID/CIE gateway); absent: passwords.")
    oidc_client_id: str | None = Field(None, description="Our name at the provider.")
    oidc_client_secret: SecretStr | None = Field(None, description="Our secret at the provider.")
    oidc_label: str = Field("Entra con SPID o CIE", description="Words on the provider's button.")
    oidc_strong_acr: str = Field(
        "https://www.spid.gov.it/SpidL2 https://www.spid.gov.it/SpidL3",
        description="Levels (acr) that already are two factors, space separated; others are asked our code too.",
    )

    # Human help
    help_phone: str = Field("800 318 318", description="Number shown wherever a person is one tap away.")
    help_phone_note: str = Field("gratuito da rete fissa, tasto 1", description="What to know before calling.")
    help_hours: str = Field("", description="When somebody answers, in words; default from hotline_hours.")
    hotline_hours: str = Field("lun-ven 9-17", description="Office hours of the hotline: lun-ven 9-17; sab 9:00-12:30.")
    hotline_patron: str | None = Field(
        None, description="Province whose patron saint is a holiday too (e.g. MI); national holidays always are."
    )
    hotline_callback_minutes: int = Field(30, ge=10, le=120, description="Length of a callback slot.")
    hotline_callback_places: int = Field(2, ge=1, le=50, description="Callbacks that fit into one slot.")

    # Who answers for the data: what the privacy pages and security.txt say. Nothing is invented where one is missing.
    controller_name: str | None = Field(None, description="Data controller (titolare del trattamento).")
    controller_contact: str | None = Field(None, description="Address, e-mail or telephone of the data controller.")
    dpo_contact: str | None = Field(None, description="How to reach the data protection officer (RPD).")
    security_contact: str | None = Field(
        None, description="Where to report a vulnerability: mailto:, https: or tel:; default the help telephone."
    )

    # Limits
    max_message_chars: int = Field(4000, description="Longest message of a person.")
    session_hours: int = Field(24 * 30, description="How long a chat session can be resumed.")
    rate_session: str = Field("60/minute", description="Messages per conversation.")
    rate_conversation: str = Field("300/minute", description="Requests of any kind per conversation.")
    rate_address: str = Field(
        "1200/minute", description="Requests per network address, those of a conversation not counted."
    )
    rate_opening: str = Field(
        "240/minute", description="Conversations begun per network address before a proof of work is asked."
    )
    retention_days: int = Field(365, description="Days after the last contact when a case is erased.")

    # Referrals
    referral_reminder_days: int = Field(2, description="Working days before the operator is reminded.")
    referral_expiry_days: int = Field(5, description="Working days before an unanswered referral expires.")

    # For those who run it
    log_level: str = Field("INFO", description="Least important line that is logged: DEBUG, INFO, WARNING, ERROR.")
    otlp_endpoint: str | None = Field(
        None, description="OpenTelemetry collector (OTLP over HTTP, e.g. http://127.0.0.1:4318); absent: no traces."
    )

    @model_validator(mode="after")
    def _derive(self) -> Settings:
        self.help_hours = self.help_hours or WeeklyHours.parse(self.hotline_hours).words()
        self.data_dir = self.data_dir.expanduser().absolute()
        self.keys_dir = self.data_dir / self.keys_dir.expanduser()
        self.model_dir = self.data_dir / self.model_dir.expanduser()
        self.actions_port = self.actions_port or self.port + 1
        self.bot_port = self.bot_port or self.port + 2
        self.smtp_local_port = self.smtp_local_port or self.port + 3
        self.metrics_port = self.metrics_port or self.port + 4
        self.worker_metrics_port = self.worker_metrics_port or self.port + 5
        self.public_url = (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
        self.database_url = self.database_url or f"sqlite:///{self.data_dir / 'rientro.db'}"
        if self.keys_url and self.keys_url == self.database_url:
            raise ValueError(
                "RIENTRO_KEYS_URL: le chiavi vogliono una base dati loro, altrimenti ogni copia della base dati le contiene"
            )
        self.actions_url = self.actions_url or f"http://127.0.0.1:{self.actions_port}"
        self.bot_url = self.bot_url or f"http://127.0.0.1:{self.bot_port}"
        return self

    @property
    def uses_local_mailbox(self) -> bool:
        """Whether mail goes to the mailbox that comes with the product instead of a real server."""
        return self.smtp_host is None

    @property
    def engine_urls(self) -> list[str]:
        """Base addresses of the dialogue engines."""
        return [url.strip().rstrip("/") for url in (self.bot_urls or str(self.bot_url)).split(",") if url.strip()]

    @property
    def log_dir(self) -> Path:
        """Folder of the processes' logs."""
        return self.data_dir / "logs"

    @property
    def bot_dir(self) -> Path:
        """Folder of the dialogue engine's own files (the only one it may write)."""
        return self.data_dir / "bot"

    def internal_secret(self, name: str) -> str:
        """A random secret kept in the keys folder, created on first use, anew when damaged.

        :param name: file name of the secret, e.g. ``bot-token``.
        :raises OSError: when the keys folder can be neither read nor created.
        """
        path = self.keys_dir / name
        for folder in (self.data_dir, self.keys_dir):  # parents made on the way would be readable by everybody
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = files.made_if_needed(path, lambda: secrets.token_urlsafe(32).encode(), _is_secret)
        return found.decode().strip()

    def bot_bearer(self) -> str:
        """The token that the gateway shows to the dialogue engine."""
        return self.bot_token.get_secret_value() if self.bot_token else self.internal_secret("bot-token")


def _is_secret(content: bytes) -> bool:
    return _SECRET.fullmatch(content.strip()) is not None


@functools.cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
