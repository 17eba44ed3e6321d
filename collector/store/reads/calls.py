"""Calls of models and tools: lists across traces, by keyset over an index of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Table, and_, func, literal_column, select

from collector.errors import BadQuery
from collector.store.engine import reading, rows_in_time
from collector.store.filters import TRACE
from collector.store.keyset import behind, from_cursor, ordered, to_cursor
from collector.store.left_out import Texts
from collector.store.models import Span
from collector.store.records import Call, CallCount, CallPage, Scope, TraceFilter
from collector.store.search import spans_match
from collector.store.selecting import SpanKey, TraceKey
from collector.store.texts import Step, load_texts

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
CallKind = Literal["llm", "tool"]
MAX_LIMIT = 1_000
MOST_COUNTED = 10_000
_MOST_READ = 1_000
"""Calls are counted up to here where each has to be read, to look for words."""
NANO = 10**9
_NONE: ColumnElement[int] = literal_column("-1")
SORTS: dict[str, ColumnElement[Any]] = {
    "start_ns": SPAN.c.start_ns,
    "duration_ms": func.coalesce(SPAN.c.end_ns - SPAN.c.start_ns, _NONE),
    "total_tokens": func.coalesce(SPAN.c.input_tokens, 0) + func.coalesce(SPAN.c.output_tokens, 0),
    "cost_usd": func.coalesce(SPAN.c.cost_nusd, _NONE),
    "time_to_first_token_ms": func.coalesce(SPAN.c.time_to_first_token_ns, _NONE),
}
_SHOWN = (
    *("project_id", "trace_id", "span_id", "name", "kind", "status", "status_message", "exceptions", "returned_error"),
    *("tool_name", "request_model", "response_model", "provider", "start_ns", "end_ns"),
    *("time_to_first_token_ns", "input_tokens", "output_tokens", "cost_nusd", "input_preview", "output_preview"),
    *("payload_id", "payload_start", "payload_length"),
)


def list_calls(
    engine: Engine,
    scope: Scope,
    wanted: TraceFilter,
    kind: CallKind,
    *,
    sort: str = "-start_ns",
    limit: int = 100,
    cursor: str | None = None,
    shows_part: bool = False,
) -> CallPage:
    """A page of calls. The query is asked of the call itself, and of its trace where only a trace can say; of the
    other fields of `wanted` period, services and environments count.

    `sort` is a key of SORTS, "-" in front for descending. Raises as `list_traces`.
    """
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise BadQuery(f"sort: expected one of {', '.join(SORTS)}, with - in front for descending; got {sort!r}")
    shows_part = shows_part and not wanted.query.denies_words
    descending = sort.startswith("-")
    limit = max(1, min(limit, MAX_LIMIT))
    keys = (column, SPAN.c.trace_id, SPAN.c.span_id)
    columns = [SPAN.c[name] for name in _SHOWN]
    query = select(*columns, column.label("sort_value")).where(_matches(scope, wanted, kind))
    if cursor:
        query = query.where(behind(keys, from_cursor(cursor, (int, str, str)), descending=descending))
    query = query.order_by(*ordered(keys, descending=descending)).limit(limit + 1)
    with reading(engine) as connection:
        found, is_all = rows_in_time(connection, query, shows_part=shows_part)
    page = [row._mapping for row in found[:limit]]
    with reading(engine) as connection:
        workflows = _workflows(connection, scope, page)
        texts = _load_texts(connection, page)
    has_next = len(found) > limit if is_all else not shows_part
    last = page[-1] if has_next else None
    return CallPage(
        calls=tuple(_call(row, workflows, texts) for row in page),
        next_cursor=to_cursor(last["sort_value"], last["trace_id"], last["span_id"]) if last else None,
        is_unfinished=not is_all,
    )


def count_calls(engine: Engine, scope: Scope, wanted: TraceFilter, kind: CallKind) -> CallCount:
    """How many calls match, up to MOST_COUNTED; of those that hold words, as many as are found in time."""
    found = select(SPAN.c.span_id).where(_matches(scope, wanted, kind))
    with reading(engine) as connection:
        if wanted.query.has_text:  # in the order of the index of these calls, instead of one that has their ids alone
            some = found.order_by(SPAN.c.start_ns.desc()).limit(_MOST_READ + 1)
            rows, is_all = rows_in_time(connection, some)
            return CallCount(total=min(len(rows), _MOST_READ), is_capped=len(rows) > _MOST_READ or not is_all)
        total = select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery())
        number = int(connection.execute(total).scalar_one())
    return CallCount(total=min(number, MOST_COUNTED), is_capped=number > MOST_COUNTED)


def _matches(scope: Scope, wanted: TraceFilter, kind: CallKind) -> ColumnElement[bool]:
    # Written out, since only then does a database see that the index of these spans holds all of them.
    of_kind = SPAN.c.kind == literal_column("'llm'" if kind == "llm" else "'tool'")
    conditions = [SPAN.c.project_id.in_(scope), of_kind, spans_match(scope, wanted.query)]
    if wanted.period:
        conditions += [SPAN.c.start_ns >= wanted.period.start_ns, SPAN.c.start_ns < wanted.period.end_ns]
    else:  # so that SQLite takes that index, not one of all spans
        conditions.append(SPAN.c.start_ns >= 0)
    for column, values in (
        (SPAN.c.service, wanted.services),
        (SPAN.c.environment, wanted.environments),
    ):
        if values:
            conditions.append(column.in_(values))
    return and_(*conditions)


def _workflows(connection: Connection, scope: Scope, rows: Sequence[RowMapping]) -> dict[tuple[str, str], str]:
    """What the traces of the calls go by."""
    trace_ids = {row["trace_id"] for row in rows}
    name = func.coalesce(TRACE.c.workflow, TRACE.c.name)
    query = select(TRACE.c.project_id, TRACE.c.trace_id, name).where(
        TRACE.c.project_id.in_(scope), TRACE.c.trace_id.in_(trace_ids)
    )
    return {(project_id, trace_id): workflow for project_id, trace_id, workflow in connection.execute(query)}


def _load_texts(connection: Connection, rows: Sequence[RowMapping]) -> dict[SpanKey, Texts]:
    """Of calls whose rows do without."""
    silent = (row for row in rows if "" in (row["input_preview"], row["output_preview"]))
    return load_texts(connection, [Step(**{name: row[name] for name in Step._fields}) for row in silent])


def _call(row: RowMapping, workflows: Mapping[TraceKey, str], texts: Mapping[SpanKey, Texts]) -> Call:
    project_id, trace_id = row["project_id"], row["trace_id"]
    asked, answered = texts.get((project_id, trace_id, row["span_id"]), (None, None))
    end_ns, first_ns = row["end_ns"], row["time_to_first_token_ns"]
    known = [row[name] for name in ("input_tokens", "output_tokens") if row[name] is not None]
    return Call(
        project=project_id,
        error=_error(row),
        workflow=workflows.get((project_id, trace_id)),
        model=row["response_model"] or row["request_model"],
        duration_ms=None if end_ns is None or end_ns < row["start_ns"] else (end_ns - row["start_ns"]) / 1e6,
        time_to_first_token_ms=None if first_ns is None else first_ns / 1e6,
        total_tokens=sum(known) if known else None,
        cost_usd=None if row["cost_nusd"] is None else row["cost_nusd"] / NANO,
        input_preview=asked or row["input_preview"],
        output_preview=answered or row["output_preview"],
        **{name: row[name] for name in _AS_STORED},
    )


_AS_STORED = (
    *("trace_id", "span_id", "name", "kind", "status", "tool_name", "provider", "start_ns"),
    *("input_tokens", "output_tokens"),
)


def _error(row: RowMapping) -> str | None:
    notes = orjson.loads(row["exceptions"] or "[]")
    if notes:
        return ": ".join(filter(None, (notes[0]["type"], notes[0]["message"])))
    if row["status"] == "error":
        return row["status_message"] or row["returned_error"] or "failed"
    return str(row["returned_error"]) if row["returned_error"] else None
