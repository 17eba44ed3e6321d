"""What a person filters by, as SQL conditions over the trace table. Every value is bound."""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson
from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from collector.errors import BadQuery
from collector.store.models import Trace, Usage
from collector.store.records import Scope, TraceFilter

INCOMPLETE_AFTER_NS = 15 * 60 * 10**9
TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
MAX_TEXT = 500
"""SQLite compares no longer pattern than 50,000 bytes and joins no more than 1,000 conditions."""
_MIN_ID_PREFIX = 4


def outcome_now() -> ColumnElement[str]:
    """The outcome as it reads at this moment: without a root, a trace runs for 15 minutes and is incomplete then."""
    silent_since = time.time_ns() - INCOMPLETE_AFTER_NS
    return case(
        (TRACE.c.outcome != "rootless", TRACE.c.outcome),
        (TRACE.c.received_ns < silent_since, "incomplete"),
        else_="running",
    )


def matches(scope: Scope, wanted: TraceFilter) -> ColumnElement[bool]:
    """The condition for traces of `scope` that `wanted` means. Raises BadQuery for a text that is too long."""
    return and_(TRACE.c.project_id.in_(scope), *_conditions(wanted))


def _conditions(wanted: TraceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.period:
        yield TRACE.c.start_ns >= wanted.period.start_ns
        yield TRACE.c.start_ns < wanted.period.end_ns
    if wanted.outcomes:
        yield outcome_now().in_(wanted.outcomes)
    for column, values in (
        (TRACE.c.workflow, wanted.workflows),
        (TRACE.c.service, wanted.services),
        (TRACE.c.environment, wanted.environments),
        (TRACE.c.version, wanted.versions),
    ):
        if values:
            yield column.in_(values)
    if wanted.models:
        yield _uses_model(wanted.models)
    if wanted.tags:
        yield and_(*(TRACE.c.tags.contains(f'"{tag}"', autoescape=True) for tag in wanted.tags))
    for name, value in wanted.dimensions:
        yield says(TRACE.c.dimensions, name, value)
    if wanted.session_id:
        yield TRACE.c.session_id == wanted.session_id
    if wanted.user_id:
        yield TRACE.c.user_id == wanted.user_id
    if len(wanted.text) > MAX_TEXT:
        raise BadQuery(f"q: a search takes at most {MAX_TEXT} characters")
    for word in wanted.text.split():
        yield _contains(word)


def says(column: ColumnElement[str], name: str, value: str) -> ColumnElement[bool]:
    """Whether a JSON object of texts holds this pair, exactly: LIKE would not tell capitals on SQLite."""
    pair = orjson.dumps({name: value}).decode()[1:-1]
    return func.replace(column, pair, "") != column


def _uses_model(models: tuple[str, ...]) -> ColumnElement[bool]:
    used = select(USAGE.c.trace_id).where(
        USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id, USAGE.c.model.in_(models)
    )
    return used.exists()


def _contains(word: str) -> ColumnElement[bool]:
    searched = (TRACE.c.name, TRACE.c.workflow, TRACE.c.input_preview, TRACE.c.output_preview, TRACE.c.error)
    found = [column.icontains(word, autoescape=True) for column in searched]
    if len(word) >= _MIN_ID_PREFIX:
        found.append(TRACE.c.trace_id.startswith(word.lower(), autoescape=True))
    return or_(*found)
