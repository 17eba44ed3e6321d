"""Which values of a field the matching traces have, counted exactly up to 10,000 traces."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Select, Table, and_, func, select

from collector.store.engine import reading
from collector.store.filters import TRACE, USAGE, matches
from collector.store.models import Span
from collector.store.records import FacetValues, Scope, TraceFilter
from collector.store.row_tells import tells_values
from collector.store.span_values import tools_of

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
MOST_COUNTED = 10_000
MAX_VALUES = 50
_COLUMNS = {
    "workflow": "workflow",
    "service": "service",
    "environment": "environment",
    "version": "version",
    "user": "user_id",
    "session": "session_id",
    "tag": "tags",
}
FACETS = (*_COLUMNS, "model", "tool")


def list_facet(engine: Engine, scope: Scope, wanted: TraceFilter, field: str) -> FacetValues:
    """field: one of FACETS. Beyond MOST_COUNTED matching traces, the newest are counted."""
    names = ("span_values",) if field == "tool" else dict.fromkeys(_COLUMNS.values())
    columns = [TRACE.c[name] for name in ("project_id", "trace_id", *names)]
    newest = select(*columns).where(matches(scope, wanted)).order_by(TRACE.c.start_ns.desc()).limit(MOST_COUNTED + 1)
    base = newest.subquery("matching")
    with reading(engine) as connection:
        total = connection.execute(select(func.count()).select_from(base)).scalar_one()
        if field == "tool":
            values = _tools(connection, base)
        else:
            rows = connection.execute(_counted(base, field)).all()
            values = _tags(rows) if field == "tag" else [(str(value), int(number)) for value, number in rows]
    return FacetValues(values=tuple(values[:MAX_VALUES]), is_capped=total > MOST_COUNTED)


def _counted(base: FromClause, field: str) -> Select[Any]:
    traces = func.count(func.distinct(base.c.trace_id))
    column: ColumnElement[Any]
    source: FromClause
    if field == "model":
        column, source = USAGE.c.model, base.join(USAGE, _same(USAGE, base))
    else:
        column, source = base.c[_COLUMNS[field]], base
    query = select(column, traces).select_from(source).where(column.is_not(None)).group_by(column)
    ordered = query.order_by(traces.desc(), column)
    return ordered.limit(MOST_COUNTED if field == "tag" else MAX_VALUES)


def _same(table: Table, base: FromClause) -> ColumnElement[bool]:
    return and_(table.c.project_id == base.c.project_id, table.c.trace_id == base.c.trace_id)


def _tags(rows: Any) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for tags, number in rows:
        counts.update(dict.fromkeys(orjson.loads(tags), int(number)))
    return sorted(counts.items(), key=_most_first)


def _tools(connection: Connection, base: FromClause) -> list[tuple[str, int]]:
    """From what the rows of the traces tell, and of the others from their spans."""
    told = tells_values(base.c.span_values)
    traces: defaultdict[str, set[str]] = defaultdict(set)
    by_text: defaultdict[str, list[str]] = defaultdict(list)
    for text, trace_id in connection.execute(select(base.c.span_values, base.c.trace_id).where(told)):
        by_text[text].append(trace_id)
    for text, trace_ids in by_text.items():
        for tool_name in tools_of(text):
            traces[tool_name].update(trace_ids)
    spans = select(SPAN.c.tool_name, base.c.trace_id).select_from(base.join(SPAN, _same(SPAN, base)))
    for tool_name, trace_id in connection.execute(spans.where(~told, SPAN.c.tool_name.is_not(None)).distinct()):
        traces[tool_name].add(trace_id)
    return sorted(((name, len(found)) for name, found in traces.items()), key=_most_first)


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
