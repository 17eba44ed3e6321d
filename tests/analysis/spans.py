"""Span records for tests: everything unknown but what is said."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from collector.store.records import SpanRecord

_KNOWN = {
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "name": "span",
    "kind": "other",
    "span_kind": "internal",
    "status": "ok",
    "counted": False,
    "tags": (),
    "exceptions": (),
    "pending": False,
    "received_ns": 0,
}


def make_span(span_id: str, parent: str | None = None, start: int = 0, end: int | None = 0, **known: Any) -> SpanRecord:
    values: dict[str, Any] = {field.name: None for field in fields(SpanRecord)} | _KNOWN
    duration = None if end is None or end < start else (end - start) / 1e6
    values |= {"span_id": span_id, "parent_span_id": parent, "start_ns": start, "end_ns": end}
    return SpanRecord(**(values | {"duration_ms": duration} | known))


@st.composite
def span_lists(draw: st.DrawFn, max_size: int = 30) -> list[SpanRecord]:
    """Any spans at all: orphans, cycles, missing ends, ends before starts, children beyond their parents."""
    size = draw(st.integers(1, max_size))
    ids = [f"{number:016x}" for number in range(size)]
    times = st.integers(0, 60)
    return [
        make_span(
            span_id,
            parent=draw(st.one_of(st.none(), st.sampled_from([*ids, "never-sent"]))),
            start=draw(times),
            end=draw(st.one_of(st.none(), times)),
            kind=draw(st.sampled_from(["workflow", "agent", "llm", "tool", "retriever", "other"])),
        )
        for span_id in ids
    ]
