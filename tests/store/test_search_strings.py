"""The texts of spans as received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from collector.store.search_strings import record_texts, span_texts

words = st.text(max_size=4)
values: st.SearchStrategy[AnyValue] = st.recursive(
    st.builds(AnyValue, string_value=words) | st.builds(AnyValue, int_value=st.integers(0, 9)) | st.just(AnyValue()),
    lambda inner: (
        st.builds(lambda v: AnyValue(array_value=ArrayValue(values=v)), st.lists(inner, max_size=3))
        | st.builds(lambda v: AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="k", value=v)])), inner)
    ),
    max_leaves=5,
)
attributes = st.lists(st.builds(KeyValue, key=words, value=values), max_size=3)
spans = st.builds(
    Span,
    trace_id=st.just(b"t" * 16),
    name=words,
    status=st.none() | st.builds(Status, message=words),
    attributes=attributes,
    events=st.lists(st.builds(Span.Event, name=words, attributes=attributes), max_size=2),
    links=st.lists(st.builds(Span.Link, attributes=attributes), max_size=2),
)


def texts_in(value: AnyValue) -> Iterator[str]:
    yield value.string_value
    for item in value.array_value.values:
        yield from texts_in(item)
    yield from texts_of(value.kvlist_value.values)


def texts_of(attributes: Any) -> Iterator[str]:
    for attribute in attributes:
        yield from texts_in(attribute.value)


def texts_of_span(span: Span) -> Iterator[str]:
    yield from (span.name, span.status.message, *texts_of(span.attributes))
    for event in span.events:
        yield from (event.name, *texts_of(event.attributes))
    for link in span.links:
        yield from texts_of(link.attributes)


@settings(max_examples=50, deadline=None)
@given(st.lists(spans, max_size=4))
def test_all_texts_of_spans_in_a_row_are_found_at_once(some: list[Span]) -> None:
    payload = b"".join(span.SerializeToString() for span in some)
    expected = Counter(text for span in some for text in texts_of_span(span))
    assert Counter(filter(None, span_texts(payload))) == Counter({t: n for t, n in expected.items() if t})


def test_a_log_record_says_what_its_body_and_its_attributes_hold() -> None:
    record = LogRecord(
        body=AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="parcel")])),
        attributes=[KeyValue(key="k", value=AnyValue(string_value="lost"))],
    )
    assert set(record_texts(record.SerializeToString())) == {"parcel", "lost"}


@pytest.mark.parametrize("read", [span_texts, record_texts])
def test_what_otlp_does_not_have_is_refused(read: Any) -> None:
    with pytest.raises(DecodeError):
        read(b"\xff\xff\xff")
