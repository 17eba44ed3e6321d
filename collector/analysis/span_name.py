"""What a span is called where people read it."""

from __future__ import annotations

import re
from typing import Protocol

_FIELD = re.compile(r"\{([^{}!:]{1,60})(?:!r)?(?::[^{}]{0,20})?\}")


class Named(Protocol):
    """What a span is called by."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def tool_name(self) -> str | None: ...
    @property
    def request_model(self) -> str | None: ...
    @property
    def response_model(self) -> str | None: ...
    @property
    def agent_name(self) -> str | None: ...
    @property
    def workflow(self) -> str | None: ...


def span_name(span: Named) -> str:
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
