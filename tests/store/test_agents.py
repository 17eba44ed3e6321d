from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.reads.agents import get_agent_report
from collector.store.reads.tool_calls import PAGE_CALLS, list_calls
from collector.store.records import Calls, Period
from collector.store.rows import SpanRow
from tests.conftest import SCOPE
from tests.store.rows import SECOND_NS, START_NS, TRACE_ID, batch, llm, span

HOUR = Period(START_NS, START_NS + 3600 * SECOND_NS)
NOTHING = Calls()


def agent(number: int, **changes: Any) -> SpanRow:
    return span(number, kind="agent", **({"agent_name": "scout"} | changes))


def tool(number: int, **changes: Any) -> SpanRow:
    return span(number, kind="tool", **({"tool_name": "search", "arguments_hash": "same"} | changes))


def test_a_tool_is_told_with_its_calls_failures_and_latency(writing: Engine, reading: Engine) -> None:
    calls = [tool(number, end_s=2 * number, arguments_hash=None) for number in range(1, 5)]
    calls[1].status, calls[2].returned_error = "error", "none left"
    commit(writing, [batch(*calls)])
    (found,) = get_agent_report(reading, SCOPE, HOUR).tools
    assert found.tool_name == "search"
    assert found.now == Calls(count=4, failed=1, returned_errors=1, p50_ms=2000.0, p95_ms=4000.0)
    assert (found.before, sum(found.trend)) == (NOTHING, 4)


def test_the_period_before_stands_beside(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(tool(1), tool(2, start_s=-1800))])
    (found,) = get_agent_report(reading, SCOPE, HOUR).tools
    assert (found.now.count, found.before.count) == (1, 1)


def test_an_agent_is_told_with_its_own_model_calls_and_their_cost(writing: Engine, reading: Engine) -> None:
    inner = agent(3, parent=1, agent_name="checker", status="error")
    mine = llm(2, 10, 5, parent=1, cost_nusd=2_000_000_000, cost_source="computed")
    commit(writing, [batch(agent(1), mine, inner, llm(4, 1, 1, parent=3))])
    found = {stats.agent_name: stats for stats in get_agent_report(reading, SCOPE, HOUR).agents}
    assert (found["scout"].model_calls, found["scout"].total_tokens, found["scout"].cost_usd) == (1, 15, 2.0)
    assert (found["checker"].cost_usd, found["checker"].unpriced_calls) == (None, 1)
    assert (found["scout"].now.failed, found["checker"].now.failed) == (0, 1)


def test_an_agent_without_a_name_has_that_of_its_span(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(agent(1, agent_name=None, name="planner"))])
    assert [stats.agent_name for stats in get_agent_report(reading, SCOPE, HOUR).agents] == ["planner"]


def test_three_calls_with_the_same_arguments_are_a_loop_of_the_agent_above(writing: Engine, reading: Engine) -> None:
    repeated = [tool(number, parent=2) for number in (3, 4, 5)]
    commit(writing, [batch(span(1), agent(2), *repeated, tool(6, parent=2, arguments_hash="other"))])
    report = get_agent_report(reading, SCOPE, HOUR)
    (loop,) = report.loops
    assert (loop.agent_name, loop.tool_name, loop.calls, loop.trace_id) == ("scout", "search", 3, TRACE_ID)
    assert loop.span_id == repeated[-1].span_id
    assert report.agents[0].looping_runs == 1


def test_two_calls_other_arguments_unknown_ones_and_other_runs_are_no_loop(writing: Engine, reading: Engine) -> None:
    commit(
        writing,
        [
            batch(
                *(tool(number) for number in (1, 2)),
                *(tool(number, arguments_hash=f"{number}") for number in (3, 4, 5)),
                *(tool(number, tool_name="read", arguments_hash=None) for number in (6, 7, 8)),
                tool(1, trace_id="f" * 32),
            )
        ],
    )
    assert get_agent_report(reading, SCOPE, HOUR).loops == ()


def test_a_call_that_two_instrumentations_report_is_one_call(writing: Engine, reading: Engine) -> None:
    outer = [tool(number, parent=1) for number in (2, 3)]
    inner = [tool(number + 10, parent=number) for number in (2, 3)]
    commit(writing, [batch(span(1), *outer, *inner)])
    assert get_agent_report(reading, SCOPE, HOUR).loops == ()


def test_another_environment_is_left_out(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(tool(1, environment="prod"), agent(2, environment="staging"))])
    report = get_agent_report(reading, SCOPE, HOUR, "staging")
    assert (len(report.tools), len(report.agents)) == (0, 1)


def test_calls_come_a_page_at_a_time_without_gap_or_double(writing: Engine, reading: Engine) -> None:
    sent = [tool(number, start_s=number // 2) for number in range(1, PAGE_CALLS + 8)]
    commit(writing, [batch(*sent)])
    first = list_calls(reading, SCOPE, "search", HOUR)
    last = first[-1].record
    second = list_calls(reading, SCOPE, "search", HOUR, after=(last.start_ns, last.span_id))
    assert (len(first), len(second)) == (PAGE_CALLS, 7)
    told = [call.record.span_id for call in (*first, *second)]
    assert told == [s.span_id for s in sorted(sent, key=lambda s: (s.start_ns, s.span_id), reverse=True)]


def test_only_calls_that_went_wrong_are_read_when_asked(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(tool(1), tool(2, status="error"), tool(3, returned_error="none left"))])
    found = list_calls(reading, SCOPE, "search", HOUR, only_errors=True)
    assert [call.record.span_id[-1] for call in found] == ["3", "2"]
