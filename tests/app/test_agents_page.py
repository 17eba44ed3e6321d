from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from streamlit.testing.v1 import AppTest

from app.format import MINUS, NBSP
from app.frames.agents import (
    AGENT_COLUMNS,
    CALL_COLUMNS,
    TOOL_COLUMNS,
    agent_rows,
    call_rows,
    tool_rows,
)
from app.frames.listing import Cell, Column, Row
from collector.store.records import Calls, Freshness
from tests.app.conftest import FakeStore, chosen, column, open_page, parts, words
from tests.app.samples import HOSTILE
from tests.app.work import agent, call, loop, report, tool, tool_span


def test_the_page_says_what_loops_and_what_goes_wrong(dashboard: AppTest) -> None:
    open_page(dashboard, "agents", period="7d")
    assert not dashboard.exception
    said = dashboard.markdown[0].value.replace("\\", "")
    assert said.startswith("**40 agent runs** and **200 tool calls** in the last 7 d; **1 run** repeated a call;")
    assert f"**search** goes wrong most often (10.0{NBSP}%)" in said
    assert parts(dashboard) == ["agents", "tools"]


def test_nothing_in_the_period_offers_a_longer_one(dashboard: AppTest, store: FakeStore) -> None:
    store.report = report(agents=(), tools=(), loops=())
    open_page(dashboard, "agents")
    assert "No agents or tools in the last 24 h" in words(dashboard)
    dashboard.button(key="nothing_here_offer").click().run()
    assert chosen(dashboard, "period") == "30d"


def test_an_empty_database_shows_how_to_send_a_trace(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=False, newest_received_ns=None, version=0)
    open_page(dashboard, "agents")
    assert "quick_start" in words(dashboard)


def test_an_outage_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.outage = True
    open_page(dashboard, "agents")
    assert "database can't be reached" in dashboard.error[0].value


def test_an_agent_opens_with_its_loops_and_runs(dashboard: AppTest) -> None:
    open_page(dashboard, "agents", agent="researcher")
    assert not dashboard.exception
    figures = {metric.label: metric.value for metric in dashboard.metric}
    assert (figures["Runs"], figures["Loops"], figures["Steps a run"], figures["Cost"]) == (
        "40",
        "1",
        r"2\.5",
        "unknown",
    )
    assert "Newest runs with this agent" in words(dashboard)


def test_an_agent_or_a_tool_that_did_nothing_says_so(dashboard: AppTest) -> None:
    open_page(dashboard, "agents", agent="nobody")
    assert "The agent did not run" in words(dashboard)
    open_page(dashboard, "agents", tool="nothing")
    assert "The tool was not called" in words(dashboard)


def test_a_tool_opens_with_its_calls(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "agents", tool="search", errors="on")
    assert not dashboard.exception
    assert column(dashboard, "arguments") == ['{"query": "refund"}']
    args = next(args for name, args in store.asked if name == "calls")
    assert (args[0], args[2:]) == ("search", (None, True, 1))


def test_more_calls_are_read_when_asked(dashboard: AppTest, store: FakeStore) -> None:
    store.tool_calls = ((call(),), True)
    open_page(dashboard, "agents", tool="search")
    dashboard.button(key="more").click().run()
    assert [args[-1] for name, args in store.asked if name == "calls"] == [1, 2]


def test_no_call_that_went_wrong_is_told_apart_from_no_call(dashboard: AppTest, store: FakeStore) -> None:
    store.tool_calls = ((), False)
    open_page(dashboard, "agents", tool="search", errors="on")
    assert "No call went wrong" in words(dashboard)


def cells(row: Row, columns: Sequence[Column]) -> dict[str, Cell]:
    return {column.id: cell for column, cell in zip(columns, row.cells, strict=True) if isinstance(cell, Cell)}


def test_what_is_unknown_or_not_comparable_stays_so_and_comes_last() -> None:
    (row,) = agent_rows([agent(before=Calls(count=4))], str)
    said = cells(row, AGENT_COLUMNS)
    assert (said["change"].text, said["change"].order) == ("", None)
    assert (said["cost_usd"].text, said["cost_usd"].order) == ("unknown", None)
    said = cells(tool_rows([tool()], str)[0], TOOL_COLUMNS)
    assert (said["change"].text, said["wrong"].text) == (f"+100{NBSP}%", f"+5.0{NBSP}pt")
    assert (said["p95_change"].text, said["p95_change"].tone) == (f"{MINUS}25{NBSP}%", "better")


def test_a_few_of_many_are_not_shown_as_none() -> None:
    said = cells(tool_rows([tool(now=Calls(count=1000, failed=1))], str)[0], TOOL_COLUMNS)
    assert (said["failed"].text, said["returned"].text) == (f"1 (<1{NBSP}%)", "")


def test_a_call_that_failed_shows_why() -> None:
    failed = call(span=tool_span(status="error", status_message="timed out"), result=None)
    returned = call(span=tool_span(returned_error="none left"), result="none left")
    rows = call_rows([failed, returned], UTC, "{}/{}".format)
    said = [cells(row, CALL_COLUMNS) for row in rows]
    assert [row["outcome"].text for row in said] == ["▲ failed", "↻ returned error"]
    assert [row["output"].text for row in said] == ["timed out", "none left"]
    assert rows[0].href == f"{failed.span.trace_id}/{failed.span.span_id}"


def test_hostile_names_are_shown_as_text(dashboard: AppTest, store: FakeStore) -> None:
    store.report = report(
        agents=(agent(agent_name=HOSTILE),), tools=(tool(tool_name=HOSTILE),), loops=(loop(tool_name=HOSTILE),)
    )
    for params in ({}, {"agent": HOSTILE}, {"tool": HOSTILE}):
        open_page(dashboard, "agents", **params)
        assert not dashboard.exception
        for element in [*dashboard.markdown, *dashboard.subheader, *dashboard.caption]:
            assert "![x](" not in element.value
