"""A received log record as msgtrace's narrow row, and the scores that events carry. Pure, and deaf to nonsense."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from collector.exceptions import Event, exception_notes, read_exceptions
from collector.messages import raw_messages
from collector.otlp_logs import ReceivedLog
from collector.previews import preview_input, preview_output, prompt_version
from collector.semconv import genai
from collector.semconv.values import MAX_NANOSECONDS, NAME_LENGTH, as_text, clean, signed_number, text
from collector.store.rows import LogRow, ScoreRow

COMMENT_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class SpanKey:
    project_id: str
    trace_id: str
    span_id: str


def normalize_log(received: ReceivedLog, *, project_id: str, received_ns: int) -> LogRow:
    """The record's row, without the record's bytes."""
    event = received.event
    sent, answered = raw_messages({}, [event], {})
    exceptions = exception_notes(read_exceptions([event]))
    return LogRow(
        project_id=project_id,
        trace_id=received.trace_id,
        span_id=received.span_id,
        log_id=hashlib.blake2b(received.record_bytes, digest_size=16).digest(),
        event_name=clean(event.name, NAME_LENGTH),
        time_ns=min(event.time_ns, MAX_NANOSECONDS),
        received_ns=received_ns,
        input_preview=preview_input(sent, {}),
        output_preview=preview_output(answered, {}),
        version=prompt_version(sent),
        exceptions=orjson.dumps(exceptions).decode() if exceptions else None,
        resource_scope_id=received.resource_scope_id,
    )


def read_scores(events: Iterable[Event], span: SpanKey, *, owner: bytes, received_ns: int) -> Iterator[ScoreRow]:
    """The evaluations among the events of a span or log record, whose content hash is `owner`."""
    for position, event in enumerate(events):
        if event.name != genai.EVALUATION_EVENT:
            continue
        name = text(event.attributes.get(genai.EVALUATION_NAME))
        value = signed_number(event.attributes.get(genai.EVALUATION_VALUE))
        label = text(event.attributes.get(genai.EVALUATION_LABEL))
        comment = event.attributes.get(genai.EVALUATION_EXPLANATION)
        if name and (value is not None or label):
            yield ScoreRow(
                project_id=span.project_id,
                trace_id=span.trace_id,
                score_id=f"{owner.hex()}-{position}",
                span_id=span.span_id,
                name=name,
                value=value,
                label=label,
                comment=clean(as_text(comment), COMMENT_LENGTH) if comment else None,
                source="event",
                time_ns=min(event.time_ns, MAX_NANOSECONDS) or received_ns,
            )
