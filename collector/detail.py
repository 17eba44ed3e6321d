"""A stored span as everything that is known of it, read from its payload when somebody looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.exceptions import read_exceptions
from collector.message_shapes import find_messages, finish_of, role_of, said, unflatten
from collector.messages import is_tool, raw_messages, read_messages, with_content, with_details
from collector.offered import request_parameters, tool_definitions
from collector.otlp import attributes_of
from collector.otlp_logs import read_event
from collector.semconv import genai, openinference
from collector.semconv.index import Fields
from collector.semconv.reading import read_fields
from collector.semconv.values import as_text
from collector.store.records import ExceptionRecord, SpanDetail, SpanEvent, SpanLink, SpanRecord, StoredSpan

_FOUND_KINDS = ("retriever", "reranker")


def read_detail(stored: StoredSpan) -> SpanDetail:
    """Messages come from today's tables, so an old span gains what newer ones understand."""
    span = Span.FromString(stored.span or b"")
    resource, scope_name, scope_version = _sent_under(stored.resource_scope)
    attributes: dict[str, object] = {**attributes_of(span.attributes)}
    events = tuple(
        SpanEvent(name=event.name, time_ns=event.time_unix_nano, attributes={**attributes_of(event.attributes)})
        for event in span.events
    )
    logged = tuple(_logged(record) for record in stored.logs)
    told = (*events, *logged)
    said_itself = any(genai.CONTENT_EVENT.fullmatch(event.name) for event in events)
    speaking = events if said_itself else told
    fields = _content(stored, attributes, speaking)
    sent, received = read_messages(attributes, speaking, fields)
    described = with_details(attributes, speaking)
    is_model_call = stored.record.kind == "llm"
    return SpanDetail(
        record=_finished(stored.record, logged),
        input=sent,
        output=received,
        input_text=as_text(fields["input"]) if "input" in fields and not sent else None,
        output_text=_output_text(fields) if "output" in fields and not received else None,
        request_parameters=request_parameters(described, is_model_call=is_model_call),
        tool_definitions=tool_definitions(described, is_model_call=is_model_call),
        attributes=attributes,
        resource={**resource},
        scope_name=scope_name,
        scope_version=scope_version,
        events=tuple(sorted(told, key=lambda event: event.time_ns)) if logged else events,
        links=tuple(
            SpanLink(
                trace_id=link.trace_id.hex(),
                span_id=link.span_id.hex(),
                attributes={**attributes_of(link.attributes)},
            )
            for link in span.links
        ),
        exceptions=tuple(
            ExceptionRecord(type=e.type, message=e.message, stacktrace=e.stacktrace, time_ns=e.time_ns)
            for e in read_exceptions(told)
        )
        or _noted(stored),
        scores=stored.scores,
        content_removed=stored.span is None,
    )


@lru_cache(maxsize=64)
def _sent_under(resource_scope: bytes) -> tuple[Mapping[str, object], str | None, str | None]:
    """Resource, and the scope's name and version: those of a trace's spans are nearly all the same."""
    sent = ResourceSpans.FromString(resource_scope)
    resource: Mapping[str, object] = attributes_of(sent.resource.attributes)
    if not sent.scope_spans:
        return resource, None, None
    scope = sent.scope_spans[0].scope
    return resource, scope.name or None, scope.version or None


def _noted(stored: StoredSpan) -> tuple[ExceptionRecord, ...]:
    """What the record of a span still tells of its exceptions when its content is no longer kept."""
    if stored.span is not None:
        return ()
    when_ns = stored.record.end_ns or stored.record.start_ns
    notes = stored.record.exceptions
    return tuple(ExceptionRecord(type=n.type, message=n.message, stacktrace=None, time_ns=when_ns) for n in notes)


def _logged(record: bytes) -> SpanEvent:
    event = read_event(LogRecord.FromString(record))
    return SpanEvent(name=event.name, time_ns=event.time_ns, attributes={**event.attributes})


def _content(stored: StoredSpan, attributes: Mapping[str, object], events: Sequence[SpanEvent]) -> Fields:
    """What the attributes say; a list of documents or of texts is content too, where there is no other."""
    fields = read_fields(attributes)
    fields["kind"] = stored.record.kind
    fields = with_content(attributes, events, fields)
    if stored.record.kind == "embedder":
        fields.pop("output", None)  # vectors
    if "output" not in fields or stored.record.kind in _FOUND_KINDS:
        documents = next(filter(None, (unflatten(attributes, prefix) for prefix in openinference.DOCUMENTS)), None)
        if documents:
            fields["output"] = [item.get("document", item) for item in documents]
    if texts := _embedded(attributes):
        fields["input"] = texts
    return fields


def _embedded(attributes: Mapping[str, object]) -> list[object]:
    inner = (item.get("embedding") for item in unflatten(attributes, openinference.EMBEDDINGS))
    return [item["text"] for item in inner if isinstance(item, dict) and "text" in item]


def _finished(record: SpanRecord, logged: Sequence[SpanEvent]) -> SpanRecord:
    """With the reason why the model stopped, where only a log record tells it."""
    if not logged or record.kind != "llm" or record.finish_reason is not None:
        return record
    _, received = raw_messages({}, logged, {})
    return replace(record, finish_reason=next(filter(None, map(finish_of, received)), None))


def _output_text(fields: Fields) -> str:
    """What came out; of a tool's message (LangChain) what it says."""
    if is_tool(fields):
        found = find_messages(fields["output"])
        if len(found) == 1 and role_of(found[0]) == "tool":
            return said(found[0])
    return as_text(fields["output"])
