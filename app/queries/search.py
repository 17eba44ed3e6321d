"""What the page Traces asks: calls, facets, and the neighbours of a trace in its list."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask_matching, ask_now, ask_now_again
from collector.config import get_settings
from collector.store.reads import calls as call_reads
from collector.store.reads import facets as facet_reads
from collector.store.reads import traces as trace_reads
from collector.store.reads.calls import CallKind
from collector.store.reads.search import get_search_progress
from collector.store.records import CallCount, CallPage, FacetValues, Scope, SearchProgress, TraceFilter

__all__ = ["CallKind", "ask_now_again"]


def dimensions() -> tuple[str, ...]:
    """The names of the promoted dimensions, which are keys of the search."""
    return tuple(dimension.name for dimension in get_settings().promoted)


def progress() -> SearchProgress | None:
    """How far the search index has come; None when everything is in it. Not kept: no change of data tells of it."""
    found: SearchProgress = ask_now(get_search_progress)
    return found if found.waiting else None


def calls(wanted: TraceFilter, kind: CallKind, sort: str, limit: int) -> CallPage:
    return ask_matching(_list_calls, wanted, kind, sort, limit)


def call_count(wanted: TraceFilter, kind: CallKind) -> CallCount:
    return ask_matching(call_reads.count_calls, wanted, kind)


def facet(wanted: TraceFilter, field: str) -> FacetValues:
    return ask_matching(facet_reads.list_facet, wanted, field)


def neighbours(wanted: TraceFilter, trace_id: str, sort: str) -> tuple[str | None, str | None]:
    """The traces before and after this one in the list."""
    return ask_matching(_neighbours, wanted, trace_id, sort)


def _list_calls(engine: Engine, scope: Scope, wanted: TraceFilter, kind: CallKind, sort: str, limit: int) -> CallPage:
    return call_reads.list_calls(engine, scope, wanted, kind, sort=sort, limit=limit, shows_part=True)


def _neighbours(
    engine: Engine, scope: Scope, wanted: TraceFilter, trace_id: str, sort: str
) -> tuple[str | None, str | None]:
    return trace_reads.neighbours(engine, scope, wanted, trace_id, sort=sort)
