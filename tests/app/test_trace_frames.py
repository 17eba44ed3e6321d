from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from app.frames.agent_graph import dot, edge_rows, summary
from app.frames.attributes import attribute_rows, kind, value_text
from app.frames.listing import Cell
from app.frames.marks import score_text, thumb_of
from app.frames.messages import messages_json
from app.frames.offered_tools import offered_tools
from app.frames.steps import loop_sentence, step_columns, step_rows
from app.theme import DARK, LIGHT
from collector.analysis.agent_graph import agent_graph
from collector.analysis.loops import Loop
from collector.analysis.steps import Call, compare, steps
from collector.analysis.tree import build_tree
from collector.store.records import Message, Part, Score
from tests.analysis.spans import make_span
from tests.app.samples import HOSTILE


def test_attributes_are_found_by_name_and_value_in_any_case() -> None:
    values = {"gen_ai.model": "GPT", "service.name": "Shop", "n": 7}
    assert list(attribute_rows(values, "gpt gen")["name"]) == ["gen_ai.model"]
    assert list(attribute_rows(values, "SHOP")["name"]) == ["service.name"]
    assert list(attribute_rows(values)["name"]) == ["gen_ai.model", "n", "service.name"]


def test_values_are_told_with_their_types_and_whole() -> None:
    sent = [True, 7, 0.5, "a", b"\x0a", [1], {"a": b"\x0b"}, None]
    told = ["true or false", "integer", "number", "text", "bytes, as hex", "list of 1", "map of 1", "empty"]
    assert [kind(value) for value in sent] == told
    assert [value_text(value) for value in sent] == ["true", "7", "0.5", "a", "0a", "[1]", '{"a": "0b"}', "null"]


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.binary() | st.lists(st.text())))
def test_every_attribute_has_a_row_on_one_line(values: dict[str, object]) -> None:
    rows = attribute_rows(values)
    assert sorted(rows["name"]) == sorted(values)
    assert not [text for text in rows["value"] if "\n" in text]


def test_a_tool_is_read_in_each_providers_shape() -> None:
    schema = {"properties": {"q": {}, "top_k": {}}, "required": ["q"]}
    shapes = (
        {"name": "search", "description": "d", "parameters": schema},
        {"type": "function", "function": {"name": "search", "description": "d", "parameters": schema}},
        {"name": "search", "description": "d", "input_schema": schema},
        {"name": "search", "description": "d", "inputSchema": {"jsonSchema": schema}},
    )
    for shape in shapes:
        (tool,) = offered_tools([shape])
        assert (tool.name, tool.description, tool.parameters) == ("search", "d", ("q*", "top_k"))
    (nonsense,) = offered_tools([{"name": 7, "parameters": "x", "function": None}])
    assert (nonsense.name, nonsense.parameters) == ("", ())


def test_messages_as_json_leave_out_what_is_not_known() -> None:
    told = messages_json([Message(role="user", parts=(Part(type="text", text="\ud800 hi"),))])
    assert '"role": "user"' in told
    assert "\\ud800 hi" in told
    assert "name" not in told


AGENT = make_span("agent", kind="agent", end=1000, agent_name="helper")
TOOLS = [
    make_span("t1", "agent", 1, 2, kind="tool", tool_name="search"),
    make_span("t2", "agent", 3, 4, kind="tool", tool_name="search", status="error", status_message="no answer"),
    make_span("m", "agent", 5, 6, kind="llm", input_tokens=3, counted=True),
]


def shown(calls: dict[str, Call], name: str) -> list[str]:
    found = steps(build_tree([AGENT, *TOOLS]))
    rows = step_rows(found, compare(found, calls), calls, {"t1": 4, "t2": 6}, str)
    at = [column.id for column in step_columns(found)].index(name)
    return [cell.text for row in rows if isinstance(cell := row.cells[at], Cell)]


def test_a_step_tells_what_changed_in_its_arguments_and_how_it_ended() -> None:
    told = {"t1": Call('{"q": "a", "n": 6}', '{"found": 2}'), "t2": Call('{"q": "b", "n": 6}', None)}
    assert shown(told, "arguments") == ["q a, n 6", "q b (was a)", ""]
    assert shown(told, "result") == ["found 2", "✕ no answer", ""]
    assert shown(told, "action") == ["search", "search", "answers"]


def test_a_step_says_its_numbers_in_the_waterfall() -> None:
    assert shown({}, "calls") == ["4", "6", ""]


def test_a_step_of_unknown_cost_says_so_and_a_free_one_says_nothing() -> None:
    assert shown({}, "cost") == ["", "", "unknown"]


def test_a_loop_is_told_with_its_place() -> None:
    def told(kind: str, *numbers: int, names: tuple[str, ...] = ("search",), is_end: bool = False) -> str:
        return loop_sentence(Loop(kind, names, numbers, is_end), 9)

    assert told("same", 5, 6, 7, 8, 9, is_end=True) == "The last 5 steps call “search” with the same arguments."
    assert told("same", 3, 4, 5) == "Steps 3 to 5 call “search” with the same arguments."
    assert told("failing", 2, 4, 6) == "3 steps from 2 to 6 call “search”, and each of them fails."
    assert "back and forth between “a” and “b”" in told("alternating", 1, 2, 3, 4, names=("a", "b"))
    assert told("same", 5, 6, 7, is_end=True).endswith(", and then the agent ends.")


def graph(name: str):  # type: ignore[no-untyped-def]
    inner = make_span("b", "a", 1, 5, kind="agent", agent_name=name, cost_usd=0.5, counted=True)
    return agent_graph(build_tree([make_span("a", kind="agent", end=9), inner, *TOOLS]))


def test_the_graph_tells_calls_errors_and_cost() -> None:
    found = graph("billing")
    drawn = dot(found, LIGHT)
    assert drawn.count("->") == len(found.edges) == 1
    assert "$0.5000" in drawn
    assert [row.label for row in edge_rows(found, str)] == ["span to billing"]
    assert summary(found).startswith("2 agents and")


@given(st.text())
def test_a_name_never_leaves_its_quotes(name: str) -> None:
    for palette in (LIGHT, DARK):
        for line in dot(graph(name + '"];x[URL="http://evil.example'), palette).splitlines():
            outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
            assert '"' not in outside
            assert "URL" not in outside
            assert "<" not in line.replace("->", "")


def test_thumbs_and_scores_are_short_text() -> None:
    def score(name: str, value: float | None, label: str | None = None, source: str = "person") -> Score:
        return Score(id="a", name=name, value=value, label=label, comment=None, span_id=None, source=source)

    assert thumb_of([score("thumbs", -1.0)]) is False
    assert thumb_of([score("thumbs", 1.0, source="api"), score("other", 1.0)]) is None
    assert score_text(score("tone", None, "polite"), 40) == "tone polite"
    assert score_text(score("helpful", 0.82), 40) == "helpful 0.82"
    assert "\n" not in score_text(score(HOSTILE + "\n", 1), 40)
