"""The content of spans, out of the payloads that hold it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, select, tuple_

from collector.store.models import ResourceScope, Span, SpanPayload
from collector.store.packing import PayloadKey
from collector.store.payloads import decompress
from collector.store.records import Payload

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
    stored = _load(connection, {_payload_key(row) for row in places})
    scopes = _load_scopes(connection, {row["resource_scope_id"] for row in stored.values()})
    inflated: dict[PayloadKey, bytes | None] = {}
    found = {}
    for row in places:
        key = _payload_key(row)
        content = _inflate(key, stored, inflated)
        if content is not None and (scope := scopes.get(stored[key]["resource_scope_id"])) is not None:
            found[row["project_id"], row["trace_id"], row["span_id"]] = Payload(
                span=_cut(content, row), resource_scope=scope
            )
    return found


def _payload_key(row: RowMapping) -> PayloadKey:
    return row["project_id"], row["trace_id"], row["payload_id"] or row["span_id"]


def _cut(content: bytes, row: RowMapping) -> bytes:
    start, length = row["payload_start"], row["payload_length"]
    return content if start is None or length is None else content[start : start + length]


def _load(connection: Connection, keys: Iterable[PayloadKey]) -> dict[PayloadKey, RowMapping]:
    """The payloads and all that they are compressed against."""
    known = [PAYLOAD.c[name] for name in ("project_id", "trace_id", "payload_id", "base_id")]
    same = tuple_(*known[:3])
    ordered = sorted(keys)
    found = {}
    for at in range(0, len(ordered), _KEYS_A_SELECT):
        chain = select(*known).where(same.in_(ordered[at : at + _KEYS_A_SELECT])).cte("chain", recursive=True)
        is_base = and_(*(PAYLOAD.c[name] == chain.c[name] for name in ("project_id", "trace_id")))
        chain = chain.union(select(*known).where(is_base, PAYLOAD.c.payload_id == chain.c.base_id))
        of_chain = and_(*(PAYLOAD.c[name] == chain.c[name] for name in ("project_id", "trace_id", "payload_id")))
        for row in connection.execute(select(PAYLOAD).select_from(chain.join(PAYLOAD, of_chain))).mappings():
            found[row["project_id"], row["trace_id"], row["payload_id"]] = row
    return found


def _inflate(
    key: PayloadKey, stored: Mapping[PayloadKey, RowMapping], inflated: dict[PayloadKey, bytes | None]
) -> bytes | None:
    """None when it or what it builds upon is no longer kept: retention may be halfway through a trace."""
    if key not in inflated:
        row = stored.get(key)
        content = None
        if row is not None and row["base_id"] is None:
            content = decompress(row["spans"])
        elif row is not None:
            base = _inflate((key[0], key[1], row["base_id"]), stored, inflated)
            content = None if base is None else decompress(row["spans"], base)
        inflated[key] = content
    return inflated[key]


def _load_scopes(connection: Connection, ids: Iterable[bytes]) -> dict[bytes, bytes]:
    query = select(RESOURCE_SCOPE).where(RESOURCE_SCOPE.c.resource_scope_id.in_(ids))
    return {row.resource_scope_id: decompress(row.content) for row in connection.execute(query)}
