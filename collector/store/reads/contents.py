"""The content of spans, out of the payloads that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, or_, select

from collector.store.models import ResourceScope, Span, SpanPayload
from collector.store.packing import PayloadKey
from collector.store.payloads import decompress
from collector.store.records import Payload
from collector.store.unpacking import Unpacked, cut

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
PAYLOAD: Table = SpanPayload.__table__  # type: ignore[attr-defined]
RESOURCE_SCOPE: Table = ResourceScope.__table__  # type: ignore[attr-defined]
_PLACE = ("project_id", "trace_id", "span_id", "payload_id", "payload_start", "payload_length")
PLACE = tuple(SPAN.c[name] for name in _PLACE)
"""Columns that tell where a span's content lies."""
_KEYS_A_SELECT = 200

SpanKey = tuple[str, str, str]
"""(project_id, trace_id, span_id)."""


def in_payload() -> ColumnElement[bool]:
    """That a payload holds a span's content. Before spans were packed, each had its own, under its own id."""
    return and_(
        PAYLOAD.c.project_id == SPAN.c.project_id,
        PAYLOAD.c.trace_id == SPAN.c.trace_id,
        PAYLOAD.c.payload_id == func.coalesce(SPAN.c.payload_id, SPAN.c.span_id),
    )


def contents_of(connection: Connection, spans: Iterable[RowMapping]) -> dict[SpanKey, Payload]:
    """The spans as they were received, without those whose content is no longer kept.

    spans: rows with the columns of PLACE.
    """
    places = list(spans)
    unpacked = Unpacked()
    scope_ids: dict[PayloadKey, bytes] = {}
    for row in _load(connection, {_payload_key(row) for row in places}):
        key = row["project_id"], row["trace_id"], row["payload_id"]
        unpacked.add(key, row["base_id"], row["spans"])
        scope_ids[key] = row["resource_scope_id"]
    scopes = _load_scopes(connection, set(scope_ids.values()))
    found = {}
    for row in places:
        key = _payload_key(row)
        content = unpacked.content(key)
        if content is not None and (scope := scopes.get(scope_ids[key])) is not None:
            span = cut(content, row["payload_start"], row["payload_length"])
            found[row["project_id"], row["trace_id"], row["span_id"]] = Payload(span=span, resource_scope=scope)
    return found


def _payload_key(row: RowMapping) -> PayloadKey:
    return row["project_id"], row["trace_id"], row["payload_id"] or row["span_id"]


def _load(connection: Connection, keys: Iterable[PayloadKey]) -> Iterator[RowMapping]:
    """The payloads and all that they are compressed against."""
    known = [PAYLOAD.c[name] for name in ("project_id", "trace_id", "payload_id", "base_id")]
    ordered = sorted(keys)
    for at in range(0, len(ordered), _KEYS_A_SELECT):
        chain = select(*known).where(_one_of(ordered[at : at + _KEYS_A_SELECT])).cte("chain", recursive=True)
        is_base = and_(*(PAYLOAD.c[name] == chain.c[name] for name in ("project_id", "trace_id")))
        chain = chain.union(select(*known).where(is_base, PAYLOAD.c.payload_id == chain.c.base_id))
        of_chain = and_(*(PAYLOAD.c[name] == chain.c[name] for name in ("project_id", "trace_id", "payload_id")))
        yield from connection.execute(select(PAYLOAD).select_from(chain.join(PAYLOAD, of_chain))).mappings()


def _one_of(keys: Iterable[PayloadKey]) -> ColumnElement[bool]:
    """By trace: for a list of all three, SQLite would go through the whole table."""
    by_trace: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for project_id, trace_id, payload_id in keys:
        by_trace[project_id, trace_id].append(payload_id)
    project, trace, payload = (PAYLOAD.c[name] for name in ("project_id", "trace_id", "payload_id"))
    return or_(*(and_(project == p, trace == t, payload.in_(ids)) for (p, t), ids in by_trace.items()))


def _load_scopes(connection: Connection, ids: Iterable[bytes]) -> dict[bytes, bytes]:
    query = select(RESOURCE_SCOPE).where(RESOURCE_SCOPE.c.resource_scope_id.in_(ids))
    return {row.resource_scope_id: decompress(row.content) for row in connection.execute(query)}
