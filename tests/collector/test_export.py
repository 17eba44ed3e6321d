"""The whole result as a file, through the API."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from collector.export import files
from collector.export.tables import cell
from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import body, proto_span
from tests.collector.test_api import send_trace
from tests.collector.test_receiver import post


def exported(client: TestClient, **parameters: str) -> str:
    answer = client.get("/api/v1/export", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_table_has_a_row_a_trace_and_numbers_as_numbers(client: TestClient) -> None:
    sent = [send_trace(client, number) for number in (1, 2, 3)]
    rows = list(csv.DictReader(io.StringIO(exported(client, format="csv"))))
    assert [row["trace_id"] for row in rows] == sent[::-1]
    assert (rows[0]["total_tokens"], rows[0]["models"], rows[0]["user_id"]) == ("1000010", "gpt-4o-mini", "")
    assert rows[0]["started"].startswith("2026-")


def test_the_query_and_the_list_say_what_is_in_the_file(client: TestClient) -> None:
    send_trace(client, 1, name="here")
    send_trace(client, 2, name="there")
    assert [trace["name"] for trace in json.loads(exported(client, format="json", q="name:here"))] == ["here"]
    calls = json.loads(exported(client, format="json", list="llm"))
    assert [(call["model"], call["output_preview"]) for call in calls] == [("gpt-4o-mini", "All well.")] * 2


def test_nothing_found_is_an_empty_file_and_no_fault(client: TestClient) -> None:
    assert json.loads(exported(client, format="json")) == []
    assert len(exported(client, format="csv").splitlines()) == 1
    assert exported(client, format="otlp") == ""


def test_a_result_longer_than_one_read_is_whole(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROWS_A_READ", 2)
    sent = {send_trace(client, number) for number in range(1, 6)}
    for format in ("json", "otlp", "csv"):
        text = exported(client, format=format)
        assert all(text.count(trace_id) for trace_id in sent)
    assert len(json.loads(exported(client, format="json"))) == 5
    assert len(exported(client, format="otlp", list="llm").splitlines()) == 5


def test_spans_leave_as_they_came(client: TestClient) -> None:
    first, second = proto_span(1, name="root"), proto_span(2, name="child", error=True)
    second.links.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8)
    second.attributes.add(key="bytes").value.bytes_value = b"\x00\xff"
    second.attributes.add(key="large").value.int_value = 2**62
    post(client, body(first, second))
    (line,) = exported(client, format="otlp").splitlines()
    (resource,) = json.loads(line)["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    assert scope["spans"][0]["startTimeUnixNano"] == str(first.start_time_unix_nano)
    assert scope["spans"][1]["links"][0]["traceId"] == "01" * 16
    read_again = client.post("/v1/traces", content=line, headers={"Content-Type": "application/json"})
    assert read_again.status_code == 200
    assert client.get("/api/v1/traces").json()["traces"][0]["span_count"] == 2


@pytest.mark.parametrize(
    "parameters", [{"format": "xlsx"}, {"list": "spans"}, {"q": "modle:x"}, {"from": "yesterday"}, {"format": ""}]
)
def test_what_cannot_be_exported_is_refused_before_a_file_begins(
    client: TestClient, parameters: dict[str, str]
) -> None:
    answer = client.get("/api/v1/export", params=parameters)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_query")


def test_an_export_needs_the_key(make_client: ClientFactory) -> None:
    client = make_client(api_key="k")
    assert client.get("/api/v1/export").status_code == 401
    assert client.get("/api/v1/export", headers={"Authorization": "Bearer k"}).status_code == 200


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(text: str) -> None:
    written = str(cell(text))
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert written.removeprefix("'") == text.replace("\0", "").removeprefix("'")


def test_numbers_may_be_negative() -> None:
    assert cell(-1.5) == -1.5
