"""Cached reads of the store; the only caller of them. An answer is kept until something new is committed.

Records are frozen, so sessions share a cached answer without a copy. Faults (`StoreUnavailable`, `NotFound`)
pass through and are never cached.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import streamlit as st
from sqlalchemy import Engine

from collector import inferred_view, repricing
from collector.analysis.inferred import Family
from collector.config import get_settings, saved_prices
from collector.detail import read_detail
from collector.errors import NotFound
from collector.price_source import PriceSource
from collector.store.engine import open_reader
from collector.store.reads import freshness as freshness_reads
from collector.store.reads import overview as overview_reads
from collector.store.reads import prices as price_reads
from collector.store.reads import spans as span_reads
from collector.store.reads import traces as trace_reads
from collector.store.reads.contemporaries import list_contemporaries
from collector.store.records import (
    Facets,
    Freshness,
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

FRESHNESS_TTL_S = 1.0
"""However many pages are open, the database is asked at most this often whether there is something new."""
_TTL_S = 600.0
_TRACE_ID_DIGITS = 32

Answer = TypeVar("Answer")


class Question(NamedTuple):
    """What a cached answer is found by."""

    read: str
    database: str
    scope: Scope
    version: int
    wanted: tuple[object, ...]


def freshness() -> Freshness:
    settings = get_settings()
    return _freshness(settings.sqlalchemy_url, Scope(settings.scope))


def dashboard_password() -> str | None:
    """What the gate asks for; None when it stands open."""
    secret = get_settings().dashboard_password
    return secret.get_secret_value() if secret else None


def needs_api_key() -> bool:
    """Whether clients have to send a key."""
    return get_settings().api_key is not None


def overview(period: Period, environment: str | None = None) -> Overview:
    return _ask(_get_overview, period, environment)


def traces(wanted: TraceFilter, sort: str = "-start_ns", limit: int = 100, cursor: str | None = None) -> TracePage:
    return _ask(_list_traces, wanted, sort, limit, cursor)


def trace_counts(wanted: TraceFilter) -> OutcomeCounts:
    return _ask(trace_reads.count_traces, wanted)


def facets(period: Period) -> Facets:
    return _ask(trace_reads.list_facets, period)


def trace(trace_id: str) -> TraceSummary:
    """Raises NotFound."""
    return _ask(trace_reads.get_trace, trace_id)


def whole_trace_id(beginning: str) -> str:
    """The id of the one trace that begins so; a whole id is not looked up.

    Raises NotFound, also when it is too short to look up, and BadQuery when several traces do.
    """
    if len(beginning) < trace_reads.SHORTEST_PREFIX:
        raise NotFound(f"no trace {beginning}")
    return beginning if len(beginning) == _TRACE_ID_DIGITS else _ask(trace_reads.find_trace_id, beginning)


def trace_spans(trace_id: str) -> tuple[SpanRecord, ...]:
    """All spans of the trace by start time."""
    spans: tuple[SpanRecord, ...] = _large_answer(_question(span_reads.list_spans, trace_id), span_reads.list_spans)
    return spans


def family(trace_id: str) -> Family:
    """The trace's spans with those of other traces that belong to it, as far as times tell. Raises NotFound."""
    return _ask(_get_family, trace_id)


def span_detail(trace_id: str, span_id: str) -> SpanDetail:
    """Raises NotFound."""
    return _ask(_read_span, trace_id, span_id)


def price_overrides() -> tuple[PriceOverride, ...]:
    """Prices of one's own, those of the file last. Raises ConfigurationError for a file that is wrong."""
    return price_source().refresh().overrides


def prices_in_force(period: Period, now_ns: int) -> tuple[tuple[SeenModel, PriceInForce | None], ...]:
    """The models of the period's calls, the most used first, with what a call costs now; None where that is unknown.

    Raises ConfigurationError for a file that is wrong.
    """
    book = price_source().refresh()
    seen: tuple[SeenModel, ...] = _ask(price_reads.list_seen_models, period)
    return tuple((m, book.in_force(m.provider, (m.answering_model, m.model), now_ns)) for m in seen)


def repricing_preview(period: Period) -> Repricing:
    """What pricing the period's calls again would change. Reads all of them: seconds for a month. Not kept."""
    settings = get_settings()
    book = price_source().refresh()
    return repricing.preview(_reader(settings.sqlalchemy_url), Scope(settings.scope), period, book)


def price_source() -> PriceSource:
    settings = get_settings()
    return _price_source(settings.sqlalchemy_url, settings.prices_file)


def look_again() -> None:
    """After a change of the viewer's own: the next question is asked of the store, not of what was kept."""
    _freshness.clear()


@st.cache_resource(show_spinner=False)
def _price_source(database: str, file: Path | None) -> PriceSource:
    return PriceSource(_reader(database), file=file, saved_list=saved_prices())


@st.cache_resource(show_spinner=False)
def _reader(url: str) -> Engine:
    return open_reader(url)


@st.cache_resource(ttl=FRESHNESS_TTL_S, max_entries=16, show_spinner=False)
def _freshness(database: str, scope: Scope) -> Freshness:
    return freshness_reads.get_freshness(_reader(database), scope)


def _question(read: Callable[..., object], *wanted: object) -> Question:
    settings = get_settings()
    return Question(read.__name__, settings.sqlalchemy_url, Scope(settings.scope), freshness().version, wanted)


def _ask(read: Callable[..., Answer], *wanted: object) -> Answer:
    answer: Answer = _answer(_question(read, *wanted), read)
    return answer


@st.cache_resource(ttl=_TTL_S, max_entries=256, show_spinner=False)
def _answer(question: Question, _read: Callable[..., Any]) -> Any:
    return _read(_reader(question.database), question.scope, *question.wanted)


@st.cache_resource(ttl=_TTL_S, max_entries=8, show_spinner=False)
def _large_answer(question: Question, _read: Callable[..., Any]) -> Any:
    """As `_answer`, for what may be tens of megabytes."""
    return _read(_reader(question.database), question.scope, *question.wanted)


def _get_overview(engine: Engine, scope: Scope, period: Period, environment: str | None) -> Overview:
    return overview_reads.get_overview(engine, scope, period, environment=environment)


def _list_traces(
    engine: Engine, scope: Scope, wanted: TraceFilter, sort: str, limit: int, cursor: str | None
) -> TracePage:
    return trace_reads.list_traces(engine, scope, wanted, sort=sort, limit=limit, cursor=cursor)


def _get_family(engine: Engine, scope: Scope, trace_id: str) -> Family:
    trace = trace_reads.get_trace(engine, scope, trace_id)
    return inferred_view.family(list_contemporaries(engine, scope, trace), trace_id)


def _read_span(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> SpanDetail:
    return read_detail(span_reads.get_span(engine, scope, trace_id, span_id))
