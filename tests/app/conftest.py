"""A dashboard whose queries answer what a test says, instead of a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
import streamlit as st
from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.MultiSelect_pb2 import MultiSelect
from streamlit.proto.Selectbox_pb2 import Selectbox
from streamlit.testing.v1 import AppTest

from app import live, queries
from app.components import gate
from app.queries import agents, alerts, errors, requests, search, sessions, views
from collector.errors import NotFound, StoreUnavailable
from collector.store.records import (
    AlertDelivery,
    AlertEvent,
    AlertRule,
    BudgetState,
    CallCount,
    CallPage,
    ChannelSeen,
    ErrorGroups,
    ErrorRuns,
    Facets,
    FacetValues,
    Freshness,
    NewError,
    OutcomeCounts,
    Receipt,
    SavedView,
    SearchProgress,
    SessionSummary,
    ToolCall,
    TracePage,
    TraceSummary,
    Turn,
    UserRun,
    UserSummary,
)
from tests.app import samples, work

LISTENER = "live_component"
FRAME = (LISTENER, "page_keys")
WIDGETS = ("button_group", "selectbox", "multiselect", "toggle", "checkbox", "text_input")
UI = Path(__file__).parents[2] / "app" / "ui.py"


class AlertAnswers:
    """What queries about alerts answer."""

    def __init__(self) -> None:
        self.rules: tuple[AlertRule, ...] = ()
        self.channels: tuple[ChannelSeen, ...] = ()
        self.open_events: tuple[AlertEvent, ...] = ()
        self.resolved_events: tuple[AlertEvent, ...] = ()
        self.runs_behind: tuple[TraceSummary, ...] = ()
        self.deliveries: tuple[AlertDelivery, ...] = ()
        self.told_since: tuple[AlertEvent, ...] = ()
        self.budgets: tuple[BudgetState, ...] = ()
        self.values: tuple[str, ...] = ("ann",)

    @property
    def rule(self) -> AlertRule:
        found: AlertRule = one(self.rules)
        return found

    @property
    def event(self) -> AlertEvent:
        found: AlertEvent = one([*self.open_events, *self.resolved_events])
        return found


class FakeStore:
    """What the queries answer. Set a field to change it; `outage` makes every one of them fail."""

    def __init__(self) -> None:
        self.freshness = Freshness(any_spans=True, newest_received_ns=samples.NOW_NS, version=1)
        self.overview = samples.overview()
        self.traces: tuple[Any, ...] = (samples.summary(),)
        self.next_cursor: str | None = None
        self.is_unfinished = False
        self.counts = OutcomeCounts(total=1, ok=1, cost_usd=0.0234)
        self.calls: tuple[Any, ...] = (samples.call(),)
        self.call_count = CallCount(total=1)
        self.facet = FacetValues(values=(("support-bot.answer", 1),))
        self.neighbours: tuple[str | None, str | None] = (None, None)
        self.search_progress: SearchProgress | None = None
        self.views: tuple[SavedView, ...] = ()
        self.facets = Facets(workflows=(("support-bot.answer", 1),), models=(("gpt-5-mini", 1),))
        self.requests: tuple[Receipt, ...] = ()
        self.error_groups = ErrorGroups(groups=(work.error_group(),), is_cut=False)
        self.error_runs = ErrorRuns(traces=(samples.summary(),), newest_span=("a" * 32, "b" * 16))
        self.example = work.detail()
        self.new_errors: tuple[NewError, ...] = ()
        self.alerts = AlertAnswers()
        self.report = work.report()
        self.tool_calls: tuple[tuple[ToolCall, ...], bool] = ((work.call(),), False)
        self.sessions: tuple[SessionSummary, ...] = (work.session(),)
        self.turns: tuple[Turn, ...] = (work.turn(),)
        self.users: tuple[UserSummary, ...] = (work.user(),)
        self.user_runs: tuple[UserRun, ...] = (work.user_run(),)
        self.password: str | None = None
        self.cookie: str | None = None
        self.outage = False
        self.may_write = True
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def answering(self, name: str, field: Callable[[], Any]) -> Callable[..., Any]:
        def answer(*args: Any, **named: Any) -> Any:
            self.asked.append((name, (*args, *named.values())))
            if self.outage:
                raise StoreUnavailable("connection refused")
            return field()

        return answer


def one(found: Sequence[Any]) -> Any:
    """The first, as a read of one thing answers."""
    if not found:
        raise NotFound("nothing like that")
    return found[0]


@pytest.fixture(autouse=True)
def no_browser_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAINT_S", 0.0)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    fake = FakeStore()
    answers: dict[str, Callable[[], Any]] = {
        "freshness": lambda: fake.freshness,
        "overview": lambda: fake.overview,
        "traces": lambda: TracePage(traces=fake.traces, next_cursor=fake.next_cursor, is_unfinished=fake.is_unfinished),
        "trace_counts": lambda: fake.counts,
        "facets": lambda: fake.facets,
        "arrivals": lambda: 0,
    }
    searched: dict[str, Callable[[], Any]] = {
        "calls": lambda: CallPage(calls=fake.calls, next_cursor=fake.next_cursor, is_unfinished=fake.is_unfinished),
        "call_count": lambda: fake.call_count,
        "facet": lambda: fake.facet,
        "neighbours": lambda: fake.neighbours,
        "progress": lambda: fake.search_progress,
    }
    for name, field in answers.items():
        monkeypatch.setattr(queries, name, fake.answering(name, field))
    for name, field in searched.items():
        monkeypatch.setattr(search, name, fake.answering(name, field))
    monkeypatch.setattr(views, "saved_views", fake.answering("saved_views", lambda: fake.views))
    monkeypatch.setattr(search, "dimensions", lambda: ("team",))
    monkeypatch.setattr(requests, "last_requests", fake.answering("last_requests", lambda: fake.requests))
    of_topics: dict[ModuleType, dict[str, Callable[[], Any]]] = {
        errors: {
            "groups": lambda: fake.error_groups,
            "group": lambda: one(fake.error_groups.groups),
            "runs": lambda: fake.error_runs,
            "example": lambda: fake.example,
            "new_since": lambda: fake.new_errors,
        },
        alerts: {name: partial(getattr, fake.alerts, name) for name in (*vars(fake.alerts), "rule", "event")},
        agents: {"report": lambda: fake.report, "runs_of": lambda: fake.traces, "calls": lambda: fake.tool_calls},
        sessions: {
            "sessions": lambda: fake.sessions,
            "session": lambda: one(fake.sessions),
            "turns": lambda: fake.turns,
            "users": lambda: fake.users,
            "user_runs": lambda: fake.user_runs,
        },
    }
    for module, fields in of_topics.items():
        for name, field in fields.items():
            monkeypatch.setattr(module, name, fake.answering(name, field))
    monkeypatch.setattr(queries, "dashboard_password", lambda: fake.password)
    monkeypatch.setattr(queries, "needs_api_key", lambda: False)
    monkeypatch.setattr(queries, "may_write", lambda: fake.may_write)
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


def chosen(dashboard: AppTest, name: str) -> str | None:
    """What the URL says, once the page has run."""
    values = dashboard.query_params.get(name)
    return values[-1] if isinstance(values, list) else values


def own(dashboard: AppTest) -> list[Any]:
    """The components of the page's own content."""
    return [element for element in dashboard.get("bidi_component") if element.key not in FRAME]


