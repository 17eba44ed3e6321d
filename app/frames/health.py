"""An installation in words: what each figure means, whether it is well, and what to do where it isn't."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from app.format import between, compact, count, moment, plural
from collector.analysis import disk
from collector.store.records import CollectorSeen, Installation, RowCount, StoreHealth

_GIB = 2**30
_LEAST_FREE_BYTES = 2**29
"""The collector says that it isn't ready below this."""
_SOON_DAYS, _NOW_DAYS = 14.0, 3.0
_QUEUE_SHARE, _WAITING_SHARE = 0.5, 0.8
_SEEN_NS = 3_600 * 10**9
_MOST_COLLECTORS = 6
_SEARCH_LATE_NS = 600 * 10**9
_MOST_LAG_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str
    meaning: str
    to_do: str | None = None
    """What to do, where it is not as it should be."""


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    facts: tuple[Fact, ...]


def sections(about: Installation, zone: tzinfo, now_ns: int) -> tuple[Section, ...]:
    return (
        Section("storage", "Storage", tuple(_storage(about))),
        Section("data", "Data", tuple(_data(about, zone, now_ns))),
        Section("intake", "Taking spans in", tuple(_intake(about, zone, now_ns))),
        Section("configuration", "Configuration", tuple(_configuration(about))),
    )


def days_until_full(about: Installation) -> float | None:
    return disk.days_until_full(about.store, about.disk_free_bytes)


def _storage(about: Installation) -> Iterator[Fact]:
    store = about.store
    yield Fact(label="Database", value=store.kind, meaning=f"At {about.place}.")
    yield Fact(
        label="Size",
        value=size(store.size_bytes),
        meaning="All tables with their indexes, of all projects.",
    )
    if store.is_replica:
        yield _replica(store)
    if not about.may_write:
        yield Fact(label="Changes", value="off", meaning="The database may only be read from here: nothing is kept.")
    yield _disk(about)
    yield Fact(label="Version", value=about.version, meaning=f"With the database's schema {store.schema_version}.")


def _replica(store: StoreHealth) -> Fact:
    lag_s = store.replica_lag_s
    return Fact(
        label="Replica",
        value="not known" if lag_s is None else f"{lag_s:,.1f} s behind",
        meaning="Pages read a replica: they show what it has received so far.",
        to_do="Look at the replica and the network between: pages show the past."
        if (lag_s or 0) > _MOST_LAG_S
        else None,
    )


def _disk(about: Installation) -> Fact:
    free = about.disk_free_bytes
    if free is None:
        meaning = "The database is on a server of its own, whose disk can't be seen from here."
        return Fact(label="Disk", value="not known", meaning=meaning)
    days = days_until_full(about)
    lasts = "" if days is None else f"At the rate of the last 24 hours it lasts {_days(days)}."
    meaning = f"Free of {size(about.disk_total_bytes)}, where the database is. {lasts}".strip()
    to_do = None
    if free < _LEAST_FREE_BYTES:
        to_do = (
            "Make room now: with less than 512 MiB free the collector counts as not ready, and a full disk takes none."
        )
    elif days is not None and days < _NOW_DAYS:
        to_do = "Make room today, or move the database with MSGTRACE_DATABASE_URL."
    elif days is not None and days < _SOON_DAYS:
        to_do = "Plan for more room, or for PostgreSQL on another machine."
    return Fact(label="Disk", value=f"{size(free)} free", meaning=meaning, to_do=to_do)


def _data(about: Installation, zone: tzinfo, now_ns: int) -> Iterator[Fact]:
    store = about.store
    yield Fact(label="Spans", value=_rows(store.spans), meaning=f"{count(store.spans_last_day)} in the last 24 hours.")
    yield Fact(label="Traces", value=_rows(store.traces), meaning="A summary of each, computed from its spans.")
    yield Fact(
        label="Ledger", value=_rows(store.ledger), meaning="Lines of calls, tokens and cost by quarter of an hour."
    )
    if store.oldest_start_ns is None:
        yield Fact(label="Time", value="no data yet", meaning="Connect shows how to send the first trace.")
        return
    newest = _when(store.newest_received_ns, zone, now_ns)
    yield Fact(
        label="Time",
        value=between(store.oldest_start_ns, store.newest_start_ns or store.oldest_start_ns, zone, " to "),
        meaning=f"When the oldest and the newest trace began. The last span came {newest}.",
    )


