"""Cached reads of the store; the only caller of them. Each topic has a module; the ones of most pages stand here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from sqlalchemy import Engine

from app.queries.asking import (
    ask,
    ask_large,
    ask_matching,
    freshness,
    look_again,
    look_again_before,
    projects,
    reader,
    scope,
)
from app.queries.live import MOST_ARRIVALS, arrivals, stream_url
from app.queries.rights import may_write
from collector import inferred_view, repricing
from collector.analysis.inferred import Family
from collector.config import get_settings, saved_prices
from collector.detail import read_detail
from collector.errors import NotFound
from collector.price_source import PriceSource
from collector.store.reads import overview as overview_reads
from collector.store.reads import prices as price_reads
from collector.store.reads import spans as span_reads
from collector.store.reads import traces as trace_reads
from collector.store.reads.contemporaries import list_contemporaries
from collector.store.records import (
    Facets,
    OutcomeCounts,
    Overview,
    Period,
    PriceInForce,
    PriceOverride,
    Repricing,
    Scope,
    SeenModel,
    SpanDetail,
    SpanRecord,
    TraceFilter,
    TracePage,
    TraceSummary,
)

_TRACE_ID_DIGITS = 32

__all__ = [
    "MOST_ARRIVALS",
    "arrivals",
    "freshness",
    "look_again",
    "look_again_before",
    "may_write",
    "projects",
    "scope",
    "stream_url",
]


def dashboard_password() -> str | None:
    """What the gate asks for; None when it stands open."""
    secret = get_settings().dashboard_password
    return secret.get_secret_value() if secret else None


def needs_api_key() -> bool:
    """Whether clients have to send a key."""
    return get_settings().api_key is not None


def overview(period: Period, environment: str | None = None) -> Overview:
    return ask(_get_overview, period, environment)


def traces(wanted: TraceFilter, sort: str = "-start_ns", limit: int = 100, cursor: str | None = None) -> TracePage:
    return ask_matching(_list_traces, wanted, sort, limit, cursor)


def trace_counts(wanted: TraceFilter) -> OutcomeCounts:
    return ask_matching(trace_reads.count_traces, wanted)


def facets(period: Period) -> Facets:
    return ask(trace_reads.list_facets, period)


def trace(trace_id: str) -> TraceSummary:
    """Raises NotFound."""
    return ask(trace_reads.get_trace, trace_id)


def whole_trace_id(beginning: str) -> str:
    """The id of the one trace that begins so; a whole id is not looked up.

    Raises NotFound, also when it is too short to look up, and BadQuery when several traces do.
    """
    if len(beginning) < trace_reads.SHORTEST_PREFIX:
        raise NotFound(f"no trace {beginning}")
    return beginning if len(beginning) == _TRACE_ID_DIGITS else ask(trace_reads.find_trace_id, beginning)


def trace_spans(trace_id: str) -> tuple[SpanRecord, ...]:
    """All spans of the trace by start time."""
    return ask_large(span_reads.list_spans, trace_id)


def family(trace_id: str) -> Family:
    """The trace's spans with those of other traces that belong to it, as far as times tell. Raises NotFound."""
    return ask(_get_family, trace_id)


def span_detail(trace_id: str, span_id: str) -> SpanDetail:
    """Raises NotFound."""
    return ask(_read_span, trace_id, span_id)


def price_overrides() -> tuple[PriceOverride, ...]:
    """Prices of one's own, those of the file last. Raises ConfigurationError for a file that is wrong."""
    return price_source().refresh().overrides


def prices_in_force(period: Period, now_ns: int) -> tuple[tuple[SeenModel, PriceInForce | None], ...]:
    """The models of the period's calls, the most used first, with what a call costs now; None where that is unknown.

    Raises ConfigurationError for a file that is wrong.
    """
    book = price_source().refresh()
    seen: tuple[SeenModel, ...] = ask(price_reads.list_seen_models, period)
    return tuple((m, book.in_force(m.provider, (m.answering_model, m.model), now_ns)) for m in seen)


def repricing_preview(period: Period) -> Repricing:
    """What pricing the period's calls again would change. Reads all of them: seconds for a month. Not kept."""
    settings = get_settings()
    book = price_source().refresh()
    return repricing.preview(reader(settings.read_sqlalchemy_url), scope(), period, book)


def price_source() -> PriceSource:
    settings = get_settings()
    return _price_source(settings.sqlalchemy_url, settings.prices_file)


@st.cache_resource(show_spinner=False)
def _price_source(database: str, file: Path | None) -> PriceSource:
    return PriceSource(reader(database), file=file, saved_list=saved_prices())


def _get_overview(engine: Engine, scope: Scope, period: Period, environment: str | None) -> Overview:
    zone = get_settings().reporting_zone
    return overview_reads.get_overview(engine, scope, period, environment=environment, zone=zone)


def _list_traces(
    engine: Engine, scope: Scope, wanted: TraceFilter, sort: str, limit: int, cursor: str | None
) -> TracePage:
    return trace_reads.list_traces(engine, scope, wanted, sort=sort, limit=limit, cursor=cursor, shows_part=True)


def _get_family(engine: Engine, scope: Scope, trace_id: str) -> Family:
    trace = trace_reads.get_trace(engine, scope, trace_id)
    return inferred_view.family(list_contemporaries(engine, scope, trace), trace_id)


def _read_span(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> SpanDetail:
    return read_detail(span_reads.get_span(engine, scope, trace_id, span_id))
