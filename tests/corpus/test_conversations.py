"""What released clients send, read as a conversation: every message once, and results beside their calls."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import Engine

from collector.analysis.calls import model_calls
from collector.analysis.conversation import Exchange, Turn, answered, conversation, unanswered
from collector.analysis.tree import Tree, build_tree
from collector.detail import read_detail
from collector.store.reads import spans
from collector.store.records import Part
from tests.conftest import SCOPE
from tests.corpus.recordings import Run, runs, spans_of

WITH_TOOLS = (
    *(
        "smolagents-openinference",
        "langsmith",
        "msgflux",
        "langchain-openinference",
        "langchain-traceloop",
        "llamaindex-openinference",
    ),
    *("msgflux-patched-sdk", "openai-agents-openinference", "openai-agents-logfire", "openai-openinference"),
    *("pydantic-ai", "vercel-ai-5"),
)


def trees(stored: Engine, run: Run) -> list[Tree]:
    trace_ids = sorted({span.trace_id.hex() for span in spans_of(run)})
    return [build_tree(spans.list_spans(stored, SCOPE, trace_id)) for trace_id in trace_ids]


def turns(stored: Engine, tree: Tree) -> tuple[Turn, ...]:
    calls = model_calls(tree)
    ids = [tree.nodes[call.position].span.span_id for call in calls]
    trace_id = tree.nodes[0].span.trace_id
    told = [read_detail(found) for found in spans.list_stored(stored, SCOPE, trace_id, ids)]
    return conversation(
        [
            Exchange(span_id=detail.record.span_id, thread=call.agent, sent=detail.input, received=detail.output)
            for call, detail in zip(calls, told, strict=True)
        ]
    )


@pytest.mark.parametrize("run", runs(), ids=str)
def test_no_recording_says_a_message_twice_in_one_thread(recorded: Engine, run: Run) -> None:
    for tree in trees(recorded, run):
        found = turns(recorded, tree)
        assert len(found) == len(model_calls(tree))
        agents = {tree.nodes[call.position].span.span_id: call.agent for call in model_calls(tree)}
        systems = Counter(
            (agents[turn.span_id], said.message)
            for turn in found
            for said in turn.said
            if said.message.role == "system" and agents[turn.span_id] is not None
        )
        assert max(systems.values(), default=1) == 1


@pytest.mark.parametrize("client", WITH_TOOLS)
def test_results_stand_beside_their_calls(recorded: Engine, client: str) -> None:
    results: list[Part] = []
    for run in runs():
        if run.client == client:
            for tree in trees(recorded, run):
                tools = {n.span.tool_call_id: n.span for n in tree.nodes if n.span.tool_call_id}
                found = turns(recorded, tree)
                asked = [call for turn in found for call in unanswered([turn]) if call in tools]
                read = [
                    (call, read_detail(spans.get_span(recorded, SCOPE, tools[call].trace_id, tools[call].span_id)))
                    for call in asked
                ]
                texts = {call: detail.output_text for call, detail in read if detail.output_text}
                whole = [answered(turn, texts) for turn in found]
                results += [part for turn in whole for said in turn.said for part in said.results.values()]
    assert results
    assert all(part.type == "tool_result" for part in results)
