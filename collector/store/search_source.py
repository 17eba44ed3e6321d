"""What traces say, for the search index: a stamp of each span, and its texts with those of its log records."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError
from sqlalchemy import Connection
from zstandard import ZstdError

from collector.store.dialect import placeholder
from collector.store.payloads import decompressor
from collector.store.search_text import record_texts, span_texts
from collector.store.selecting import TraceKey, rows_of_traces

STAMP = 4
"""Bytes that tell whether a span is still what the index took in."""
_IDS_A_SELECT = 500
_KEY = ("project_id", "trace_id", "span_id")
ROW_TEXTS = ("name", "tool_name", "status_message", "exceptions", "returned_error", "input_preview", "output_preview")
"""What the row of a span says when its content is no longer kept."""

Wanted = Mapping[TraceKey, Collection[str]]
"""span_ids of each trace."""


def wanted_spans(connection: Connection, keys: Collection[TraceKey]) -> dict[TraceKey, dict[str, bytes]]:
    """Of each trace, span_id -> stamp of what the index should hold."""
    logs: defaultdict[tuple[str, ...], list[bytes]] = defaultdict(list)
    for *of_span, log_id in rows_of_traces(connection, "log_record", (*_KEY, "log_id"), keys):
        logs[tuple(of_span)].append(bytes(log_id))
    wanted: dict[TraceKey, dict[str, bytes]] = {key: {} for key in keys}
    for project_id, trace_id, span_id, content_hash in rows_of_traces(
        connection, "span", (*_KEY, "content_hash"), keys
    ):
        said = sorted(logs.get((project_id, trace_id, span_id), ())) if logs else ()
        wanted[project_id, trace_id][span_id] = _stamp(bytes(content_hash), said)
    return wanted


def load_texts(connection: Connection, wanted: Wanted) -> dict[TraceKey, dict[str, list[str]]]:
    """Of each trace, span_id -> its texts."""
    found: dict[TraceKey, dict[str, list[str]]] = {key: {} for key in wanted}
    inflate = decompressor()
    for project_id, trace_id, span_id, payload in _rows(connection, "span_payload", "span", wanted):
        try:
            texts = list(span_texts(inflate(payload)))
        except (DecodeError, ZstdError):  # not a span as OTLP has them: its row has to do
            continue
        found[project_id, trace_id][span_id] = texts
    silent = {key: [span_id for span_id in ids if span_id not in found[key]] for key, ids in wanted.items()}
    for project_id, trace_id, span_id, *texts in _rows(connection, "span", ", ".join(ROW_TEXTS), silent):
        found[project_id, trace_id][span_id] = [text for text in texts if text]
    for project_id, trace_id, span_id, record in _rows(connection, "log_record", "record", wanted):
        if record and span_id in found[project_id, trace_id]:
            try:
                texts = list(record_texts(inflate(record)))
            except (DecodeError, ZstdError):
                continue
            found[project_id, trace_id][span_id] += texts
    return found


def _stamp(content_hash: bytes, logs: Sequence[bytes]) -> bytes:
    if logs or len(content_hash) < STAMP:
        return hashlib.blake2b(b"".join((content_hash, *logs)), digest_size=STAMP).digest()
    return content_hash[:STAMP]


def _rows(connection: Connection, table: str, columns: str, wanted: Wanted) -> Iterator[Sequence[Any]]:
    """The key and the columns of each of the spans."""
    mark = placeholder(connection.dialect)
    small = {key for key, ids in wanted.items() if 0 < len(ids) < _IDS_A_SELECT}
    for row in rows_of_traces(connection, table, (*_KEY, columns), small):
        if row[2] in wanted[row[0], row[1]]:
            yield row
    for key, ids in wanted.items():
        for at in range(0, 0 if key in small else len(ids), _IDS_A_SELECT):
            some = list(ids)[at : at + _IDS_A_SELECT]
            yield from connection.exec_driver_sql(
                f"SELECT {', '.join(_KEY)}, {columns} FROM {table} WHERE project_id = {mark}"  # noqa: S608
                f" AND trace_id = {mark} AND span_id IN ({', '.join([mark] * len(some))})",
                (*key, *some),
            )
