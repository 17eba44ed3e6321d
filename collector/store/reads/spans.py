"""Spans of one trace, and one span with its payload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Engine, RowMapping, Table, case, select

from collector.errors import NotFound
from collector.store.engine import reading
from collector.store.models import LogRecord, SpanPrice
from collector.store.payloads import decompress
from collector.store.reads.contents import SPAN, SpanKey, contents_of
from collector.store.reads.scores import scores_of
from collector.store.records import ExceptionNote, Payload, Scope, Score, SpanRecord, StoredSpan

NANO = 10**9
MAX_STORED = 500
"""Payloads may be megabytes."""
LOG: Table = LogRecord.__table__  # type: ignore[attr-defined]
PRICE: Table = SpanPrice.__table__  # type: ignore[attr-defined]
SPANS = SPAN.outerjoin(PRICE, PRICE.c.price_id == SPAN.c.price)
_IS_TEXT = SPAN.c.price.startswith("{")  # in rows of older versions
RECORD = (
    *(column for column in SPAN.c if column is not SPAN.c.price),
    case((_IS_TEXT, SPAN.c.price), else_=PRICE.c.content).label("price"),
)
"""What `record_of` reads, of SPANS."""
_AS_STORED = (
    *("trace_id", "span_id", "parent_span_id", "name", "kind", "operation", "span_kind", "status", "status_message"),
    *("start_ns", "end_ns", "received_ns", "service", "environment", "scope", "workflow", "version"),
    *("provider", "request_model", "response_model", "response_id", "finish_reason", "cost_source"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("excluded_by", "excluded_reason", "tool_name", "tool_call_id", "returned_error", "agent_name"),
    *("session_id", "user_id"),
)
_MONEY = ("cost", "input_cost", "cache_read_cost", "cache_write_cost", "output_cost")


def list_spans(engine: Engine, scope: Scope, trace_id: str) -> tuple[SpanRecord, ...]:
    """All spans of a trace by start time, without payloads; empty when there is no such trace."""
    query = select(*RECORD).select_from(SPANS).where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id)
    told = select(LOG.c.span_id, LOG.c.exceptions).where(
        LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id, LOG.c.exceptions.is_not(None)
    )
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(SPAN.c.start_ns, SPAN.c.span_id)).mappings().all()
        logged = {row.span_id: row.exceptions for row in connection.execute(told.order_by(LOG.c.time_ns.desc()))}
    return tuple(record_of(row, logged.get(row["span_id"])) for row in rows)


def get_span(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> StoredSpan:
    """One span with its payload as it was received. Raises NotFound."""
    found = list_stored(engine, scope, trace_id, (span_id,))
    if not found:
        raise NotFound(f"no span {span_id} in trace {trace_id}")
    return found[0]


def list_stored(engine: Engine, scope: Scope, trace_id: str, span_ids: Sequence[str]) -> tuple[StoredSpan, ...]:
    """Those of the spans that are stored, with their payloads, in the given order. At most MAX_STORED at once."""
    wanted = span_ids[:MAX_STORED]
    of_spans = SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, SPAN.c.span_id.in_(wanted)
    query = select(*RECORD).select_from(SPANS).where(*of_spans)
    joined = select(LOG.c.span_id, LOG.c.record, LOG.c.exceptions).where(
        LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id, LOG.c.span_id.in_(wanted)
    )
    logs: defaultdict[str, list[Any]] = defaultdict(list)
    with reading(engine) as connection:
        rows = {row["span_id"]: row for row in connection.execute(query).mappings()}
        for log in connection.execute(joined.order_by(LOG.c.time_ns, LOG.c.log_id)):
            logs[log.span_id].append(log)
        contents = contents_of(connection, rows.values())
        scores = scores_of(connection, scope, [trace_id])
    return tuple(_stored(rows[one], contents, logs[one], scores) for one in wanted if one in rows)


def _stored(
    row: RowMapping,
    contents: Mapping[SpanKey, Payload],
    logs: Sequence[Any],
    scores: Mapping[tuple[str, str], Sequence[Score]],
) -> StoredSpan:
    record = record_of(row, next((log.exceptions for log in logs if log.exceptions), None))
    records = tuple(decompress(log.record) for log in logs if log.record)
    of_trace = scores.get((row["project_id"], row["trace_id"]), ())
    own = tuple(score for score in of_trace if score.span_id == row["span_id"])
    return StoredSpan(record, *content_of(row, contents), records, own)


def content_of(row: RowMapping, contents: Mapping[SpanKey, Payload]) -> tuple[bytes | None, bytes]:
    """What the span and its resource and scope were sent as; None once retention took it."""
    found = contents.get((row["project_id"], row["trace_id"], row["span_id"]))
    return (found.span, found.resource_scope) if found else (None, b"")


def record_of(row: RowMapping, logged_exceptions: str | None = None) -> SpanRecord:
    """`logged_exceptions` stand in for those that the span doesn't tell itself."""
    start_ns, end_ns = row["start_ns"], row["end_ns"]
    ended = end_ns is not None and end_ns >= start_ns
    first_token_ns = row["time_to_first_token_ns"]
    as_stored = {name: row[name] for name in _AS_STORED}
    money: dict[str, Any] = {f"{part}_usd": _usd(row[f"{part}_nusd"]) for part in _MONEY}
    return SpanRecord(
        **as_stored,
        **money,
        duration_ms=(end_ns - start_ns) / 1e6 if ended else None,
        counted=bool(row["counted"]),
        pending=bool(row["pending"]),
        price=_json(row["price"], None),
        time_to_first_token_ms=None if first_token_ns is None else first_token_ns / 1e6,
        tags=tuple(_json(row["tags"], ())),
        exceptions=tuple(ExceptionNote(**note) for note in _json(row["exceptions"] or logged_exceptions, ())),
    )


def _usd(nano: int | None) -> float | None:
    return None if nano is None else nano / NANO


def _json(text: str | None, default: Any) -> Any:
    return default if text is None else orjson.loads(text)
