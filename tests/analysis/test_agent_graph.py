from __future__ import annotations

from hypothesis import given

from collector.analysis.agent_graph import MOST_NODES, agent_graph, has_several_agents
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists

SPANS = [
    make_span("w", kind="workflow", name="support", end=100),
    make_span("a", "w", 0, 50, kind="agent", agent_name="triage"),
    make_span("b", "w", 50, 100, kind="agent", name="billing"),
    make_span("m", "a", 1, 2, kind="llm", counted=True, cost_usd=0.25),
    make_span("t1", "a", 3, 5, kind="tool", tool_name="search"),
    make_span("t2", "a", 5, 9, kind="tool", tool_name="search", status="error"),
    make_span("h", "t2", 6, 8, kind="tool", name="http.post", status="error"),
    make_span("t3", "b", 60, 61, kind="tool", tool_name="search"),
]


def test_who_called_whom_how_often_and_how_it_went() -> None:
    graph = agent_graph(build_tree(SPANS))
    names = [node.name for node in graph.nodes]
    assert names == ["support", "triage", "search", "billing"]
    assert [(names[e.caller], names[e.callee], e.calls, e.errors, e.time_ns) for e in graph.edges] == [
        ("support", "triage", 1, 0, 50),
        ("triage", "search", 2, 1, 6),
        ("support", "billing", 1, 0, 50),
        ("billing", "search", 1, 0, 1),
    ]


def test_a_node_tells_what_it_did_itself_and_an_edge_what_it_led_to() -> None:
    graph = agent_graph(build_tree(SPANS))
    triage = graph.nodes[1]
    assert (triage.kind, triage.model_calls, triage.cost_usd, graph.nodes[0].cost_usd) == ("agent", 1, 0.25, None)
    assert (graph.edges[0].cost_usd, graph.edges[1].cost_usd) == (0.25, None)


def test_an_edge_leads_to_its_first_failure() -> None:
    assert [edge.first_span_id for edge in agent_graph(build_tree(SPANS)).edges] == ["a", "t2", "b", "t3"]


def test_one_agent_however_often_is_not_several() -> None:
    again = make_span("a2", "w", 50, 60, kind="agent", agent_name="triage")
    assert has_several_agents(build_tree(SPANS))
    assert not has_several_agents(build_tree([SPANS[0], SPANS[1], again]))


def test_a_crowd_is_cut_to_the_most_called() -> None:
    crowd = [make_span(f"{n:03}", "w", n, n + 1, kind="tool", name=f"tool {n}") for n in range(MOST_NODES + 9)]
    graph = agent_graph(build_tree([*SPANS, *crowd]))
    assert (len(graph.nodes), graph.left_out) == (MOST_NODES, 13)
    assert all(edge.callee < MOST_NODES and edge.caller < MOST_NODES for edge in graph.edges)


@given(span_lists())
def test_every_call_of_a_node_with_a_caller_is_on_an_edge(spans: list[SpanRecord]) -> None:
    graph = agent_graph(build_tree(spans))
    for place, node in enumerate(graph.nodes):
        assert sum(edge.calls for edge in graph.edges if edge.callee == place) <= node.calls
    assert all(0 <= edge.errors <= edge.calls for edge in graph.edges)
