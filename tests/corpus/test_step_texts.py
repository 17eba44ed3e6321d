from __future__ import annotations

from collector.normalize import normalize
from collector.otlp import ReceivedSpan, decode_request
from collector.step_texts import read_texts
from collector.store.left_out import leaves_texts_out
from collector.store.rows import SpanRow
from tests.corpus.recordings import runs

MAX_SPANS = 10_000


def received_spans() -> list[ReceivedSpan]:
    """All that the recordings hold."""
    return [
        received
        for run in runs()
        for body in run.bodies
        if body.holds_spans
        for received in decode_request(
            body.content, "json" if "json" in body.content_type else "protobuf", max_spans=MAX_SPANS
        ).spans
    ]


def row_of(received: ReceivedSpan) -> SpanRow:
    [row] = normalize([received], project_id="default", received_ns=1)
    row.payload_id = "p"
    return row


def test_every_recorded_step_says_the_same_by_its_content_as_by_its_row() -> None:
    told = [(received, row_of(received)) for received in received_spans()]
    left = [(received, row) for received, row in told if leaves_texts_out(row)]
    assert len(left) > 100
    assert sum(row.input_preview is not None for _, row in left) > len(left) // 2
    for received, row in left:
        assert read_texts(received.span_bytes, row.kind) == (row.input_preview, row.output_preview)
