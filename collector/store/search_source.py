"""What traces say, for the search index: a stamp of each span, and its texts with those of its log records."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from sqlalchemy import Connection
from zstandard import ZstdError

from collector.store.dialect import placeholder
from collector.store.packing import PayloadKey
from collector.store.payloads import decompress
from collector.store.search_text import record_texts, span_texts
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.unpacking import Unpacked, cut

STAMP = 4
"""Bytes that tell whether a span is still what the index took in."""
_IDS_A_SELECT = 500
_KEY = ("project_id", "trace_id", "span_id")
ROW_TEXTS = ("name", "tool_name", "status_message", "exceptions", "returned_error", "input_preview", "output_preview")
"""What the row of a span says when its content is no longer kept."""


class SpanSource(NamedTuple):
    """A span as the index should hold it, and where its content lies."""

    stamp: bytes
    payload_id: str
    start: int | None
    length: int | None


Wanted = Mapping[TraceKey, Mapping[str, SpanSource]]
"""Of each trace, span_id -> span."""


def wanted_spans(connection: Connection, keys: Collection[TraceKey]) -> dict[TraceKey, dict[str, SpanSource]]:
    """All spans that the index should hold of the traces."""
    logs: defaultdict[tuple[str, ...], list[bytes]] = defaultdict(list)
    for *of_span, log_id in rows_of_traces(connection, "log_record", (*_KEY, "log_id"), keys):
        logs[tuple(of_span)].append(bytes(log_id))
    wanted: dict[TraceKey, dict[str, SpanSource]] = {key: {} for key in keys}
    columns = (*_KEY, "content_hash", "payload_id", "payload_start", "payload_length")
    for project_id, trace_id, span_id, content_hash, *place in rows_of_traces(connection, "span", columns, keys):
        said = sorted(logs.get((project_id, trace_id, span_id), ())) if logs else ()
        payload_id, start, length = place
        wanted[project_id, trace_id][span_id] = SpanSource(
            _stamp(bytes(content_hash), said), payload_id or span_id, start, length
        )
    return wanted


def load_texts(
    connection: Connection, wanted: Wanted, whole: Collection[TraceKey]
) -> dict[TraceKey, dict[str, list[str]]]:
    """Of each trace, span_id -> its texts, that id first. whole: the traces of which nearly all spans are wanted."""
    found: dict[TraceKey, dict[str, list[str]]] = {key: {} for key in wanted}
    unpacked = _unpack(connection, wanted, whole)
    for key, spans in wanted.items():
        of_trace = found[key]
        for span_id, span in spans.items():
            texts = texts_of_span(unpacked, (*key, span.payload_id), span.start, span.length)
            if texts is not None:
                of_trace[span_id] = [span_id, *texts]
    silent = {key: [span_id for span_id in ids if span_id not in found[key]] for key, ids in wanted.items()}
    columns = ("span_id", "response_id", *ROW_TEXTS)
    for project_id, trace_id, span_id, *texts in _rows(connection, "span", columns, silent, whole):
        found[project_id, trace_id][span_id] = [span_id, *filter(None, texts)]
    for project_id, trace_id, span_id, record in _rows(connection, "log_record", ("span_id", "record"), wanted, whole):
        if span_id in found[project_id, trace_id]:
            found[project_id, trace_id][span_id] += texts_of_record(record)
    return found


def texts_of_span(unpacked: Unpacked, key: PayloadKey, start: int | None, length: int | None) -> list[str] | None:
    """None when its row has to do: the content is no longer kept, or none that OTLP has."""
    try:
        content = unpacked.content(key)
        return None if content is None else span_texts(cut(content, start, length))
    except (DecodeError, ZstdError):
        return None


def texts_in(content: bytes) -> list[str]:
    """Of a span as it was received; empty for what OTLP doesn't know."""
    try:
        return span_texts(content)
    except DecodeError:
        return []


def texts_of_record(record: bytes) -> list[str]:
    """record: as it is stored; empty when no longer kept."""
    try:
        return record_texts(decompress(record)) if record else []
    except (DecodeError, ZstdError):
        return []


def _unpack(connection: Connection, wanted: Wanted, whole: Collection[TraceKey]) -> Unpacked:
    """The payloads of the spans, and what these are compressed against."""
    unpacked = Unpacked()
    lacking = {key: {span.payload_id for span in spans.values()} for key, spans in wanted.items()}
    while any(lacking.values()):
        payloads = _rows(connection, "span_payload", ("payload_id", "base_id", "spans"), lacking, whole)
        for project_id, trace_id, payload_id, base_id, spans in payloads:
            unpacked.add((project_id, trace_id, payload_id), base_id, bytes(spans))
        asked, lacking = lacking, {}
        for project_id, trace_id, payload_id in unpacked.missing_bases():
            if payload_id not in asked.get((project_id, trace_id), ()):
                lacking.setdefault((project_id, trace_id), set()).add(payload_id)
    return unpacked


def _stamp(content_hash: bytes, logs: Sequence[bytes]) -> bytes:
    if logs or len(content_hash) < STAMP:
        return hashlib.blake2b(b"".join((content_hash, *logs)), digest_size=STAMP).digest()
    return content_hash[:STAMP]


def _rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    wanted: Mapping[TraceKey, Collection[str]],
    whole: Collection[TraceKey],
) -> Iterator[Sequence[Any]]:
    """project_id, trace_id and the columns of each of the rows. wanted: values of the first column."""
    mark = placeholder(connection.dialect)
    names = ("project_id", "trace_id", *columns)
    at_once = {key for key, ids in wanted.items() if ids and key in whole}
    for row in rows_of_traces(connection, table, names, at_once):
        if row[2] in wanted[row[0], row[1]]:
            yield row
    for key, ids in wanted.items():
        for at in range(0, 0 if key in at_once else len(ids), _IDS_A_SELECT):
            some = list(ids)[at : at + _IDS_A_SELECT]
            yield from connection.exec_driver_sql(
                f"SELECT {', '.join(names)} FROM {table} WHERE project_id = {mark}"  # noqa: S608 (our own names)
                f" AND trace_id = {mark} AND {columns[0]} IN ({', '.join([mark] * len(some))})",
                (*key, *some),
            )
