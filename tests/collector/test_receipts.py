"""Every request that brings something leaves a line, whatever it was answered."""

from __future__ import annotations

import json
import threading
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from collector import receipts
from collector.errors import StoreUnavailable
from collector.receipts import ReceiptBook
from collector.store.records import Receipt
from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import TRACE_ID, body, proto_span
from tests.collector.test_receiver import JSON, post
from tests.servers import wait_for
from tests.store.test_receipts import receipt, refused

SECRET = "s3cr3t-of-another-place"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "PAUSE_S", 0.01)


def listed(client: TestClient, count: int, query: str = "", **headers: str) -> list[dict[str, Any]]:
    """The lines, once there are so many."""

    def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get(f"/api/v1/requests{query}", headers=headers).json()["requests"]
        return found

    wait_for(lambda: len(look()) >= count)
    return look()


def test_a_stored_request_names_its_service_its_spans_and_its_trace(client: TestClient) -> None:
    post(client, body(proto_span(1), proto_span(2)), user_agent="OTel-OTLP-Exporter-Python/1.45")
    line = listed(client, 1)[0]
    assert (line["status"], line["outcome"], line["advice"]) == (200, "stored", None)
    assert (line["service"], line["items"], line["trace_id"]) == ("tests", 2, TRACE_ID)
    assert (line["client"], line["api_key"], line["path"]) == ("OTel-OTLP-Exporter-Python/1.45", None, "/v1/traces")


def test_what_was_sent_before_is_told_apart(client: TestClient) -> None:
    post(client, body(proto_span(1)))
    post(client, body(proto_span(1)))
    newest, first = listed(client, 2)
    assert (first["outcome"], newest["outcome"]) == ("stored", "known before")


def test_what_can_not_be_stored_says_why(client: TestClient) -> None:
    post(client, body(proto_span(1), proto_span(2, trace_id=b"")))
    line = listed(client, 1, "?refused=1")[0]
    assert (line["status"], line["outcome"], line["items"], line["rejected"]) == (200, "partly stored", 2, 1)
    assert "rejected" in line["reason"]


@pytest.mark.parametrize(
    ("content", "path", "headers", "status"),
    [
        (b"\xff\xff", "/v1/traces", {}, 400),
        (b"x" * 2_000, "/v1/traces", {}, 413),
        (b"{}", "/v1/traces", {"Content_Type": "text/plain"}, 415),
        (b"", "/v1/traces/v1/traces", {}, 404),
    ],
)
def test_a_refusal_is_listed_with_its_reason(
    make_client: ClientFactory, content: bytes, path: str, headers: dict[str, str], status: int
) -> None:
    client = make_client(max_body_bytes="1000")
    assert post(client, content, path, **headers).status_code == status
    line = listed(client, 1)[0]
    assert (line["status"], line["is_refused"], line["items"]) == (status, True, None)
    assert line["reason"]
    assert line["advice"]


def test_a_key_is_named_and_never_kept(make_client: ClientFactory) -> None:
    client = make_client(api_key="right")
    for given in ("Bearer right", f"Bearer {SECRET}", "Basic Zm9v"):
        post(client, body(proto_span(1)), authorization=given)
    lines = listed(client, 3, authorization="Bearer right")
    assert [line["status"] for line in lines] == [401, 401, 200]
    nothing, wrong, right = (line["api_key"] for line in lines)
    assert (nothing, right) == (None, "MSGTRACE_API_KEY")
    assert wrong.startswith("unknown, SHA-256 ")
    assert SECRET not in json.dumps(lines)
    assert client.get("/api/v1/requests").status_code == 401


def test_a_line_holds_nothing_of_the_body(client: TestClient) -> None:
    client.post("/v1/traces", content=json.dumps({"resourceSpans": [{"x": SECRET}]}).encode(), headers=JSON)
    client.post("/v1/traces", content=b'{"resourceSpans": "' + SECRET.encode() + b'"}', headers=JSON)
    assert SECRET not in json.dumps(listed(client, 2))


@pytest.mark.parametrize("query", ["?limit=0", "?limit=601", "?limit=x"])
def test_a_limit_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/requests{query}").status_code == 400


def test_lines_wait_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch, writing: Engine) -> None:
    written: list[Any] = []
    tried = threading.Event()

    def away_at_first(_engine: Engine, given: list[Any]) -> None:
        if not tried.is_set():
            tried.set()
            raise StoreUnavailable("locked")
        written.extend(given)

    monkeypatch.setattr(receipts, "add_receipts", away_at_first)
    book = ReceiptBook(writing)
    book.start()
    book.note(lambda: receipt(1), is_refused=False)
    assert tried.wait(20)
    book.note(lambda: refused(2), is_refused=True)
    wait_for(lambda: len(written) == 2)
    book.stop()
    assert sorted(line.time_ns for line in written) == [1, 2]


def test_a_flood_keeps_the_newest_and_every_kind(monkeypatch: pytest.MonkeyPatch, writing: Engine) -> None:
    written: list[Any] = []
    monkeypatch.setattr(receipts, "add_receipts", lambda _engine, given: written.extend(given))
    book = ReceiptBook(writing)
    book.note(lambda: refused(0), is_refused=True)
    made = []

    def line(number: int) -> Receipt:
        made.append(number)
        return receipt(number)

    for number in range(1, 1_000):
        book.note(partial(line, number), is_refused=False)
    book.start()
    book.stop()
    assert refused(0) in written
    assert receipt(999) in written
    assert len(written) == receipts._HELD + 1
    assert made == list(range(1_000 - receipts._HELD, 1_000))
