"""Errors, grouped by fingerprint."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask
from collector.detail import read_detail
from collector.store.reads import errors as reads
from collector.store.reads import spans as span_reads
from collector.store.records import ErrorGroup, ErrorGroups, ErrorRuns, NewError, Period, Scope, SpanDetail


def groups(period: Period, environment: str | None = None) -> ErrorGroups:
    return ask(reads.list_error_groups, period, environment)


def group(fingerprint: str, period: Period, environment: str | None = None) -> ErrorGroup:
    """Raises NotFound."""
    return ask(reads.get_error_group, fingerprint, period, environment)


def runs(fingerprint: str, period: Period, environment: str | None = None) -> ErrorRuns:
    return ask(reads.list_error_runs, fingerprint, period, environment)


def example(trace_id: str, span_id: str) -> SpanDetail:
    """Raises NotFound when the span was removed meanwhile."""
    return ask(_read_span, trace_id, span_id)


def new_since(since_ns: int) -> tuple[NewError, ...]:
    """Errors that the collector met for the first time after `since_ns`, the newest first, ten at most."""
    return ask(reads.list_new_errors, since_ns)


def _read_span(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> SpanDetail:
    return read_detail(span_reads.get_span(engine, scope, trace_id, span_id))
