"""Spans as hypothesis draws them: of every kind, with all that decisions and sums depend on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from collector.store.rows import SpanRow
from tests.store.rows import span

_KNOWN = st.sampled_from([None, None, "a", "b"])
_TOKENS = st.sampled_from([None, None, 0, 1, 2])


@st.composite
def spans_of(draw: st.DrawFn, number: int, parent: int | None, **changes: Any) -> SpanRow:
    """Span `number` of a trace."""
    start_s = draw(st.integers(0, 5))
    sent = draw(_TOKENS)
    values: dict[str, Any] = {
        "kind": draw(st.sampled_from(["workflow", "agent", "llm", "llm", "tool", "embedder", "other"])),
        "parent": parent,
        "start_s": start_s,
        "end_s": draw(st.sampled_from([start_s, 5, 6, 9])),
        "status": draw(st.sampled_from(["ok", "ok", "error"])),
        "status_message": draw(_KNOWN),
        "pending": draw(st.sampled_from([False, False, False, True])),
        "input_tokens": sent,
        "output_tokens": draw(_TOKENS),
        "cost_nusd": sent,
        "cost_source": None if sent is None else "computed",
        "price": None if sent is None else f'{{"input": {sent}}}',
        "scope": draw(st.sampled_from(["a", "b"])),
        "response_id": draw(st.sampled_from([None, None, "r", "s"])),
        "request_model": draw(_KNOWN),
        "agent_name": draw(_KNOWN),
        "session_id": draw(_KNOWN),
        "version": draw(st.sampled_from([None, "v1", "prompt-0a1b2c3d", "v2"])),
        "tags": draw(st.sampled_from([None, '["x"]', '["y"]'])),
        "dimensions": draw(st.sampled_from([None, '{"team":"pay"}', '{"team":"ops","tenant":"acme"}'])),
        "input_preview": draw(_KNOWN),
        "output_preview": draw(_KNOWN),
    }
    return span(number, **(values | changes))
