"""A dashboard whose queries answer what a test says, instead of a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import live, queries
from app.components import gate
from app.queries import requests, search, views
from collector.errors import StoreUnavailable
from collector.store.records import (
    CallPage,
    Facets,
    FacetValues,
    Freshness,
    OutcomeCounts,
    Receipt,
    SavedView,
    TracePage,
)
from tests.app import samples

UI = Path(__file__).parents[2] / "app" / "ui.py"


class FakeStore:
    """What the queries answer. Set a field to change it; `outage` makes every one of them fail."""

    def __init__(self) -> None:
        self.freshness = Freshness(any_spans=True, newest_received_ns=samples.NOW_NS, version=1)
        self.overview = samples.overview()
        self.traces: tuple[Any, ...] = (samples.summary(),)
        self.next_cursor: str | None = None
        self.counts = OutcomeCounts(total=1, ok=1, cost_usd=0.0234)
        self.calls: tuple[Any, ...] = (samples.call(),)
        self.call_count = 1
        self.facet = FacetValues(values=(("support-bot.answer", 1),))
        self.neighbours: tuple[str | None, str | None] = (None, None)
        self.views: tuple[SavedView, ...] = ()
        self.facets = Facets(workflows=(("support-bot.answer", 1),), models=(("gpt-5-mini", 1),))
        self.requests: tuple[Receipt, ...] = ()
        self.password: str | None = None
        self.cookie: str | None = None
        self.outage = False
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def answering(self, name: str, field: Callable[[], Any]) -> Callable[..., Any]:
        def answer(*args: Any, **named: Any) -> Any:
            self.asked.append((name, (*args, *named.values())))
            if self.outage:
                raise StoreUnavailable("connection refused")
            return field()

        return answer


@pytest.fixture(autouse=True)
def no_browser_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAINT_S", 0.0)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    fake = FakeStore()
    answers: dict[str, Callable[[], Any]] = {
        "freshness": lambda: fake.freshness,
        "overview": lambda: fake.overview,
        "traces": lambda: TracePage(traces=fake.traces, next_cursor=fake.next_cursor),
        "trace_counts": lambda: fake.counts,
        "facets": lambda: fake.facets,
    }
    searched: dict[str, Callable[[], Any]] = {
        "calls": lambda: CallPage(calls=fake.calls, next_cursor=fake.next_cursor),
        "call_count": lambda: fake.call_count,
        "facet": lambda: fake.facet,
        "neighbours": lambda: fake.neighbours,
    }
    for name, field in answers.items():
        monkeypatch.setattr(queries, name, fake.answering(name, field))
    for name, field in searched.items():
        monkeypatch.setattr(search, name, fake.answering(name, field))
    monkeypatch.setattr(views, "saved_views", fake.answering("saved_views", lambda: fake.views))
    monkeypatch.setattr(search, "dimensions", lambda: ("team",))
    monkeypatch.setattr(requests, "last_requests", fake.answering("last_requests", lambda: fake.requests))
    monkeypatch.setattr(queries, "dashboard_password", lambda: fake.password)
    monkeypatch.setattr(queries, "needs_api_key", lambda: False)
    monkeypatch.setattr(gate, "given_cookie", lambda: fake.cookie)
    return fake


@pytest.fixture
def dashboard(store: FakeStore) -> AppTest:
    """The whole dashboard, not yet run; `store` says what it shows."""
    st.cache_resource.clear()
    return AppTest.from_file(str(UI), default_timeout=20)


def open_page(dashboard: AppTest, name: str, **params: str) -> AppTest:
    """The page after one run, as a link to it would show it."""
    for key, value in params.items():
        dashboard.query_params[key] = value
    return dashboard.switch_page(f"views/{name}.py").run()


def words(dashboard: AppTest) -> str:
    """All text on the page."""
    kinds = ("title", "markdown", "text", "caption", "error", "code", "header", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in dashboard.get(kind))


def listed(dashboard: AppTest, number: int = 0) -> dict[str, Any]:
    """What the page hands to one of its lists: rows, columns, sort and the like."""
    proto = dashboard.get("bidi_component")[number].proto
    found: dict[str, Any] = orjson.loads(proto.json)
    return found
