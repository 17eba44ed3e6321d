"""What is kept how long, in words."""

from __future__ import annotations

from collections.abc import Iterator

from app.format import plural
from app.frames.health import Fact, Section, size
from collector.store.records import Installation, Lifetimes, StoreHealth

_MUCH = 1.1
"""So many times its limit a database should never be: what came within the last hour alone may keep it there."""


def retention_section(about: Installation) -> Section:
    return Section("retention", "What is kept how long", tuple(_facts(about.lifetimes, about.store)))


def _facts(kept: Lifetimes, store: StoreHealth) -> Iterator[Fact]:
    yield Fact(
        label="Content",
        value=_time(kept.content_days, "day"),
        meaning="What went in and came out, attributes and log records; then only times, tokens and cost of a span: "
        "MSGTRACE_KEEP_CONTENT_DAYS.",
    )
    yield Fact(
        label="Spans and traces",
        value=_time(kept.traces_days, "day"),
        meaning="With their scores and notes, from when the last span of a trace came: MSGTRACE_KEEP_TRACES_DAYS.",
    )
    yield Fact(
        label="Costs",
        value=_time(kept.ledger_months, "month"),
        meaning="The ledger stays when traces go, so no cost report changes: MSGTRACE_KEEP_LEDGER_MONTHS.",
    )
    longer = f"{kept.keep_failed:g} times as long" if kept.keep_failed > 1 else "as long as the others"
    yield Fact(label="Failed and starred", value=longer, meaning="Content and traces: MSGTRACE_KEEP_FAILED.")
    yield _limit(kept, store)


def _limit(kept: Lifetimes, store: StoreHealth) -> Fact:
    if kept.max_bytes is None:
        meaning = "MSGTRACE_MAX_DATABASE_MB lets the oldest content go, then the oldest traces."
        return Fact(label="Largest size", value="no limit", meaning=meaning)
    if not store.kind.startswith("SQLite"):
        return Fact(
            label="Largest size",
            value="not held",
            meaning="PostgreSQL keeps freed space for itself, so its size says nothing of what is in it.",
            to_do="Set shorter times instead of MSGTRACE_MAX_DATABASE_MB.",
        )
    is_over = store.size_bytes is not None and store.size_bytes > _MUCH * kept.max_bytes
    return Fact(
        label="Largest size",
        value=size(kept.max_bytes),
        meaning="Beyond it the oldest content goes, then the oldest traces, but nothing of the last hour.",
        to_do="The database is larger: look again in ten minutes, then raise the limit." if is_over else None,
    )


def _time(amount: int, unit: str) -> str:
    return plural(amount, unit) if amount else "for ever"
