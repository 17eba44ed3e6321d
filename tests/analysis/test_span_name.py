from __future__ import annotations

import pytest

from collector.analysis.span_name import span_name
from tests.analysis.spans import make_span


@pytest.mark.parametrize(
    ("sent", "known", "read"),
    [
        ("Function: {name}", {"tool_name": "get_weather"}, "Function: get_weather"),
        ("Agent run: {name!r}", {"agent_name": "writer"}, "Agent run: writer"),
        ("OpenAI Agents trace: {name}", {"workflow": "weather"}, "OpenAI Agents trace: weather"),
        ("Chat Completion with {request_data[model]!r}", {"request_model": "gpt-5"}, "Chat Completion with gpt-5"),
        ("took {duration:.2f}s", {}, "took {duration:.2f}s"),
        ("{name}", {"tool_name": "{name}"}, "{name}"),
        ("Function: {name}", {}, "Function: {name}"),
        ("{" * 50 + "}", {}, "{" * 50 + "}"),
        ("chat gpt-5", {"tool_name": "x"}, "chat gpt-5"),
    ],
)
def test_a_template_is_filled_with_what_is_known(sent: str, known: dict[str, object], read: str) -> None:
    assert span_name(make_span("a", None, name=sent, **known)) == read
