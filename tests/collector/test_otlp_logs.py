from __future__ import annotations

import json

import pytest

from collector.errors import DecodeError, TooLarge
from collector.otlp_logs import decode_logs
from tests.collector.log_requests import json_logs, json_record, logs_body, proto_record


def test_protobuf_and_json_mean_the_same() -> None:
    body = {"content": "hi", "tool_calls": [{"id": "1"}]}
    attributes = {"gen_ai.system": "openai"}
    sent = decode_logs(logs_body(proto_record(1, body=body, attributes=attributes)), "protobuf", max_records=9)
    read = json.dumps(json_logs(json_record(1, body=body, attributes=attributes))).encode()
    assert decode_logs(read, "json", max_records=9) == sent


def test_the_name_may_stand_in_an_attribute_and_the_content_in_json() -> None:
    record = proto_record(
        1, event_name="", body='{"role": "user", "content": "hi"}', attributes={"event.name": "gen_ai.user.message"}
    )
    event = decode_logs(logs_body(record), "protobuf", max_records=1).logs[0].event
    assert event.name == "gen_ai.user.message"
    assert event.attributes["content"] == "hi"


def test_a_plain_text_body_is_the_content() -> None:
    event = decode_logs(logs_body(proto_record(1, body="hi")), "protobuf", max_records=1).logs[0].event
    assert event.attributes == {"content": "hi"}


def test_a_record_without_a_time_was_made_when_it_was_observed() -> None:
    record = proto_record(1, time_unix_nano=0, observed_time_unix_nano=7)
    assert decode_logs(logs_body(record), "protobuf", max_records=1).logs[0].event.time_ns == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"trace_id": b""},
        {"span_id": b""},
        {"trace_id": bytes(16)},
        {"span_id": b"short"},
        {"event_name": ""},
        {"event_name": "http.request"},
        {"event_name": "gen_ai.something.else"},
    ],
)
def test_a_record_that_says_nothing_about_a_span_is_dropped_and_counted(changes: dict[str, object]) -> None:
    read = decode_logs(logs_body(proto_record(1), proto_record(2, **changes)), "protobuf", max_records=9)
    assert (len(read.logs), read.dropped) == (1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai.system.message",
        "gen_ai.tool.message",
        "gen_ai.choice",
        "gen_ai.content.prompt",
        "gen_ai.client.inference.operation.details",
        "gen_ai.client.operation.exception",
        "gen_ai.evaluation.result",
    ],
)
def test_every_event_of_the_conventions_is_kept(name: str) -> None:
    assert len(decode_logs(logs_body(proto_record(1, event_name=name)), "protobuf", max_records=1).logs) == 1


def test_more_records_than_allowed_are_refused_in_both_encodings() -> None:
    with pytest.raises(TooLarge):
        decode_logs(logs_body(proto_record(1), proto_record(2)), "protobuf", max_records=1)
    with pytest.raises(TooLarge):
        decode_logs(json.dumps(json_logs(json_record(1), json_record(2))).encode(), "json", max_records=1)


@pytest.mark.parametrize("body", [b"\xff\xff", b'{"resourceLogs": 1}', b'{"resourceLogs": [{"scopeLogs": [1]}]}'])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_logs(body, "json" if body.startswith(b"{") else "protobuf", max_records=1)
