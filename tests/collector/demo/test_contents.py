"""What a month of the demo shows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from collector.demo.generate import (
    PAIR_AFTER_TRACE_ID,
    PAIR_BEFORE_TRACE_ID,
    RUNAWAY_TRACE_ID,
    TWO_THOUSAND_TRACE_ID,
    WORKFLOWS,
)
from collector.demo.plan import DAY_NS
from collector.demo.workflows.invoice import NEW_ERROR
from tests.collector.demo.month import NOW_NS, DemoSpan, DemoTrace, is_error

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHE_READ, CACHE_WRITE = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
REASONING = "gen_ai.usage.reasoning.output_tokens"
MODELS = {
    "gpt-5",
    "gpt-5-mini",
    "claude-sonnet-4-5",
    "gemini-2.5-flash",
    "text-embedding-3-small",
}


def _model_calls(month: list[DemoTrace]) -> list[DemoSpan]:
    return [span for trace in month for span in trace.spans if span.attributes.get("gen_ai.operation.name") == "chat"]


def test_all_workflows_run_in_several_services_environments_and_versions(month: list[DemoTrace]) -> None:
    assert {trace.workflow for trace in month} == set(WORKFLOWS)
    assert {trace.root.resource["deployment.environment.name"] for trace in month} == {"prod", "staging"}
    versions = defaultdict(set)
    for trace in month:
        versions[trace.root.resource["service.name"]].add(trace.root.resource["service.version"])
    assert len(versions) == 3
    assert all(len(found) >= 3 for found in versions.values())
    prompts = {trace.root.attributes.get("gen_ai.prompt.version") for trace in month} - {None}
    assert {"12", "13", "14", "15", "42", "43"} <= prompts


def test_the_kinds_of_work_are_all_there(month: list[DemoTrace]) -> None:
    spans = [span.attributes for trace in month for span in trace.spans]
    operations = {span.get("gen_ai.operation.name") for span in spans}
    assert {"invoke_workflow", "invoke_agent", "chat", "execute_tool", "retrieval", "embeddings"} <= operations
    assert {span.get("openinference.span.kind") for span in spans} - {None} == {
        "CHAIN", "GUARDRAIL", "RETRIEVER", "EMBEDDING", "RERANKER", "LLM",
    }  # fmt: skip
    assert {span.get("gen_ai.request.model") for span in spans} - {None} == MODELS
    assert "llama-3.3-70b" in {span.get("llm.model_name") for span in spans}


def test_one_workflow_is_instrumented_with_openinference_only(month: list[DemoTrace]) -> None:
    for trace in month:
        is_openinference = trace.workflow == "rag.query"
        for span in trace.spans:
            assert ("openinference.span.kind" in span.attributes) == is_openinference
            if is_openinference:
                assert not any(name.startswith("gen_ai.") for name in span.attributes)


def test_token_parts_lie_within_their_sums(month: list[DemoTrace]) -> None:
    calls = [span for span in _model_calls(month) if INPUT in span.attributes]
    for span in calls:
        input_tokens, output_tokens = span.tokens(INPUT), span.tokens(OUTPUT)
        assert input_tokens
        assert output_tokens
        assert (span.tokens(CACHE_READ) or 0) + (span.tokens(CACHE_WRITE) or 0) <= input_tokens
        assert (span.tokens(REASONING) or 0) < output_tokens
    assert sum(bool(span.tokens(CACHE_READ)) for span in calls) > 500
    assert sum(bool(span.tokens(CACHE_WRITE)) for span in calls) > 100
    assert sum(bool(span.tokens(REASONING)) for span in calls) > 500


def test_openinference_token_parts_lie_within_their_sums(month: list[DemoTrace]) -> None:
    calls = [span for trace in month for span in trace.spans if span.attributes.get("openinference.span.kind") == "LLM"]
    for span in calls:
        prompt, completion = span.tokens("llm.token_count.prompt"), span.tokens("llm.token_count.completion")
        assert prompt
        assert completion
        assert (span.tokens("llm.token_count.prompt_details.cache_read") or 0) <= prompt
        assert (span.tokens("llm.token_count.completion_details.reasoning") or 0) <= completion
    assert calls


def test_response_ids_are_unique(month: list[DemoTrace]) -> None:
    ids = [span.attributes["gen_ai.response.id"] for span in _model_calls(month) if INPUT in span.attributes]
    assert len(set(ids)) == len(ids)


def test_the_first_chunk_comes_within_its_call(month: list[DemoTrace]) -> None:
    streamed = [span for span in _model_calls(month) if "gen_ai.response.time_to_first_chunk" in span.attributes]
    for span in streamed:
        seconds = span.attributes["gen_ai.response.time_to_first_chunk"]
        assert isinstance(seconds, float)
        assert 0 < seconds * 1e9 <= span.span.end_time_unix_nano - span.span.start_time_unix_nano
    assert streamed


def test_agent_loops_send_their_history_again(month: list[DemoTrace]) -> None:
    trace = next(trace for trace in month if trace.workflow == "research-agent.run" and trace.outcome == "ok")
    histories = [
        json.loads(str(span.attributes["gen_ai.input.messages"]))
        for span in _model_calls([trace])
        if "web.search" in str(span.attributes.get("gen_ai.tool.definitions"))
    ]
    assert len(histories) > 3
    for earlier, later in pairwise(histories):
        assert later[: len(earlier)] == earlier
        assert len(later) > len(earlier)


def test_tool_results_name_the_call_that_asked_for_them(month: list[DemoTrace]) -> None:
    for trace in month[:400]:
        asked = {
            part["id"]
            for span in trace.spans
            for message in json.loads(str(span.attributes.get("gen_ai.output.messages", "[]")))
            for part in message["parts"]
            if part["type"] == "tool_call"
        }
        ran = {
            span.attributes["gen_ai.tool.call.id"] for span in trace.spans if "gen_ai.tool.call.id" in span.attributes
        }
        assert ran == asked


def test_about_one_run_in_twenty_fails_and_some_recover(month: list[DemoTrace]) -> None:
    outcomes = Counter(trace.outcome for trace in month)
    assert 0.035 < outcomes["failed"] / len(month) < 0.065
    assert 0.02 < outcomes["recovered"] / len(month) < 0.06
    types = {name for trace in month if trace.outcome == "failed" for name in trace.root.exception_types}
    assert {"ToolTimeout", "ContextTooLong", "RateLimitError", "EmptyRetrieval", NEW_ERROR} <= types


def test_some_tools_answer_an_error_under_status_ok(month: list[DemoTrace]) -> None:
    refused = [
        span
        for trace in month
        for span in trace.spans
        if str(span.attributes.get("gen_ai.tool.call.result", "")).startswith('{"error":')
    ]
    assert len(refused) > 30
    assert not any(is_error(span.span) for span in refused)


@pytest.mark.parametrize("days_ago", range(3))
def test_the_new_error_is_of_the_last_day_only(month: list[DemoTrace], days_ago: int) -> None:
    seen = sum(
        NEW_ERROR in trace.root.exception_types for trace in month if (NOW_NS - trace.start_ns) // DAY_NS == days_ago
    )
    assert bool(seen) == (days_ago == 0)


def test_sessions_have_turns_of_one_user_that_grow(month: list[DemoTrace]) -> None:
    sessions: dict[object, list[DemoTrace]] = defaultdict(list)
    for trace in month:
        if trace.workflow == "support-bot.answer":
            sessions[trace.root.attributes["session.id"]].append(trace)
    several = [turns for turns in sessions.values() if len(turns) > 1]
    assert len(several) > 100
    for turns in several:
        assert len({turn.root.attributes["user.id"] for turn in turns}) == 1
        firsts = [json.loads(str(_model_calls([turn])[0].attributes["gen_ai.input.messages"])) for turn in turns]
        assert [len(messages) for messages in firsts] == [1 + 2 * number for number in range(len(turns))]


def test_every_run_has_a_user_and_most_a_team_and_tags(month: list[DemoTrace]) -> None:
    assert all(trace.root.attributes.get("user.id") for trace in month)
    assert len({trace.root.attributes["user.id"] for trace in month}) > 100
    teams = {trace.root.attributes.get("team") for trace in month if trace.workflow != "rag.query"}
    assert teams == {"customer-care", "research", "engineering", "finance"}
    assert all(trace.root.attributes.get("tags") or trace.root.attributes.get("tag.tags") for trace in month)


def test_the_large_trace_has_two_thousand_spans_many_at_once(by_id: dict[str, DemoTrace]) -> None:
    large = by_id[TWO_THOUSAND_TRACE_ID]
    assert len(large.spans) == 2_000
    assert large.workflow == "nightly.digest"
    assert NOW_NS - large.start_ns < 2 * DAY_NS
    work_ms = sum(
        (span.span.end_time_unix_nano - span.span.start_time_unix_nano) / 1e6 for span in large.named("summarise")
    )
    assert work_ms > 8 * large.duration_ms


def test_the_cost_jumps_on_one_day_twelve_days_back(month: list[DemoTrace], by_id: dict[str, DemoTrace]) -> None:
    runaway = by_id[RUNAWAY_TRACE_ID]
    age_days = (NOW_NS - runaway.start_ns) // DAY_NS
    assert age_days == 12
    spent = Counter[int]()
    for trace in month:
        spent[(NOW_NS - trace.start_ns) // DAY_NS] += sum(
            span.tokens(INPUT) or 0
            for span in _model_calls([trace])
            if span.attributes["gen_ai.request.model"] == "gpt-5"
        )
    others = sorted(tokens for day, tokens in spent.items() if day != age_days)
    assert spent[age_days] > 8 * others[-1]


def test_the_pair_is_as_described(by_id: dict[str, DemoTrace]) -> None:
    before, after = by_id[PAIR_BEFORE_TRACE_ID], by_id[PAIR_AFTER_TRACE_ID]
    assert [len(trace.spans) for trace in (before, after)] == [34, 41]
    assert [trace.outcome for trace in (before, after)] == ["ok", "recovered"]
    assert [trace.root.attributes["gen_ai.prompt.version"] for trace in (before, after)] == ["42", "43"]
    assert [round(trace.duration_ms / 1000, 2) for trace in (before, after)] == [10.11, 14.21]
    assert [trace.sum(INPUT) + trace.sum(OUTPUT) for trace in (before, after)] == [16_034, 26_757]
    assert [is_error(span.span) for span in after.named("search")] == [True, True, True, False]
    assert [is_error(span.span) for span in before.named("search")] == [False]
    checks = [trace.named("policy.check")[0].attributes["gen_ai.request.model"] for trace in (before, after)]
    assert checks == ["gpt-5-mini", "gemini-2.5-flash"]


def test_three_words_of_one_prompt_tell_the_pair_apart(by_id: dict[str, DemoTrace]) -> None:
    def prompts(trace_id: str) -> dict[str, str]:
        calls = _model_calls([by_id[trace_id]])
        return {span.span.name: str(span.attributes["gen_ai.system_instructions"]) for span in calls}

    before, after = prompts(PAIR_BEFORE_TRACE_ID), prompts(PAIR_AFTER_TRACE_ID)
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert changed == {"plan.search", "summarise.findings"}
    words = zip(before["plan.search"].split(), after["plan.search"].split(), strict=True)
    assert [(old, new) for old, new in words if old != new] == [
        ("short", "full"), ("plain", "quoted"), ("keywords", "sentences"),
    ]  # fmt: skip


def test_the_first_of_the_pair_is_the_last_good_run_before_the_second(
    month: list[DemoTrace], by_id: dict[str, DemoTrace]
) -> None:
    after = by_id[PAIR_AFTER_TRACE_ID]
    earlier = [trace for trace in month if trace.workflow == after.workflow and trace.start_ns < after.start_ns]
    assert earlier[-1].trace_id == PAIR_BEFORE_TRACE_ID
    normal_ms = sorted(trace.duration_ms for trace in earlier[-50:])
    assert len(normal_ms) == 50
    assert normal_ms[-1] < after.duration_ms
