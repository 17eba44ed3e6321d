"""Texts that rows do without, out of the content of their spans: for the rows of traces, and for lists of calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from google.protobuf.message import DecodeError
from sqlalchemy import Connection
from zstandard import ZstdError

from collector.step_texts import read_texts
from collector.store.left_out import Texts, lacking
from collector.store.packing import PayloadKey
from collector.store.rows import SpanRow
from collector.store.selecting import SpanKey, rows_of_ids
from collector.store.summary import Tally
from collector.store.unpacking import Unpacked, cut


class Step(NamedTuple):
    """A span whose texts are wanted, and where its content lies: columns of its row."""

    project_id: str
    trace_id: str
    span_id: str
    kind: str
    payload_id: str | None
    payload_start: int | None
    payload_length: int | None

    @property
    def key(self) -> SpanKey:
        return self.project_id, self.trace_id, self.span_id

    @property
    def payload_key(self) -> PayloadKey:
        return self.project_id, self.trace_id, self.payload_id or self.span_id


_values = attrgetter(*Step._fields)


def fill_texts(connection: Connection, tallies: Sequence[Tally]) -> None:
    """Tells traces what their rows want to say and have no text of."""
    silent = [(tally, span) for tally in tallies for span in lacking(tally.speakers(), tally.texts)]
    if silent:
        found = load_texts(connection, [step_of(span) for _, span in silent])
        for tally, span in silent:
            if texts := found.get((span.project_id, span.trace_id, span.span_id)):
                tally.texts[span.span_id] = texts


def step_of(span: SpanRow) -> Step:
    return Step(*_values(span))


def load_texts(connection: Connection, steps: Iterable[Step]) -> dict[SpanKey, Texts]:
    """Without those whose content is no longer kept, or is nothing that OTLP has."""
    steps = list(steps)
    unpacked = load_payloads(connection, {step.payload_key for step in steps})
    found = {}
    for step in steps:
        try:
            content = unpacked.content(step.payload_key)
            if content is not None:
                found[step.key] = read_texts(cut(content, step.payload_start, step.payload_length), step.kind)
        except (DecodeError, ZstdError):
            continue
    return found


def load_payloads(connection: Connection, keys: Iterable[PayloadKey]) -> Unpacked:
    """With all that they are compressed against."""
    unpacked, asked, lacking = Unpacked(), set[PayloadKey](), set(keys)
    columns = ("project_id", "trace_id", "payload_id", "base_id", "spans")
    while lacking:
        for project_id, trace_id, payload_id, base_id, spans in rows_of_ids(
            connection, "span_payload", "payload_id", columns, sorted(lacking)
        ):
            unpacked.add((project_id, trace_id, payload_id), base_id, bytes(spans))
        asked |= lacking
        lacking = unpacked.missing_bases() - asked
    return unpacked
