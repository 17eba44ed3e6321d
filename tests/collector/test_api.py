from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import START_NS, TRACE_ID, body, proto_span, request
from tests.collector.test_receiver import post

LLM = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1_000_000,
    "gen_ai.usage.output_tokens": 10,
    "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "What is up?"}]}]',
    "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "All well."}]}]',
}


def send_trace(client: TestClient, number: int, **root: Any) -> str:
    """One trace of a root and an llm call, a second later for each number; returns its id."""
    trace_id = f"{number:032x}"
    ids = {"trace_id": bytes.fromhex(trace_id)}
    start = {"start_time_unix_nano": START_NS + number * 10**9, "end_time_unix_nano": START_NS + number * 2 * 10**9}
    answer = post(client, body(proto_span(1, **ids, **start, **root), proto_span(2, attributes=LLM, **ids, **start)))
    assert answer.status_code == 200
    return trace_id


def get(client: TestClient, path: str, status: int = 200, **parameters: str) -> Any:
    answer = client.get(f"/api/v1/traces{path}", params=parameters)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_trace_is_summed_up(client: TestClient) -> None:
    trace_id = send_trace(client, 1)
    summary = get(client, f"/{trace_id}")["trace"]
    assert summary["outcome"] == "ok"
    assert (summary["span_count"], summary["llm_calls"], summary["tool_calls"]) == (2, 1, 0)
    assert (summary["input_tokens"], summary["output_tokens"], summary["total_tokens"]) == (1_000_000, 10, 1_000_010)
    assert summary["cost_usd"] == pytest.approx(0.150006)
    assert summary["models"] == ["gpt-4o-mini"]
    assert (summary["input_preview"], summary["output_preview"]) == ("What is up?", "All well.")
    assert (summary["service"], summary["session_id"]) == ("tests", None)


def test_spans_come_depth_first_with_their_place_in_the_tree(client: TestClient) -> None:
    late_child = proto_span(4, parent_span_id=(2).to_bytes(8, "big"))
    post(client, body(late_child, proto_span(3), proto_span(2), proto_span(1)))
    spans = get(client, f"/{TRACE_ID}")["spans"]
    assert [(span["name"], span["depth"]) for span in spans] == [
        ("span 1", 0),
        ("span 2", 1),
        ("span 4", 2),
        ("span 3", 1),
    ]
    assert spans[0]["parent_span_id"] is None
    assert all(span["self_ms"] >= 0 for span in spans)


def test_spans_come_in_pages(client: TestClient) -> None:
    post(client, body(*(proto_span(n) for n in range(1, 6))))
    first = get(client, f"/{TRACE_ID}", limit="2")
    second = get(client, f"/{TRACE_ID}", limit="10", cursor=first["next_cursor"])
    names = [span["name"] for page in (first, second) for span in page["spans"]]
    assert names == [f"span {n}" for n in range(1, 6)]
    assert second["next_cursor"] is None


def test_a_span_is_shown_whole(client: TestClient) -> None:
    trace_id = send_trace(client, 1)
    span = get(client, f"/{trace_id}/spans/{2:016x}")
    assert span["attributes"] == LLM
    assert span["resource"] == {"service.name": "tests"}
    assert span["input"][0]["parts"][0]["text"] == "What is up?"
    assert span["output"][0]["role"] == "assistant"
    assert (span["counted"], span["cost_source"]) == (True, "computed")


def test_an_exception_is_shown_with_its_stack_trace(client: TestClient) -> None:
    failing = proto_span(1, error=True)
    event = failing.events.add(name="exception", time_unix_nano=START_NS)
    for name, value in {"type": "ValueError", "message": "boom", "stacktrace": "Traceback ..."}.items():
        event.attributes.add(key=f"exception.{name}").value.string_value = value
    post(client, body(failing))
    listed = get(client, f"/{TRACE_ID}")
    assert listed["spans"][0]["exceptions"] == [{"type": "ValueError", "message": "boom"}]
    assert (listed["trace"]["outcome"], listed["trace"]["error"]) == ("failed", "ValueError: boom")
    assert get(client, f"/{TRACE_ID}/spans/{1:016x}")["exceptions"][0]["stacktrace"] == "Traceback ..."


