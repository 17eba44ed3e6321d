"""Log records over HTTP: what arrives at /v1/logs stands in the answer about its span."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.collector.conftest import ClientFactory
from tests.collector.log_requests import json_logs, json_record, logs_body, proto_record
from tests.collector.otlp_requests import START_NS, TRACE_ID, body, proto_span
from tests.collector.test_receiver import JSON, post, reason, stored

LLM = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
ANSWER = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "All well."}}
SAID = (
    proto_record(2, event_name="gen_ai.system.message", body={"content": "Be brief."}, time_unix_nano=START_NS),
    proto_record(2, body={"content": "What is up?"}, time_unix_nano=START_NS + 1),
    proto_record(2, event_name="gen_ai.choice", body=ANSWER, time_unix_nano=START_NS + 2),
)


def send_logs(client: TestClient, *records: Any, **headers: str) -> httpx.Response:
    return post(client, logs_body(*records), "/v1/logs", **headers)


def send_spans(client: TestClient, **changes: Any) -> None:
    assert post(client, body(proto_span(1), proto_span(2, attributes=LLM, **changes))).status_code == 200


def span_of(client: TestClient, number: int = 2) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/traces/{TRACE_ID}/spans/{number:016x}").json()
    return found


def said(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(message["role"], message["parts"][0]["text"]) for message in messages]


@pytest.mark.parametrize("logs_first", [True, False])
def test_messages_join_their_span_whichever_comes_first(client: TestClient, logs_first: bool) -> None:
    if not logs_first:
        send_spans(client)
    answer = send_logs(client, *reversed(SAID))
    assert (answer.status_code, answer.content) == (200, b"")
    if logs_first:
        send_spans(client)
    detail = span_of(client)
    assert said(detail["input"]) == [("system", "Be brief."), ("user", "What is up?")]
    assert said(detail["output"]) == [("assistant", "All well.")]
    summary = client.get(f"/api/v1/traces/{TRACE_ID}").json()["trace"]
    assert (summary["input_preview"], summary["output_preview"]) == ("What is up?", "All well.")
    assert summary["version"].startswith("prompt-")


def test_records_that_come_twice_are_shown_once(client: TestClient) -> None:
    send_spans(client)
    for _ in range(2):
        send_logs(client, *SAID)
    assert len(span_of(client)["events"]) == 3


def test_json_and_gzip_are_taken_too(client: TestClient) -> None:
    send_spans(client)
    content = json.dumps(json_logs(json_record(2, body={"content": "hi"}))).encode()
    answer = client.post("/v1/logs", content=gzip.compress(content), headers=JSON | {"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()) == (200, {})
    send_logs(client, proto_record(2, body={"content": "hi"}))
    assert said(span_of(client)["input"]) == [("user", "hi")]


def test_the_details_event_gives_a_span_its_messages(client: TestClient) -> None:
    send_spans(client)
    parts = {"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]}
    send_logs(client, proto_record(2, event_name="gen_ai.client.inference.operation.details", attributes=parts))
    assert said(span_of(client)["input"]) == [("user", "hi")]


def test_messages_that_stand_on_the_span_are_not_said_twice(client: TestClient) -> None:
    span = proto_span(2, attributes=LLM)
    event = span.events.add(name="gen_ai.user.message", time_unix_nano=START_NS)
    event.attributes.add(key="content").value.string_value = "What is up?"
    post(client, body(proto_span(1), span))
    send_logs(client, *SAID)
    assert said(span_of(client)["input"]) == [("user", "What is up?")]


def test_a_logged_exception_is_shown_with_its_stack_trace(client: TestClient) -> None:
    post(client, body(proto_span(1), proto_span(2, error=True, attributes=LLM)))
    told = {"exception.type": "Boom", "exception.message": "why", "exception.stacktrace": "Traceback ..."}
    send_logs(client, proto_record(2, event_name="gen_ai.client.operation.exception", attributes=told))
    assert span_of(client)["exceptions"][0]["stacktrace"] == "Traceback ..."
    assert [span["exceptions"] for span in stored(client)] == [[], [{"type": "Boom", "message": "why"}]]
    assert client.get(f"/api/v1/traces/{TRACE_ID}").json()["trace"]["error"] == "Boom: why"


def test_records_that_say_nothing_about_a_span_are_answered_and_dropped(client: TestClient) -> None:
    answer = send_logs(client, proto_record(1, event_name="login"), proto_record(1, trace_id=b""))
    assert (answer.status_code, answer.content) == (200, b"")
    send_spans(client)
    assert span_of(client, 1)["events"] == []


@pytest.mark.parametrize("text", ["a\0b", "\u202e", "😀" * 2_000])
def test_strange_text_is_stored_on_both_databases(client: TestClient, text: str) -> None:
    send_spans(client)
    assert send_logs(client, proto_record(2, body={"content": text, text: text})).status_code == 200
    assert said(span_of(client)["input"]) == [("user", text)]


@pytest.mark.parametrize("time", [0, 2**63, 2**64 - 1])
def test_strange_times_are_stored(client: TestClient, time: int) -> None:
    send_spans(client)
    assert send_logs(client, proto_record(2, body="hi", time_unix_nano=time)).content == b""
    assert len(span_of(client)["events"]) == 1


def test_the_key_and_the_limits_of_traces_hold_for_logs(make_client: ClientFactory) -> None:
    client = make_client(api_key="secret", max_spans_per_request="2", max_body_bytes="2000")
    assert send_logs(client, *SAID).status_code == 401
    right = {"Authorization": "Bearer secret"}
    assert send_logs(client, *SAID, **right).status_code == 413
    assert send_logs(client, SAID[0], **right).status_code == 200
    assert send_logs(client, proto_record(1, body="x" * 2_000), **right).status_code == 413
    nonsense = post(client, b"nonsense", "/v1/logs", **right)
    assert (nonsense.status_code, "Logs" in reason(nonsense)) == (400, False)
