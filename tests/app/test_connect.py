"""Connect: what was answered lately, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from streamlit.testing.v1 import AppTest

from app.frames.listing import Cell, Row
from app.frames.requests import REQUEST_COLUMNS, refusals, request_rows
from collector.store.records import Receipt
from tests.app.conftest import FakeStore, column, open_page, words
from tests.app.samples import HOSTILE, NOW_NS
from tests.store.test_receipts import receipt


def stored(**changes: Any) -> Receipt:
    return receipt(
        1, **{"time_ns": NOW_NS, "items": 12, "service": "shop", "trace_id": "a" * 32, "port": 4318} | changes
    )


def refused(status: int = 401, **changes: Any) -> Receipt:
    usual = {"time_ns": NOW_NS - 1, "status": status, "is_refused": True, "reason": "send the API key"}
    return receipt(2, **usual | changes)


def test_before_the_first_request_it_says_so_and_what_may_be_wrong(dashboard: AppTest) -> None:
    open_page(dashboard, "connect")
    assert not dashboard.exception
    assert "No request yet." in words(dashboard)
    assert "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in words(dashboard)


def test_a_refusal_stands_above_the_list_with_what_to_do(dashboard: AppTest, store: FakeStore) -> None:
    store.requests = (stored(), refused(), refused(service="lab"))
    open_page(dashboard, "connect")
    assert "2 requests refused (401)" in words(dashboard)
    assert "No key came along" in words(dashboard)
    assert column(dashboard, "answer", "requests") == [
        "● 200 stored",
        "▲ 401 refused",
        "▲ 401 refused",
    ]


def test_only_refused_ones_can_be_shown_and_linked_to(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "connect", view="refused")
    assert "None was refused." in words(dashboard)
    assert ("last_requests", (True,)) in store.asked
    assert dashboard.pills[0].value == "refused"


def test_a_request_leads_to_its_trace_and_a_refused_one_nowhere() -> None:
    rows = request_rows([stored(), refused(trace_id=None)], UTC, "trace?trace={}".format)
    assert [row.href for row in rows] == [f"trace?trace={'a' * 32}", ""]


def test_nothing_a_client_says_is_markup(dashboard: AppTest, store: FakeStore) -> None:
    store.requests = (refused(400, service=HOSTILE, client=HOSTILE, reason=HOSTILE, path=HOSTILE, api_key=HOSTILE),)
    open_page(dashboard, "connect")
    assert not dashboard.exception
    for element in (*dashboard.markdown, *dashboard.caption):
        unescaped = re.sub(r"\\.", "", str(element.value))
        assert not any(mark in unescaped for mark in ("![", "](", "<", ":red[r", "$", "www."))


def test_a_row_says_what_came_where_and_what_became_of_it() -> None:
    rows = request_rows([stored(), refused(415), stored(items=1, signal="logs")], UTC, str)
    assert said(rows, "brought") == ["12 spans", "unknown", "1 log record"]
    assert said(rows, "address") == [":4318/v1/traces", "/v1/traces", ":4318/v1/traces"]
    assert said(rows, "to_do")[0] == ""
    assert "http/protobuf" in said(rows, "to_do")[1]


def said(rows: Sequence[Row], name: str) -> list[str]:
    at = [shown.id for shown in REQUEST_COLUMNS].index(name)
    return [cell.text for row in rows if isinstance(cell := row.cells[at], Cell)]


def test_refusals_for_the_same_reason_are_one_with_its_senders() -> None:
    found = refusals([refused(service="a"), stored(), refused(service="a"), refused(413, client="curl", reason="big")])
    assert [(one.status, one.requests, one.senders) for one in found] == [(401, 2, ("a",)), (413, 1, ("curl",))]
    assert refusals([stored()]) == ()