@pytest.mark.parametrize("sort", ["-start_ns", "start_ns", "-duration_ms", "duration_ms", "cost_usd", "-total_tokens"])
def test_pages_of_traces_hold_each_trace_once(client: TestClient, sort: str) -> None:
    sent = {send_trace(client, number) for number in range(1, 8)}
    seen: list[str] = []
    parameters = {"sort": sort, "limit": "3"}
    while True:
        page = get(client, "", **parameters)
        seen += [trace["trace_id"] for trace in page["traces"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert (len(seen), set(seen)) == (7, sent)
    if sort.endswith(("start_ns", "duration_ms")):
        assert seen == sorted(seen, reverse=sort.startswith("-"))


def test_traces_are_found_by_text_and_id_and_never_by_a_pattern(client: TestClient) -> None:
    trace_id = send_trace(client, 0xABCDEF, name="100% sure_thing")
    send_trace(client, 2, name="another")
    found = {
        text: len(get(client, "", q=text)["traces"]) for text in ("SURE", "100%", "%", "_", "sure another", "well")
    }
    assert found == {"SURE": 1, "100%": 1, "%": 1, "_": 1, "sure another": 0, "well": 2}
    assert [trace["trace_id"] for trace in get(client, "", q=trace_id)["traces"]] == [trace_id]


def test_traces_are_found_by_time(client: TestClient) -> None:
    send_trace(client, 1)
    late = send_trace(client, 3_600)
    hour_later = datetime.fromtimestamp(START_NS // 10**9 + 3_600, UTC)
    period = {"from": f"{hour_later:%Y-%m-%dT%H:%M:%SZ}", "to": f"{hour_later:%Y-%m-%dT23:59:59+00:00}"}
    found = get(client, "", **period)["traces"]
    assert [trace["trace_id"] for trace in found] == [late]


@pytest.mark.parametrize(
    "parameters",
    [
        {"from": "yesterday"},
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "100000"},
        {"sort": "name; DROP"},
        {"cursor": "x"},
    ],
)
def test_a_wrong_parameter_is_refused_by_name(client: TestClient, parameters: dict[str, str]) -> None:
    error = get(client, "", 400, **parameters)["error"]
    assert error["code"] == "bad_query"
    assert next(iter(parameters)) in error["message"]


@pytest.mark.parametrize("path", [f"/{'0' * 31}1", "/short", "/" + "x" * 32, f"/{TRACE_ID}/spans/{1:016x}"])
def test_what_is_not_there_is_said_not_to_be_there(client: TestClient, path: str) -> None:
    assert get(client, path, 404)["error"]["code"] == "not_found"


def test_another_projects_traces_are_out_of_reach(make_client: ClientFactory) -> None:
    client = make_client()
    trace_id = send_trace(client, 1)
    other = make_client(projects="other")
    assert get(other, f"/{trace_id}", 404)
    assert get(other, "")["traces"] == []


def test_an_audit_says_what_was_reported_and_what_is_counted(client: TestClient) -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1_000_001}
    post(client, body(proto_span(1, attributes=agent), proto_span(2, attributes=LLM)))
    found = get(client, f"/{TRACE_ID}/audit")
    assert found["counted"]["input_tokens"] == get(client, f"/{TRACE_ID}")["trace"]["input_tokens"] == 1_000_000
    assert found["reported"]["input_tokens"] == 2_000_001
    assert [(line["span_id"], line["counted"]) for line in found["lines"]] == [
        (f"{1:016x}", False),
        (f"{2:016x}", True),
    ]
    assert [warning["code"] for warning in found["warnings"]] == ["totals_differ"]
    assert get(client, f"/{'0' * 31}1/audit", 404)


def test_health_says_who_answers(client: TestClient) -> None:
    assert client.get("/healthz").json()["service"] == "msgtrace"
    assert client.get("/readyz").status_code == 200


def send_as_the_published_sdk_does(client: TestClient) -> list[str]:
    """A run of four spans, each a trace of its own; returns the trace ids, the outermost first."""
    names = [("flow", 0, 100), ("agent", 10, 90), ("tool", 20, 30), ("call", 40, 50)]
    trace_ids = []
    for number, (name, start_s, end_s) in enumerate(names, start=1):
        times = {"start_time_unix_nano": START_NS + start_s * 10**9, "end_time_unix_nano": START_NS + end_s * 10**9}
        ids = {"trace_id": bytes([number]) * 16, "span_id": bytes([number]) * 8, "parent_span_id": b""}
        message = request(proto_span(number, name=name, **times, **ids))
        message.resource_spans[0].scope_spans[0].scope.name = "msgtrace.sdk"
        post(client, bytes(message.SerializeToString()))
        trace_ids.append(f"{number:02x}" * 16)
    return trace_ids


def test_inferred_parents_are_a_view_that_has_to_be_asked_for(client: TestClient) -> None:
    for trace_id in send_as_the_published_sdk_does(client):
        as_sent = get(client, f"/{trace_id}")["spans"]
        assert [(s["parent_span_id"], s["inferred_parent"]) for s in as_sent] == [(None, None)]
        inferred = get(client, f"/{trace_id}", inferred="1")["spans"]
        assert [(s["name"], s["depth"]) for s in inferred] == [("flow", 0), ("agent", 1), ("tool", 2), ("call", 2)]
        assert [s["parent_span_id"] for s in inferred] == [None] * 4
        assert [s["inferred_parent"] for s in inferred] == [None, "01" * 8, "02" * 8, "02" * 8]


def test_a_trace_that_stands_alone_is_its_own_view(client: TestClient) -> None:
    trace_id = send_trace(client, 1)
    assert get(client, f"/{trace_id}", inferred="1") == get(client, f"/{trace_id}")


@pytest.mark.parametrize(
    "parameters",
    [
        {"q": "\0"},
        {"q": "x" * 60_000},
        {"q": "a " * 5_000},
        {"limit": "9" * 5_000},
        {"limit": "0"},
        {"cursor": "NQ=="},  # 5
        {"cursor": "WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCAiYSJd"},  # [2**64 - 1, "a"]
        {"cursor": "WzEsICJcdTAwMDAiXQ=="},  # [1, a NUL]
        {"from": "yesterday"},
        {"sort": "name"},
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(client: TestClient, parameters: dict[str, str]) -> None:
    answer = client.get("/api/v1/traces", params=parameters)
    if answer.status_code == 200:  # SQLite can look for a NUL
        assert answer.json()["traces"] == []
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_query")


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_period_may_be_longer_than_time(client: TestClient, year: str) -> None:
    send_trace(client, 1)
    assert len(get(client, "", **{"from": "0001-01-01", "to": "9999-12-31"})["traces"]) == 1
    assert get(client, "", **{"from": f"{year}-12-31", "to": f"{year}-12-31"})["traces"] == []


def test_a_position_beyond_all_numbers_is_refused(client: TestClient) -> None:
    trace_id = send_trace(client, 1)
    assert get(client, f"/{trace_id}", 400, cursor="9" * 5_000)["error"]["code"] == "bad_query"


def test_a_fault_of_ours_is_told_without_what_was_asked(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("collector.api.list_traces", broken)
    answer = client.get("/api/v1/traces", params={"q": "a secret"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "boom" not in answer.text
    assert "a secret" not in caplog.text