def _intake(about: Installation, zone: tzinfo, now_ns: int) -> Iterator[Fact]:
    store = about.store
    for seen in store.collectors[:_MOST_COLLECTORS]:
        yield _collector(seen, about, zone, now_ns)
    if not store.collectors:
        yield Fact(
            label="Collector", value="no request yet", meaning="Processes appear here when they have answered one."
        )
    yield Fact(
        label="Refused",
        value=plural(store.refused_last_hour, "request"),
        meaning="In the last hour, among the last few hundred of the projects.",
        to_do="Connect lists each with its reason and what to do." if store.refused_last_hour else None,
    )
    yield _search(about, zone, now_ns)
    is_full = store.waiting_logs > _WAITING_SHARE * about.max_waiting_logs
    yield Fact(
        label="Waiting log records",
        value=count(store.waiting_logs),
        meaning=f"Their span isn't there yet. At most {count(about.max_waiting_logs)} wait, for a day at most.",
        to_do="Send the spans of these programs too, or no logs: the oldest are dropped now." if is_full else None,
    )


def _search(about: Installation, zone: tzinfo, now_ns: int) -> Fact:
    progress = about.store.search
    if progress.oldest_waiting_ns is None:
        return Fact(label="Search", value="up to date", meaning="The index holds the words of all that is kept.")
    waiting = f"{plural(progress.waiting, 'trace')} not in the index yet."
    is_late = now_ns - progress.oldest_waiting_ns > _SEARCH_LATE_NS
    return Fact(
        label="Search",
        value=f"up to {moment(progress.oldest_waiting_ns, zone, now_ns)}" if about.searches else "off",
        meaning=f"{waiting} Of these, names, errors and previews of runs are searched.",
        to_do="More comes than the index takes in, or no collector runs: look at its log."
        if is_late and about.searches
        else None,
    )


def _collector(seen: CollectorSeen, about: Installation, zone: tzinfo, now_ns: int) -> Fact:
    ports = f"on port {', '.join(map(str, seen.ports))}, " if seen.ports else ""
    is_long = now_ns - seen.newest_ns < _SEEN_NS and seen.queued_spans > _QUEUE_SHARE * about.max_queued_spans
    return Fact(
        label=f"Collector {seen.name}",
        value=f"last request {_when(seen.newest_ns, zone, now_ns)}",
        meaning=f"{ports}{plural(seen.queued_spans, 'span')} waited for the commit then.".capitalize(),
        to_do="More comes than the database takes. Use PostgreSQL and more collectors, or a faster disk."
        if is_long
        else None,
    )


def _configuration(about: Installation) -> Iterator[Fact]:
    yield Fact(
        label="Variables",
        value=", ".join(about.set_names) or "none",
        meaning="Those that are set. What they hold is not shown.",
    )
    guards = [name for name, is_set in (("API key", about.has_api_key), ("password", about.has_password)) if is_set]
    yield Fact(
        label="Guarded by",
        value=" and ".join(guards) or "nothing",
        meaning="Without both, only this machine is served.",
        to_do="MSGTRACE_INSECURE=1 serves everybody who reaches it: set a key and a password instead."
        if about.is_insecure and len(guards) < 2
        else None,
    )
    yield Fact(label="Projects", value=", ".join(about.projects), meaning="Those that this process serves.")
    yield Fact(
        label="Dimensions",
        value=", ".join(about.dimensions) or "none",
        meaning="Attributes of your own that traces and costs can be grouped by: MSGTRACE_DIMENSIONS.",
    )
    own = plural(about.own_prices, "price") + " of your own" if about.own_prices else "none of your own"
    yield Fact(
        label="Prices",
        value=f"genai-prices {about.prices_version}",
        meaning=f"And {own}. msgtrace prices update fetches a newer list.",
    )


def size(number_bytes: int | None) -> str:
    if number_bytes is None:
        return "unknown"
    for unit, length in (("GiB", _GIB), ("MiB", 2**20), ("KiB", 2**10)):
        if number_bytes >= length:
            amount = number_bytes / length
            return f"{amount:,.{0 if amount >= 100 else 1}f} {unit}"
    return f"{number_bytes} bytes"


def _rows(rows: RowCount) -> str:
    return count(rows.rows) if rows.is_exact else f"about {compact(rows.rows)}"


def _days(days: float) -> str:
    if days > 3_650:
        return "more than ten years"
    return f"about {days:,.0f} days" if days >= 2 else "less than two days"


def _when(ns: int | None, zone: tzinfo, now_ns: int) -> str:
    return f"at {moment(ns, zone, now_ns)}"
