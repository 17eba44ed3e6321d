from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.testclient import TestClient

from collector import decoding, receiver, waiting
from collector.store import engine as engine_module
from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import TRACE_ID, body, json_request, json_span, proto_span
from tests.servers import wait_for

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


def post(client: TestClient, content: bytes, path: str = "/v1/traces", **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, content=content, headers=PROTOBUF | given)


def stored(client: TestClient, trace_id: str = TRACE_ID) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/traces/{trace_id}")
    spans: list[dict[str, Any]] = answer.json().get("spans", [])
    return spans


def reason(response: httpx.Response) -> str:
    """The message of the google.rpc.Status that every failure carries, in the request's encoding."""
    if response.headers["content-type"] == "application/json":
        return str(response.json()["message"])
    assert response.headers["content-type"] == "application/x-protobuf"
    return str(Status.FromString(response.content).message)


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/traces/export", "/api/public/otel/v1/traces", "/"])
def test_every_path_that_clients_use_stores_spans(client: TestClient, path: str) -> None:
    answer = post(client, body(proto_span(1), proto_span(2)), path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert [span["name"] for span in stored(client)] == ["span 1", "span 2"]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_and_answered_as_json(client: TestClient, content_type: str) -> None:
    content = json.dumps(json_request(json_span(1))).encode()
    answer = client.post("/v1/traces", content=content, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert len(stored(client)) == 1


def test_gzip_is_inflated_also_of_several_members(client: TestClient) -> None:
    whole = body(proto_span(1))
    content = gzip.compress(whole[:20]) + gzip.compress(whole[20:])
    assert post(client, content, content_encoding="gzip").status_code == 200
    assert len(stored(client)) == 1


def test_a_span_sent_as_json_after_protobuf_is_the_same_span(client: TestClient) -> None:
    post(client, body(proto_span(1)))
    client.post("/v1/traces", content=json.dumps(json_request(json_span(1))), headers=JSON)
    assert len(stored(client)) == 1


def test_an_empty_request_is_fine(client: TestClient) -> None:
    assert post(client, b"").status_code == 200
    assert client.post("/v1/traces", content=b"{}", headers=JSON).status_code == 200


@pytest.mark.parametrize("path", ["/v1/logs", "/v1/metrics"])
def test_other_signals_are_answered(client: TestClient, path: str) -> None:
    assert post(client, b"", path).status_code == 200


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"nonsense", PROTOBUF, 400),
        (b"nonsense", JSON, 400),
        (body(proto_span(1))[:-1], PROTOBUF, 400),
        (b"not gzip", PROTOBUF | {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(body(proto_span(1)))[:-4], PROTOBUF | {"Content-Encoding": "gzip"}, 400),
        (body(proto_span(1)), PROTOBUF | {"Content-Encoding": "br"}, 400),
        (body(proto_span(1)), {"Content-Type": "text/plain"}, 415),
        (body(proto_span(1)), {}, 415),
    ],
)
def test_bad_input_is_refused_with_a_reason_and_nothing_stored(
    client: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/v1/traces", content=content, headers=headers)
    assert answer.status_code == status
    assert reason(answer)
    assert stored(client) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_allowed(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/traces")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_span_that_cannot_be_stored_is_rejected_alone_and_counted(client: TestClient) -> None:
    answer = post(client, body(proto_span(1), proto_span(2, span_id=b"short"), proto_span(3)))
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert "8 bytes" in partial.error_message
    assert len(stored(client)) == 2


def test_a_failure_is_told_in_few_words(client: TestClient) -> None:
    answer = post(client, b"", content_encoding="x" * 20_000)
    assert answer.status_code == 400
    assert len(answer.content) < 1_100


def test_log_records_on_the_trace_path_are_told_where_they_belong(client: TestClient) -> None:
    answer = post(client, body(proto_span(1, trace_id=b"", span_id=b"")))
    assert "/v1/logs" in ExportTraceServiceResponse.FromString(answer.content).partial_success.error_message


@pytest.mark.parametrize("text", ["a\0b", "x" * 100_000, "\u202e", "😀" * 2_000])
def test_strange_text_is_stored_on_both_databases(client: TestClient, text: str) -> None:
    attributes = {"gen_ai.agent.name": text, "session.id": text, "gen_ai.request.model": text, "k" + text: text}
    answer = post(client, body(proto_span(1, name=text, attributes=attributes), proto_span(2)))
    assert (answer.status_code, answer.content) == (200, b"")
    detail = client.get(f"/api/v1/traces/{TRACE_ID}/spans/{1:016x}").json()
    assert detail["attributes"]["session.id"] == text


def test_a_long_name_that_compresses_badly_fits_into_every_index(client: TestClient) -> None:
    name = "".join(chr(0x4E00 + number * 7_919 % 20_000) for number in range(2_000))
    answer = post(client, body(proto_span(1, name=name), proto_span(2)))
    assert (answer.status_code, answer.content) == (200, b"")
    assert stored(client)[0]["name"] == name[:1_024]


@pytest.mark.parametrize("time", [0, 1, 2**63, 2**64 - 1])
def test_strange_times_are_stored_and_no_duration_is_negative(client: TestClient, time: int) -> None:
    post(client, body(proto_span(1, start_time_unix_nano=time), proto_span(2, end_time_unix_nano=time)))
    spans = stored(client)
    assert len(spans) == 2
    assert all(span["duration_ms"] is None or span["duration_ms"] >= 0 for span in spans)


def test_the_body_limit_holds_to_the_byte_as_sent_and_inflated(make_client: ClientFactory) -> None:
    content = body(proto_span(1, name="n" * 200))
    client = make_client(max_body_bytes=str(len(content)))
    assert post(client, content).status_code == 200
    assert post(client, content + b"\0").status_code == 413
    inflated = gzip.compress(body(proto_span(1, name="x" * 10_000)))
    assert len(inflated) < len(content)
    answer = post(client, inflated, content_encoding="gzip")
    assert (answer.status_code, "inflated" in reason(answer)) == (413, True)


def test_a_chunked_body_is_stopped_at_the_limit(make_client: ClientFactory) -> None:
    client = make_client(max_body_bytes="1000")
    answer = client.post("/v1/traces", content=(b"x" * 600 for _ in range(3)), headers=PROTOBUF)
    assert answer.status_code == 413


def test_a_body_that_does_not_arrive_ends_its_connection(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_arguments: object, **_options: object) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr(waiting, "RECEIPT_DEADLINE_S", 0.01)
    monkeypatch.setattr(receiver, "read_body", never)
    answer = post(client, b"")
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["connection"]) == (503, "1", "close")


def test_too_many_spans_are_refused(make_client: ClientFactory) -> None:
    client = make_client(max_spans_per_request="2")
    assert post(client, body(*(proto_span(n) for n in (1, 2, 3)))).status_code == 413


def test_the_key_is_asked_for_before_the_body_is_read(make_client: ClientFactory) -> None:
    client = make_client(api_key="secret")
    read = False

    def content() -> Any:
        nonlocal read
        read = True
        yield b"x"

    for wrong in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "secret"},
        {"Authorization": "Basic secret"},
    ):
        answer = client.post("/v1/traces", content=body(proto_span(1)), headers=PROTOBUF | wrong)
        assert (answer.status_code, bool(reason(answer))) == (401, True)
    right = {"Authorization": "Bearer secret"}
    assert client.post("/v1/traces", content=body(proto_span(1)), headers=PROTOBUF | right).status_code == 200
    assert client.get(f"/api/v1/traces/{TRACE_ID}").status_code == 401
    assert client.get(f"/api/v1/traces/{TRACE_ID}", headers=right).status_code == 200
    assert not read


