from __future__ import annotations

from tests.collector.integration.conftest import Run
from tests.collector.integration.sink import Sink, tree


def test_spans_nest_and_attributes_reach_the_current_one(sink: Sink, run: Run) -> None:
    run("nested_spans", sink.url)
    assert tree(sink.spans) == [
        ("aflow", None),
        ("amodule", "aflow"),
        ("aspan", "amodule"),
        ("flow", None),
        ("module", "flow"),
        ("plain", None),
        ("span", "module"),
    ]
    attributes = {span.name: span.attributes for span in sink.spans}
    assert attributes["flow"] == {"span.type": "flow"}
    assert attributes["aflow"] == {"span.type": "flow", "session.id": "s-1"}
    assert attributes["span"] == {"user.id": "u-1"}
    assert attributes["aspan"] == {"gen_ai.request.model": "gpt-4o-mini"}


def test_a_module_takes_its_type_as_a_second_positional(sink: Sink, run: Run) -> None:
    run("nested_spans", sink.url)
    attributes = {span.name: span.attributes for span in sink.spans}
    assert attributes["module"] == {"span.type": "module", "module.name": "module", "module.type": "retriever"}
    assert attributes["amodule"] == {
        "span.type": "module",
        "module.name": "amodule",
        "module.type": "agent",
        "gen_ai.agent.name": "amodule",
        "colour": "red",
    }
    assert attributes["plain"] == {"span.type": "module", "module.name": "plain"}


def test_decorators_nest_whether_applied_before_or_after(sink: Sink, run: Run) -> None:
    assert run("decorated", sink.url).answer == [1, 2]
    assert tree(sink.spans) == [
        ("asynchronous", None),
        ("before", None),
        ("coroutine", "asynchronous"),
        ("inner", "before"),
        ("inner", "coroutine"),
    ]
    attributes = {span.name: span.attributes for span in sink.spans}
    assert attributes["before"] == {
        "mcp.operation": "connect",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.description": "Searches",
    }
    assert attributes["inner"] == {"gen_ai.agent.name": "scout", "gen_ai.agent.id": "a-1"}
    assert attributes["asynchronous"] == {"size": 3, "gen_ai.tool.name": "asearch"}
    assert attributes["coroutine"] == {"gen_ai.agent.name": "ascout"}


def test_an_exception_is_recorded_once_and_an_interrupt_is_no_error(sink: Sink, run: Run) -> None:
    run("raising", sink.url)
    failed, interrupted = sink.spans
    assert [name for name, _ in failed.events] == ["exception"]
    assert failed.is_error
    assert not interrupted.is_error
    assert interrupted.events == []


def test_a_fixed_sdk_is_left_as_it_is(sink: Sink, run: Run) -> None:
    assert run("fixed_sdk", sink.url).answer is True
    assert tree(sink.spans) == [("inner", "outer"), ("outer", None)]
