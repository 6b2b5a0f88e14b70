"""What the environment says about how this hub runs. No secret has a default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import Invalid

LOG_FORMATS = ("text", "json")

_PUBLIC_URL = re.compile(r"https?://[^\s/?#@]+")
_REDIS_URL = re.compile(r"(?:rediss?|unix)://\S+")


@dataclass(frozen=True, slots=True)
class Outside:
    """The channels out of the house; one that is not set is not there."""

    sms_token: str | None = field(default=None, repr=False)
    sms_sender: str | None = None
    sms_url: str | None = None
    sms_class: str | None = None
    email_url: str | None = field(default=None, repr=False)
    teams_url: str | None = field(default=None, repr=False)
    voice_url: str | None = field(default=None, repr=False)
    push_subject: str | None = None
    push_services: tuple[str, ...] = ()
    heartbeat_url: str | None = field(default=None, repr=False)
    proof_folder: str | None = None
    proof_email: str | None = None
    proof_webhook: str | None = field(default=None, repr=False)
    case_folder: str | None = None
    vans_folder: str | None = None
    vans_url: str | None = field(default=None, repr=False)
    vans_token: str | None = field(default=None, repr=False)
    post_folder: str | None = None
    post_url: str | None = field(default=None, repr=False)
    post_token: str | None = field(default=None, repr=False)
    clamd: str | None = None
    video_url: str | None = None
    """The municipality's own video service: an address in which {room} becomes a new room."""
    allow_loopback: bool = False
    """The operator's setting for tests: notices may go to this machine's own addresses."""

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> "Outside":
        if ("HUB_SMS_TOKEN" in given) != ("HUB_SMS_SENDER" in given):
            raise Invalid("HUB_SMS_TOKEN and HUB_SMS_SENDER: text messages need both; set the other one too.")
        for name in ("VANS", "POST"):
            if (f"HUB_{name}_URL" in given) != (f"HUB_{name}_TOKEN" in given):
                raise Invalid(f"HUB_{name}_URL and HUB_{name}_TOKEN: the mailbox needs both; set the other one too.")
            if f"HUB_{name}_URL" in given and f"HUB_{name}_FOLDER" in given:
                raise Invalid(f"HUB_{name}_FOLDER: the mailbox is a folder or an address; leave out one of them.")
        video = given.get("HUB_VIDEO_URL", "https://{room}")
        if not video.startswith("https://") or "{room}" not in video:
            raise Invalid("HUB_VIDEO_URL: write an address like https://video.example.dk/{room}, with {room} in it.")
        loopback = given.get("HUB_OUTBOUND_LOOPBACK", "no")
        if loopback not in ("yes", "no"):
            raise Invalid(f'HUB_OUTBOUND_LOOPBACK: "{loopback}" is not known: write yes (for tests only) or no.')
        return cls(
            sms_token=given.get("HUB_SMS_TOKEN"),
            sms_sender=given.get("HUB_SMS_SENDER"),
            sms_url=given.get("HUB_SMS_URL"),
            sms_class=given.get("HUB_SMS_CLASS"),
            email_url=given.get("HUB_EMAIL_URL"),
            teams_url=given.get("HUB_TEAMS_URL"),
            voice_url=given.get("HUB_VOICE_URL"),
            push_subject=given.get("HUB_PUSH_SUBJECT"),
            push_services=tuple(given.get("HUB_PUSH_SERVICES", "").replace(",", " ").split()),
            heartbeat_url=given.get("HUB_HEARTBEAT_URL"),
            proof_folder=given.get("HUB_PROOF_FOLDER"),
            proof_email=given.get("HUB_PROOF_EMAIL"),
            proof_webhook=given.get("HUB_PROOF_WEBHOOK"),
            case_folder=given.get("HUB_CASE_FOLDER"),
            vans_folder=given.get("HUB_VANS_FOLDER"),
            vans_url=given.get("HUB_VANS_URL"),
            vans_token=given.get("HUB_VANS_TOKEN"),
            post_folder=given.get("HUB_POST_FOLDER"),
            post_url=given.get("HUB_POST_URL"),
            post_token=given.get("HUB_POST_TOKEN"),
            clamd=given.get("HUB_CLAMD"),
            video_url=given.get("HUB_VIDEO_URL"),
            allow_loopback=loopback == "yes",
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How this hub runs; every command reads the same."""

    data: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    log_format: str = "text"
    certificate: Path | None = None
    traces_url: str | None = field(default=None, repr=False)
    metrics_port: int | None = None
    """Where a worker, which has no other door, tells its numbers."""
    outside: Outside = Outside()

    @property
    def several(self) -> bool:
        """Whether other hubs may share the database."""
        return not self.database_url.startswith("sqlite")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Reads the `HUB_…` variables, an empty one as unset; Invalid names the first wrong one, with the mend."""
        given = {name: value.strip() for name, value in environ.items() if name.startswith("HUB_") and value.strip()}
        data = Path(given.get("HUB_DATA", "data"))
        if data.exists() and not data.is_dir():
            raise Invalid(f"HUB_DATA: {data} is a file: name a folder, which the hub makes if it is not there.")
        public_url = given.get("HUB_PUBLIC_URL", "").rstrip("/") or None
        if public_url is not None and not _PUBLIC_URL.fullmatch(public_url):
            raise Invalid(
                f'HUB_PUBLIC_URL: "{public_url}" is not what a browser shows before the first slash: '
                "write it like https://tryghed.example.dk"
            )
        redis_url = given.get("HUB_REDIS_URL")
        if redis_url is not None and not _REDIS_URL.fullmatch(redis_url):
            raise Invalid("HUB_REDIS_URL: this is no address of Redis: write it like redis://127.0.0.1:6379/0")
        log_format = given.get("HUB_LOG_FORMAT", LOG_FORMATS[0])
        if log_format not in LOG_FORMATS:
            raise Invalid(f'HUB_LOG_FORMAT: "{log_format}" is not known: write {" or ".join(LOG_FORMATS)}.')
        # By the name that every program with OpenTelemetry knows.
        traces_url = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip() or None
        return cls(
            data=data,
            database_url=_database_url(given.get("HUB_DATABASE_URL"), data),
            redis_url=redis_url,
            host=given.get("HUB_HOST", "127.0.0.1"),
            port=_port("HUB_PORT", given.get("HUB_PORT", "8000")),
            metrics_port=_port("HUB_METRICS_PORT", given["HUB_METRICS_PORT"]) if "HUB_METRICS_PORT" in given else None,
            public_url=public_url,
            log_format=log_format,
            certificate=Path(given["HUB_CERTIFICATE"]) if "HUB_CERTIFICATE" in given else None,
            traces_url=traces_url,
            outside=Outside.from_environment(given),
        )


def _database_url(given: str | None, data: Path) -> str:
    if given is None:
        return f"sqlite+aiosqlite:///{data / 'hub.db'}"
    if "://" not in given:
        raise Invalid(
            "HUB_DATABASE_URL: this is no database address: write it like sqlite+aiosqlite:////var/lib/hub/hub.db"
        )
    return given


def _port(name: str, given: str) -> int:
    if not re.fullmatch(r"\d{1,5}", given, re.ASCII) or int(given) > 65_535:
        raise Invalid(f'{name}: "{given}" is no port: write a number from 1 to 65535, or 0 for any that is free.')
    return int(given)
