"""Settings from the environment. The only reader of `os.environ` in the collector and the app."""

from __future__ import annotations

import ipaddress
import os
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

from collector.dimensions import Dimension, parse_dimensions
from collector.errors import ConfigurationError


def data_dir() -> Path:
    """The folder in the platform's user data that holds the database and what `msgtrace stop` needs."""
    return Path(platformdirs.user_data_dir("msgtrace", appauthor=False))


def saved_prices() -> Path:
    """Where `msgtrace prices update` keeps the price list that it fetched."""
    return data_dir() / "prices.json"


class Settings(BaseSettings):
    """Every setting is an environment variable: MSGTRACE_ and the field's name in upper case."""

    model_config = SettingsConfigDict(
        env_prefix="MSGTRACE_",
        env_ignore_empty=True,  # a key that is set to nothing would let everybody in who sends nothing
        frozen=True,
        ignored_types=(cached_property,),
    )

    database_url: str = ""
    """SQLAlchemy URL; `postgres://` is accepted. Empty: SQLite in the user data folder."""
    read_database_url: str = ""
    """PostgreSQL that pages, read API and export read from, such as a replica or a role that only reads. Empty: the
    database above. Alone it is the only database: everything is shown and nothing can be changed."""
    host: str | None = None
    """Address the servers bind to, as far as the process knows it."""
    api_key: SecretStr | None = None
    """Guards ingest and read API (`Authorization: Bearer ...`)."""
    dashboard_password: SecretStr | None = None
    """Guards the dashboard."""
    insecure: bool = False
    """Serve a public address without key and password all the same."""
    allowed_hosts: str = ""
    """Comma-separated Host headers to answer. Empty: any on a public address, else those of this machine."""
    max_body_bytes: int = Field(default=64 * 2**20, gt=0)
    """Of one request, as sent and after decompression."""
    max_in_flight_bytes: int = Field(default=128 * 2**20, gt=0)
    """Of all requests that are being read, decoded or written."""
    max_spans_per_request: int = Field(default=50_000, gt=0)
    max_queued_spans: int = Field(default=20_000, gt=0)
    max_waiting_logs: int = Field(default=10_000, ge=0)
    """Log records that may wait for their span, for a day at most; beyond it the oldest are dropped."""
    commit_deadline_s: float = Field(default=5.0, gt=0)
    """How long a request waits for its commit before it is told to try again."""
    dashboard_url: str | None = None
    """Where people open the dashboard; `msgtrace start` tells its sidecar, `quick_start()` prints it."""
    projects: str = Field(default="default", pattern=r"[^,\s]")
    dimensions: str = ""
    """Promoted dimensions, e.g. "team=metadata.team|service.namespace, tenant=tenant.id"; at most eight."""
    reporting_zone: str = "UTC"
    """Where the days and months of cost reports begin, e.g. "Europe/Berlin"."""
    keep_content_days: int = Field(default=30, ge=0, le=36_500)
    """For how long payloads, previews and log records are kept; 0 for ever."""
    keep_traces_days: int = Field(default=90, ge=0, le=36_500)
    """Spans, traces, scores and notes; 0 for ever."""
    keep_ledger_months: int = Field(default=25, ge=0, le=1_200)
    """What cost reports are made of; 0 for ever."""
    keep_failed: float = Field(default=1.0, ge=1, le=1_000)
    """How many times as long failed and starred traces are kept."""
    max_database_mb: int | None = Field(default=None, gt=0)
    """Of an SQLite database: beyond it the oldest content goes, then the oldest traces."""
    decoder: bool | None = None
    """Whether large requests are read in a process of their own. None: on SQLite, where there is more than one core; on
    PostgreSQL another collector does more."""
    search: bool = True
    """Whether the collector fills the search index."""
    prices_file: Path | None = None
    """TOML with prices of one's own, beside those set on the page or with `msgtrace prices set`."""

    @field_validator("dimensions")
    @classmethod
    def _dimensions_are_understood(cls, given: str) -> str:
        parse_dimensions(given)
        return given

    @field_validator("reporting_zone")
    @classmethod
    def _zone_is_known(cls, given: str) -> str:
        try:
            return ZoneInfo(given).key
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"no time zone {given[:60]!r}: give a name like Europe/Berlin") from error

    @cached_property
    def promoted(self) -> tuple[Dimension, ...]:
        return parse_dimensions(self.dimensions)

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy wants it, with the driver named."""
        if url := self.database_url or self.read_database_url:
            return _with_driver(url)
        return URL.create("sqlite", database=str(data_dir() / "msgtrace.db")).render_as_string()

    @cached_property
    def read_sqlalchemy_url(self) -> str:
        """What pages read from."""
        return _with_driver(self.read_database_url) if self.read_database_url else self.sqlalchemy_url

    @property
    def sqlite_path(self) -> Path | None:
        """The database file; None on PostgreSQL."""
        url = make_url(self.sqlalchemy_url)
        return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def has_decoder(self) -> bool:
        if self.decoder is None:
            return self.sqlite_path is not None and (os.cpu_count() or 1) > 1
        return self.decoder

    @cached_property
    def scope(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.projects.split(",") if name.strip())

    @property
    def trusted_hosts(self) -> list[str]:
        if self.allowed_hosts:
            return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
        if self.host and not is_loopback(self.host):
            return ["*"]
        return ["localhost", "127.0.0.1"]


def _with_driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def get_settings() -> Settings:
    """The settings as the environment has them now. Raises ConfigurationError that names the variable."""
    return _settings(tuple(os.environ.items()))


@lru_cache(maxsize=1)  # a page asks for them with every query, and reading them takes a millisecond
def _settings(_environment: tuple[tuple[str, str], ...]) -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"MSGTRACE_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors())
        raise ConfigurationError(wrong) from error


def announce_host(host: str) -> None:
    """Lets the settings of this process know where its server binds."""
    os.environ["MSGTRACE_HOST"] = host


def child_environment(settings: Settings, **changes: str) -> dict[str, str]:
    """The environment for a server process started by this one, with its database pinned."""
    return {**os.environ, "MSGTRACE_DATABASE_URL": settings.sqlalchemy_url, **changes}


@lru_cache(maxsize=64)  # asked with every request
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host in ("localhost", ""):
        return host == "localhost"
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