def parts(dashboard: AppTest) -> list[str]:
    return [element.key for element in own(dashboard)]


def listens(dashboard: AppTest) -> bool:
    return any(element.key == LISTENER for element in dashboard.get("bidi_component"))


def listed(dashboard: AppTest, number: int = 0) -> dict[str, Any]:
    """What the page hands to one of its lists: rows, columns, sort and the like."""
    found: dict[str, Any] = orjson.loads(own(dashboard)[number].proto.json)
    return found


def column(dashboard: AppTest, name: str, key: str | None = None) -> list[str]:
    """What the list with this key, else the first of the page, shows in a column."""
    shown = listed(dashboard, parts(dashboard).index(key) if key else 0)
    at = [column["id"] for column in shown["columns"]].index(name)
    cells = [row["cells"][at] for row in shown["rows"]]
    return [cell if isinstance(cell, str) else cell.get("text", "") for cell in cells]


def made(dashboard: AppTest) -> dict[str, Any]:
    """What a browser shows in each widget, by its key, when it makes it by what the last run said."""
    return {widget.key: _made(widget.proto) for kind in WIDGETS for widget in dashboard.get(kind) if widget.key}


def _made(proto: Any) -> Any:
    if isinstance(proto, ButtonGroup):
        labels = [option.content_icon + option.content for option in proto.options]
        return list(proto.raw_values) if proto.set_value else [labels[at] for at in proto.default]
    if isinstance(proto, Selectbox):
        usual = proto.options[proto.default] if proto.HasField("default") and proto.options else None
        return proto.raw_value if proto.set_value else usual
    if isinstance(proto, MultiSelect):
        return list(proto.raw_values) if proto.set_value else [proto.options[at] for at in proto.default]
    return proto.value if proto.set_value else proto.default
