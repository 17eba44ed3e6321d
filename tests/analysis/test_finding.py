from __future__ import annotations

import pytest

from collector.analysis.finding import find_spans
from collector.analysis.tree import build_tree
from collector.store.records import ExceptionNote
from tests.analysis.spans import make_span

TREE = build_tree(
    [
        make_span("a", None, 0, 9, kind="agent", name="Support", agent_name="Ada"),
        make_span("b", "a", 1, 2, kind="llm", name="chat", response_model="gpt-5-mini"),
        make_span("c", "a", 3, 4, kind="tool", name="execute", tool_name="search", status_message="STRASSE closed"),
        make_span(
            "d", "a", 5, 6, exceptions=(ExceptionNote(type="Timeout", message="no answer"),), returned_error="odd"
        ),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("support", "a"),
        ("ADA", "a"),
        ("gpt-5", "b"),
        ("search", "c"),
        ("straße", "c"),
        ("timeout", "d"),
        ("answer", "d"),
        ("odd", "d"),
        ("a", "abcd"),
        ("nowhere", ""),
        ("  ", ""),
    ],
)
def test_a_text_is_found_in_names_models_and_errors(text: str, found: str) -> None:
    assert "".join(span_id for span_id in find_spans(TREE, text) if len(span_id) == 1) == found
