"""How an installation and its database are."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.retention import Lifetimes
from collector.store.records.search import SearchProgress


@dataclass(frozen=True, slots=True)
class RowCount:
    rows: int
    is_exact: bool
    """Large tables are estimated, since counting them would take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorSeen:
    """A process that answered one of the last requests."""

    name: str
    """Host and process id."""
    ports: tuple[int, ...]
    newest_ns: int
    queued_spans: int
    """How many waited for their commit when it answered last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """Sizes and counts are of the whole database, times of the projects that were asked for."""

    kind: str
    """SQLite or PostgreSQL, with its version."""
    schema_version: str | None
    size_bytes: int | None
    spans: RowCount
    traces: RowCount
    ledger: RowCount
    spans_last_day: int
    """Of the traces to which something came in the last 24 hours."""
    oldest_start_ns: int | None
    newest_start_ns: int | None
    newest_received_ns: int | None
    waiting_logs: int
    refused_last_hour: int
    """Of the last few hundred requests."""
    collectors: tuple[CollectorSeen, ...]
    """Newest first."""
    search: SearchProgress
    is_replica: bool = False
    replica_lag_s: float | None = None
    """None when it is no replica, or can't be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    version: str
    place: str
    """Of the database, without user and password."""
    store: StoreHealth
    disk_free_bytes: int | None
    """None where the database is on another machine, as far as this process knows."""
    disk_total_bytes: int | None
    set_names: tuple[str, ...]
    """The environment variables that are set; never what they hold."""
    projects: tuple[str, ...]
    dimensions: tuple[str, ...]
    prices_version: str
    own_prices: int
    lifetimes: Lifetimes
    may_write: bool = True
    """Whether stars, rules, prices and so on can be changed from here."""
    max_queued_spans: int
    max_waiting_logs: int
    has_api_key: bool
    has_password: bool
    is_insecure: bool
    searches: bool
    """Whether collectors with these settings fill the search index."""
