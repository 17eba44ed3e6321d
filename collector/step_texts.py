"""What a step said, read from its content: its row does without, see `collector.store.left_out`."""

from __future__ import annotations

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.messages import raw_messages, with_content
from collector.otlp import ReceivedEvent, attributes_of
from collector.previews import STEP_LENGTH, preview_input, preview_output
from collector.semconv.reading import read_fields


def read_texts(span: bytes, kind: str) -> tuple[str | None, str | None]:
    """What went in and what came out, as `normalize` puts it into the row of a span that has a parent.

    kind: as the row has it. Raises protobuf's DecodeError for what is no span.
    """
    sent = Span.FromString(span)
    attributes = attributes_of(sent.attributes)
    events = [ReceivedEvent(e.name, e.time_unix_nano, attributes_of(e.attributes)) for e in sent.events]
    fields = read_fields(attributes)
    fields["kind"] = kind
    fields = with_content(attributes, events, fields)
    asked, answered = raw_messages(attributes, events, fields)
    return preview_input(asked, fields, STEP_LENGTH), preview_output(answered, fields, STEP_LENGTH)
