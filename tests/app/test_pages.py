"""Each page in its states: filled, nothing yet, nothing in this time, nothing matches, database away."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from app.address import parse
from app.queries import comparison
from collector.store.records import ErrorGroups, Facets, FacetValues, Freshness, OutcomeCounts, SavedView
from tests.app.conftest import FakeStore, listed, made, open_page, parts, words
from tests.app.samples import HOSTILE, failed_run, overview, summary, totals

EMPTY = Freshness(any_spans=False, newest_received_ns=None, version=0)


def test_home_says_what_happened_before_any_chart(dashboard: AppTest) -> None:
    open_page(dashboard, "home")
    assert not dashboard.exception
    assert dashboard.markdown[0].value.startswith("**940 runs** in the last 24 h")
    assert [metric.label.replace("\\", "") for metric in dashboard.metric] == [
        "Runs",
        "54 failed, 28 recovered",
        "p50 duration",
        "p95 duration",
        "Tokens",
        "Cost",
    ]
    assert len(dashboard.get("vega_lite_chart")) == 5
    assert len(listed(dashboard)["rows"]) == 1


def test_home_without_a_failure_is_whole_too(dashboard: AppTest, store: FakeStore) -> None:
    store.overview = overview(now=totals(failed=0), failed_runs=())
    store.error_groups = ErrorGroups(groups=(), is_cut=False)
    open_page(dashboard, "home")
    assert not dashboard.exception
    assert "No span failed." in words(dashboard)
    assert len(dashboard.get("vega_lite_chart")) == 5


def test_the_figures_of_home_come_from_one_read(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "home", period="7d", env="prod")
    asked = [args for name, args in store.asked if name == "overview"]
    assert len(asked) == 1
    assert asked[0][0].length_ns == 7 * 86_400 * 10**9
    assert asked[0][1] == "prod"


def test_home_links_an_error_to_what_is_known_of_it(dashboard: AppTest) -> None:
    open_page(dashboard, "home", period="7d")
    links = [link.proto for link in dashboard.get("page_link")]
    queries = {link.label.replace("\\", ""): link.query_string for link in links}
    assert queries["**SchemaError**"] == "period=7d&error=0c471335829fb71f"
    assert queries["Errors"] == "period=7d"


@pytest.mark.parametrize("page", ["home", "traces"])
def test_an_empty_database_shows_the_two_lines_that_send_a_first_trace(
    dashboard: AppTest, store: FakeStore, page: str
) -> None:
    store.freshness = EMPTY
    open_page(dashboard, page)
    assert not dashboard.exception
    lines = 'from collector.integration import quick_start\nobserver = quick_start("http://127.0.0.1:8501")'
    assert lines in words(dashboard)
    assert not dashboard.metric
    assert parts(dashboard) == []


@pytest.mark.parametrize("page", ["home", "traces", "connect"])
def test_an_outage_never_looks_like_no_data(dashboard: AppTest, store: FakeStore, page: str) -> None:
    store.outage = True
    open_page(dashboard, page)
    assert not dashboard.exception
    assert "database can't be reached" in dashboard.error[0].value
    assert "connection refused" in words(dashboard)
    assert "Waiting for the first" not in words(dashboard)
    store.outage = False
    dashboard.button(key="retry").click().run()
    assert not dashboard.error


@pytest.mark.parametrize("page", ["home", "traces"])
def test_an_empty_period_offers_a_longer_one(dashboard: AppTest, store: FakeStore, page: str) -> None:
    store.overview = overview(now=totals(runs=0))
    store.counts = OutcomeCounts()
    open_page(dashboard, page, period="1h")
    assert "No runs in the last 1 h" in words(dashboard)
    dashboard.button(key="widen").click().run()
    assert parse({"period": _values(dashboard, "period")}).period == "30d"


def test_filters_that_leave_nothing_can_be_cleared(dashboard: AppTest, store: FakeStore) -> None:
    store.counts = OutcomeCounts()
    open_page(dashboard, "traces", q="zzz outcome:failed", period="7d")
    assert "Nothing matches" in words(dashboard)
    assert dashboard.button(key="widen").label == "Look in the last 30 days"
    store.counts = OutcomeCounts(total=1, ok=1)
    dashboard.button(key="clear_all").click().run()
    assert _values(dashboard, "q") == []
    assert _values(dashboard, "period") == ["7d"]
    assert len(listed(dashboard)["rows"]) == 1


def test_the_count_line_says_how_many_there_are_and_what_is_not_priced(dashboard: AppTest, store: FakeStore) -> None:
    store.counts = OutcomeCounts(total=271, ok=246, recovered=7, failed=18, cost_usd=8.06, unpriced_spans=2)
    open_page(dashboard, "traces")
    assert "**1 of 271 traces shown**, 18 failed, 7 recovered, $8.06, 2 calls without a known price" in words(
        dashboard
    ).replace("\\", "")


def test_more_rows_are_shown_on_demand(dashboard: AppTest, store: FakeStore) -> None:
    store.next_cursor = "more"
    open_page(dashboard, "traces")
    dashboard.button(key="more").click().run()
    limits = [args[2] for name, args in store.asked if name == "traces"]
    assert limits[-1] == 2 * limits[0]


def test_connect_waits_for_the_first_span_and_then_links_to_it(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = EMPTY
    open_page(dashboard, "connect")
    assert "Waiting for the first span" in words(dashboard)
    store.freshness = Freshness(any_spans=True, newest_received_ns=1, version=1)
    dashboard.run()
    assert "Spans arrive" in words(dashboard)
    assert any(
        "trace=0af7651916cd43dd8448eb211c80319c" in link.proto.query_string for link in dashboard.get("page_link")
    )


def test_hostile_text_is_never_markup(dashboard: AppTest, store: FakeStore) -> None:
    store.traces = (summary(name=HOSTILE, workflow=HOSTILE, outcome="failed", error=HOSTILE, models=(HOSTILE,)),)
    store.overview = overview(failed_runs=(failed_run(HOSTILE, workflow=HOSTILE),))
    store.facet = FacetValues(values=((HOSTILE, 1),))
    store.views = (SavedView(view_id="1f", name=HOSTILE, params="", created_ns=1),)
    store.facets = Facets(workflows=((HOSTILE, 1),), models=((HOSTILE, 1),), environments=((HOSTILE, 1), ("b", 1)))
    for page in ("home", "traces", "connect"):
        open_page(dashboard, page)
        assert not dashboard.exception
        read_as_markdown = [m.value for m in (*dashboard.markdown, *dashboard.caption)]
        read_as_markdown += [link.proto.label for link in dashboard.get("page_link")]
        for text in read_as_markdown:
            unescaped = re.sub(r"\\.", "", text)
            assert not any(mark in unescaped for mark in ("![", "](", "<", ":red[r", ":smile", "$", "www."))


def _values(dashboard: AppTest, name: str) -> list[str]:
    value = dashboard.query_params.get(name, [])
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("home", {"env": "prod", "period": "7d", "project": "shop"}),
        ("traces", {"q": "outcome:failed", "sort": "-cost_usd", "env": "prod"}),
        ("traces", {"list": "llm", "sort": "-duration_ms"}),
        ("errors", {"state": "known", "period": "1h"}),
        ("agents", {"tool": "search", "errors": "on"}),
        ("sessions", {"view": "users", "find": "ann"}),
        ("alerts", {"inbox": "resolved"}),
        ("connect", {"view": "refused"}),
        ("compare", {"view": "groups", "ga": "version:1", "gb": "version:2"}),
    ],
)
def test_a_browser_that_heard_of_the_second_run_alone_shows_the_same_choices(
    dashboard: AppTest, store: FakeStore, monkeypatch: pytest.MonkeyPatch, page: str, params: dict[str, str]
) -> None:
    """As one that was still loading the code of a widget when the first came."""
    monkeypatch.setattr(comparison, "group_runs", lambda _wanted: ())
    store.facets = Facets(workflows=(), models=(), environments=(("prod", 1), ("test", 1)))
    first = made(open_page(dashboard, page, **params))
    assert not dashboard.exception
    assert first
    assert made(dashboard.run()) == first
