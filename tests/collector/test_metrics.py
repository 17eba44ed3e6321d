from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests.collector.conftest import ClientFactory
from tests.collector.log_requests import logs_body, proto_record
from tests.collector.otlp_requests import body, proto_span
from tests.collector.test_receiver import post


def metrics(client: TestClient) -> dict[str, float]:
    """`name{label values}` -> value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        f"{sample.name.removeprefix('msgtrace_')}{{{','.join(sample.labels.values())}}}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_every_span_is_counted_by_what_became_of_it(client: TestClient) -> None:
    post(client, body(proto_span(1), proto_span(2), proto_span(3, span_id=b"short")))
    post(client, body(proto_span(1), proto_span(2, name="other")))
    found = metrics(client)
    counted = {name: found[f"spans_total{{{name}}}"] for name in ("stored", "duplicate", "conflict", "rejected")}
    assert counted == {"stored": 2, "duplicate": 1, "conflict": 1, "rejected": 1}
    assert found["commit_duration_seconds_count{}"] == 2


def test_every_log_record_is_counted_by_what_became_of_it(make_client: ClientFactory) -> None:
    client = make_client(max_waiting_logs="1")
    records = logs_body(proto_record(1), proto_record(2), proto_record(3, event_name="login"))
    post(client, records, "/v1/logs")
    assert metrics(client)["log_records_waiting{}"] == 1
    post(client, body(proto_span(1), proto_span(2)))
    found = metrics(client)
    counted = {name: found[f"log_records_total{{{name}}}"] for name in ("stored", "joined", "expired", "dropped")}
    assert counted == {"stored": 2, "joined": 1, "expired": 1, "dropped": 1}
    assert found["log_records_waiting{}"] == 0
    assert found["spans_total{stored}"] == 2


def test_requests_are_counted_by_signal_and_status(client: TestClient) -> None:
    post(client, b"")
    post(client, b"nonsense")
    post(client, b"", "/v1/logs")
    post(client, b"", "/v1/metrics")
    client.post("/api/v1/scores", json={})
    found = metrics(client)
    for which in ("traces,200", "traces,400", "logs,200", "metrics,200", "scores,400"):
        assert found[f"requests_total{{{which}}}"] == 1
    assert (found["queued_spans{}"], found["in_flight_bytes{}"]) == (0, 0)


def test_metrics_need_the_key(make_client: ClientFactory) -> None:
    client = make_client(api_key="secret")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_metrics_are_there_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    from collector.main import create_app

    with TestClient(create_app(), base_url="http://127.0.0.1") as client:
        assert post(client, body(proto_span(1))).status_code == 503
        found = metrics(client)
    assert found["requests_total{traces,503}"] == 1
    assert found["log_records_waiting{}"] != found["log_records_waiting{}"]