@pytest.mark.parametrize("name", ["short", "long" * receiver.LARGE_BYTES])
def test_a_fault_of_ours_asks_the_client_to_keep_the_batch(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(receiver, "complete", broken)
    monkeypatch.setattr(decoding, "complete", broken)
    answer = post(client, body(proto_span(1, name=name)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "boom" not in reason(answer)
    monkeypatch.undo()


def test_a_locked_database_asks_the_client_to_come_back(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", sqlite_url)
    from collector.main import create_app

    with TestClient(create_app(), base_url="http://127.0.0.1") as client:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = post(client, body(proto_span(1)))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "locked" in reason(answer)
        other.execute("ROLLBACK")
        other.close()
        assert post(client, body(proto_span(1))).status_code == 200


def test_a_commit_past_its_deadline_is_answered_and_still_done(make_client: ClientFactory) -> None:
    client = make_client(commit_deadline_s="0.000001")
    assert "takes too long" in reason(post(client, body(proto_span(1))))
    wait_for(lambda: stored(client))
    assert len(stored(client)) == 1


def test_too_much_in_flight_asks_the_client_to_come_back(make_client: ClientFactory) -> None:
    from collector.body import ByteBudget
    from collector.errors import Overloaded

    budget = ByteBudget(100)
    with budget.reserve() as first:
        first.take(1_000)  # a request alone may be larger than the budget
        with budget.reserve() as second, pytest.raises(Overloaded):
            second.take(1)
    assert budget.used == 0


def test_without_a_database_requests_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    from collector.main import create_app

    with TestClient(create_app(), base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert post(client, body(proto_span(1))).status_code == 503
        assert client.get("/api/v1/traces").status_code == 503
