"""What a span is called where people read it."""

from __future__ import annotations

import re

from collector.store.records import SpanRecord

_FIELD = re.compile(r"\{([^{}!:]{1,60})(?:!r)?(?::[^{}]{0,20})?\}")


def span_name(span: SpanRecord) -> str:
    """The span's name. Logfire names spans by templates ("Function: {name}"): these are filled with what is known."""
    if "{" not in span.name:
        return span.name
    known = {
        "name": span.tool_name or span.agent_name or span.workflow,
        "gen_ai.tool.name": span.tool_name,
        "gen_ai.agent.name": span.agent_name,
        "gen_ai.request.model": span.request_model,
        "request_data[model]": span.request_model,
    }
    return _FIELD.sub(lambda field: known.get(field[1]) or field[0], span.name)
