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
from collector.store.search_strings import record_texts, span_texts
from collector.store.search_text import MOST_CHARS
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


class Passage(NamedTuple):
    """What one span says, or several whose content lies together."""

    spans: Sequence[tuple[str, bytes]]
    """span_id and stamp of each."""
    texts: list[str]
    """Their ids first."""


def wanted_spans(connection: Connection, keys: Collection[TraceKey]) -> dict[TraceKey, dict[str, SpanSource]]:
    """All spans that the index should hold of the traces."""
    logs: defaultdict[tuple[str, ...], list[bytes]] = defaultdict(list)
    for *of_span, log_id in rows_of_traces(connection, "log_record", (*_KEY, "log_id"), keys):
        logs[tuple(of_span)].append(bytes(log_id))
    wanted: dict[TraceKey, dict[str, SpanSource]] = {key: {} for key in keys}
    columns = (*_KEY, "content_hash", "payload_id", "payload_start", "payload_length")
    for row in rows_of_traces(connection, "span", columns, keys):
        project_id, trace_id, span_id, content_hash, payload_id, start, length = row
        said = sorted(logs.get((project_id, trace_id, span_id), ())) if logs else ()
        wanted[project_id, trace_id][span_id] = SpanSource(
            _stamp(content_hash, said), payload_id or span_id, start, length
        )
    return wanted


def load_passages(
    connection: Connection, wanted: Wanted, whole: Collection[TraceKey], *, together: bool
) -> dict[TraceKey, list[Passage]]:
    """What the spans say. whole: the traces of which nearly all spans are wanted. together: whether spans may share a
    passage, which takes half the time."""
    found: dict[TraceKey, list[Passage]] = {}
    silent: dict[TraceKey, list[str]] = {}
    records = _texts_of_records(connection, wanted, whole)
    unpacked = _unpack(connection, wanted, whole)
    for key, spans in wanted.items():
        by_payload: defaultdict[str, dict[str, SpanSource]] = defaultdict(dict)
        for span_id, span in spans.items():
            by_payload[span.payload_id][span_id] = span
        found[key] = of_trace = []
        for payload_id, some in by_payload.items():
            content = content_of(unpacked, (*key, payload_id))
            if together and key not in records and (passage := _passage_of_all(content, some)):
                of_trace.append(passage)
            else:
                of_trace += _passages(content, some)
        silent[key] = [passage.spans[0][0] for passage in of_trace if not passage.texts]
    columns = ("span_id", "response_id", *ROW_TEXTS)
    rows = {(row[0], row[1], row[2]): row[2:] for row in _rows(connection, "span", columns, silent, whole)}
    for key in records.keys() | {key for key, ids in silent.items() if ids}:
        for passage in found[key]:
            of_span = (*key, passage.spans[0][0])
            passage.texts.extend(filter(None, rows.get(of_span, ())))
            passage.texts.extend(records.get(key, {}).get(passage.spans[0][0], ()))
    return found


def _passage_of_all(content: bytes | None, spans: Mapping[str, SpanSource]) -> Passage | None:
    """None where spans have to be read one by one: not all of the content is theirs, or it is more than a span's."""
    is_all = content and sum(span.length or 0 for span in spans.values()) == len(content)
    if not content or not is_all or len(content) + sum(map(len, spans)) > MOST_CHARS:
        return None
    texts = texts_at(content)
    if texts is None:
        return None
    return Passage([(span_id, span.stamp) for span_id, span in spans.items()], [*spans, *texts])


def _passages(content: bytes | None, spans: Mapping[str, SpanSource]) -> Iterator[Passage]:
    """One a span; without texts where its row has to do."""
    for span_id, span in spans.items():
        texts = texts_at(content, span.start, span.length)
        yield Passage([(span_id, span.stamp)], [] if texts is None else [span_id, *texts])


def content_of(unpacked: Unpacked, key: PayloadKey) -> bytes | None:
    """Of a payload, inflated; None when it is no longer kept."""
    try:
        return unpacked.content(key)
    except ZstdError:
        return None


def texts_at(content: bytes | None, start: int | None = None, length: int | None = None) -> list[str] | None:
    """Of a span in it, or of all of them. None when its row has to do: nothing is there, or nothing that OTLP has."""
    try:
        return None if content is None else span_texts(cut(content, start, length))
    except DecodeError:
        return None


def texts_of_record(record: bytes) -> list[str]:
    """record: as it is stored; empty when no longer kept."""
    try:
        return record_texts(decompress(record)) if record else []
    except (DecodeError, ZstdError):
        return []


def _texts_of_records(
    connection: Connection, wanted: Wanted, whole: Collection[TraceKey]
) -> dict[TraceKey, dict[str, list[str]]]:
    """Of the traces that have log records, span_id -> what these say."""
    found: dict[TraceKey, dict[str, list[str]]] = {}
    for project_id, trace_id, span_id, record in _rows(connection, "log_record", ("span_id", "record"), wanted, whole):
        found.setdefault((project_id, trace_id), {}).setdefault(span_id, []).extend(texts_of_record(record))
    return found


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
