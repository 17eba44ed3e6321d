"""A stored span as everything that is known of it, read from its payload when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.exceptions import read_exceptions
from collector.message_shapes import find_messages, finish_of, role_of, said, unflatten
from collector.messages import is_tool, raw_messages, read_messages, with_content, with_details
from collector.otlp import attributes_of
from collector.otlp_logs import read_event
from collector.semconv import genai, langfuse, logfire, mlflow, openinference, traceloop, vercel
from collector.semconv.index import Fields
from collector.semconv.reading import read_fields
from collector.semconv.values import as_text, json_object, json_value
from collector.store.records import ExceptionRecord, SpanDetail, SpanEvent, SpanLink, SpanRecord, StoredSpan

_PARAMETER_PREFIXES = (*genai.REQUEST_PREFIXES, vercel.SETTINGS_PREFIX)
_PARAMETER_OBJECTS = (
    openinference.INVOCATION_PARAMETERS,
    langfuse.MODEL_PARAMETERS,
    logfire.MODEL_SETTINGS,
    logfire.REQUEST,
)
_TOOL_LISTS = (genai.TOOL_DEFINITIONS, vercel.PROMPT_TOOLS, mlflow.TOOLS)
_TOOL_HOLDERS = (
    (logfire.MODEL_PARAMETERS, ("function_tools", "output_tools")),
    (logfire.REQUEST, ("tools",)),
    (logfire.RESPONSE, ("tools",)),
)
"""JSON that lists them beside other things, and under which names."""
_FOUND_KINDS = ("retriever", "reranker")
_NO_PARAMETERS = {
    "_type",
    "created_at",
    "completed_at",
    "id",
    "input",
    "instructions",
    "messages",
    "metadata",
    "model",
    "model_name",
    "object",
    "output",
    "prompt",
    "status",
    "system",
    "tools",
    "usage",
}
"""Some clients write the whole request, or the whole response, where the parameters belong."""
_PARAMETER_LENGTH = 500


def read_detail(stored: StoredSpan) -> SpanDetail:
    """Messages come from today's tables, so an old span gains what newer ones understand."""
    span = Span.FromString(stored.span)
    sent_under = ResourceSpans.FromString(stored.resource_scope)
    attributes: dict[str, object] = {**attributes_of(span.attributes)}
    events = tuple(
        SpanEvent(name=event.name, time_ns=event.time_unix_nano, attributes={**attributes_of(event.attributes)})
        for event in span.events
    )
    logged = tuple(_logged(record) for record in stored.logs)
    scope = sent_under.scope_spans[0].scope if sent_under.scope_spans else None
    told = (*events, *logged)
    said_itself = any(genai.CONTENT_EVENT.fullmatch(event.name) for event in events)
    speaking = events if said_itself else told
    fields = _content(stored, attributes, speaking)
    sent, received = read_messages(attributes, speaking, fields)
    described = with_details(attributes, speaking)
    return SpanDetail(
        record=_finished(stored.record, logged),
        input=sent,
        output=received,
        input_text=as_text(fields["input"]) if "input" in fields and not sent else None,
        output_text=_output_text(fields) if "output" in fields and not received else None,
        request_parameters=dict(_request_parameters(described)),
        tool_definitions=tuple(_tool_definitions(described)),
        attributes=attributes,
        resource={**attributes_of(sent_under.resource.attributes)},
        scope_name=(scope.name or None) if scope else None,
        scope_version=(scope.version or None) if scope else None,
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
        ),
        scores=stored.scores,
    )


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


def _request_parameters(attributes: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Temperature, limits and the like, under the names their provider gives them."""
    for holder in _PARAMETER_OBJECTS:
        sent = json_object(attributes.get(holder))
        yield from ((name, value) for name, value in sent.items() if _is_parameter(name, value))
    for key, value in attributes.items():
        if key.startswith(_PARAMETER_PREFIXES):
            name = next(key.removeprefix(prefix) for prefix in _PARAMETER_PREFIXES if key.startswith(prefix))
            if _is_parameter(name, value):
                yield name, value


def _is_parameter(name: str, value: object) -> bool:
    empty = value is None or value == "" or value == [] or value == {}
    return not empty and name not in _NO_PARAMETERS and len(as_text(value)) <= _PARAMETER_LENGTH


def _tool_definitions(attributes: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The tools that were offered to a model, as sent."""
    for tool in _listed_tools(attributes):
        yield from _definition(tool)
    for tool in unflatten(attributes, openinference.TOOLS):
        inner = tool.get("tool")
        yield from _definition(inner.get("json_schema") if isinstance(inner, dict) else None)
    for tool in unflatten(attributes, traceloop.FUNCTIONS):
        parameters = tool.get("parameters")
        yield {**tool, "parameters": json_value(parameters) or parameters}


def _listed_tools(attributes: Mapping[str, object]) -> list[object]:
    for name in _TOOL_LISTS:
        offered = attributes.get(name)
        listed = json_value(offered) if isinstance(offered, str) else offered
        if isinstance(listed, list) and listed:
            return listed
    for holder, names in _TOOL_HOLDERS:
        sent = json_object(attributes.get(holder))
        if listed := [tool for name in names if isinstance(tools := sent.get(name), list) for tool in tools]:
            return listed
    return []


def _definition(tool: object) -> Iterator[dict[str, object]]:
    found = json_value(tool) if isinstance(tool, str) else tool
    if isinstance(found, dict):
        yield found
