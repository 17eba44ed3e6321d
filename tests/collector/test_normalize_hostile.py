"""No attribute value makes normalising raise, or yields a figure that can't be true.

MSGTRACE_FUZZ_EXAMPLES=200000 tries that many inputs instead of the 2,000 that CI tries.
"""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.messages import read_messages
from collector.normalize import normalize
from collector.pricing import price_span
from collector.semconv import genai, openinference, strands, traceloop, vercel
from collector.semconv.index import INDEX
from collector.store.rows import SpanRow
from tests.collector.factories import event, received, row

EXAMPLES = int(os.environ.get("MSGTRACE_FUZZ_EXAMPLES", "2000" if os.environ.get("CI") == "true" else "300"))
COUNTS = [field for field in SpanRow.__slots__ if field.endswith("_tokens")]
MONEY = [field for field in SpanRow.__slots__ if field.endswith("_nusd")]
PREFIXES = (openinference.INPUT_MESSAGES, openinference.OUTPUT_MESSAGES, traceloop.PROMPT)
COMPLETIONS = ((openinference.PROMPTS, "prompt"), (openinference.CHOICES, "completion"))
PATHS = ("message.role", "message.content", "message.tool_calls.0.tool_call", "role", "content", "tool_calls")
KEYS = [
    *INDEX,
    *(f"{prefix}0.{path}" for prefix in PREFIXES for path in PATHS),
    *(genai.INPUT_MESSAGES, genai.OUTPUT_MESSAGES, genai.SYSTEM_INSTRUCTIONS, genai.PROMPT, genai.COMPLETION),
    *(vercel.RESPONSE_TEXT, vercel.RESPONSE_TOOL_CALLS, vercel.RESPONSE_REASONING, strands.SYSTEM_PROMPT),
    *(f"{prefix}0.{name}.text" for prefix, name in COMPLETIONS),
]  # fmt: skip
EVENTS = ["exception", genai.CHOICE_EVENT, *genai.EVENT_ROLES, genai.DETAILS_EVENT, *traceloop.CHUNK_EVENTS]
NAMES = ["call_llm", "agent run", "running tool: x", "haystack.agent.step.tool", "workflow.run", "", "\0\ud800"]
SCOPES = ["", "gcp.vertex.agent", "pydantic-ai", "livekit-agents", "agent_framework"]

USAGE_NAMES = [
    *("input", "output", "total", "cost", "input_tokens", "output_tokens", "total_tokens", "prompt_tokens"),
    *("completion_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "thoughts_token_count"),
    *("cachedContentTokens", "prompt_tokens_details", "output_token_details", "cached_tokens", "reasoning", "usage"),
    *("usage_metadata", "replies", "meta", "message", "messages", "role", "content", "parts", "data", "kwargs", "type"),
]
json_texts = st.sampled_from(
    [
        '[{"role": "user", "content": [{"type": "text", "text": null}]}]',
        '[{"role": null, "parts": [{"type": 3}, [], null, "x"]}]',
        '{"messages": [[{"lc": 1, "kwargs": {"content": {"a": []}, "type": "human"}}]]}',
        '{"choices": [{"message": {"tool_calls": [{"function": null}, 3]}}]}',
        '{"args": [[]], "kwargs": {}}',
        '{"error": [[]], "isError": true, "content": [1, null]}',
        '{"status": "error", "data": {"data": {"error": {"message": 5}}}}',
        "[" * 900 + "]" * 900,
        '{"message":' * 300 + "{}" + "}" * 300,
        '[{"type": "image", "image": ' + '{"image":' * 200 + "1" + "}" * 200 + "}]",
        '{"a": "\\ud800"}',
        "[1, 2",
        "null",
        '""',
    ]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary(), json_texts,
    st.sampled_from(["chat", "tool", "agent", "LLM", "workflow", "pending_span", "12", "-3", "1e400", "\0", "\ud800"]),
)  # fmt: skip
names = st.sampled_from(USAGE_NAMES) | st.text(max_size=8)
structures = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=8
)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A structure as JSON, once or twice quoted, maybe cut off."""
    text = json.dumps(draw(structures), default=repr)
    text = json.dumps(text) if draw(st.booleans()) else text
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


values = scalars | structures | written()
attributes = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), values, max_size=12)
times = st.integers(0, 2**64 - 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    attributes, attributes, attributes, times, times, st.sampled_from(EVENTS), st.sampled_from(NAMES),
    st.sampled_from(SCOPES), st.booleans(), st.booleans(),
)  # fmt: skip
def test_any_attributes_become_a_row_that_can_be_stored(
    sent: dict[str, Any],
    told: dict[str, Any],
    resource: dict[str, Any],
    start_ns: int,
    end_ns: int,
    event_name: str,
    name: str,
    scope_name: str,
    is_error: bool,
    is_root: bool,
) -> None:
    happened = event(event_name, start_ns)
    happened.attributes = told
    changes: dict[str, Any] = {"name": name, "scope_name": scope_name, "is_error": is_error}
    if is_root:
        changes["parent_span_id"] = None
    span = row(sent, start_ns=start_ns, end_ns=end_ns, events=[happened], resource=resource, **changes)
    price_span(span)
    for field in COUNTS:
        counted = getattr(span, field)
        assert counted is None or (type(counted) is int and 0 <= counted <= 2**53), field
    for field in (*MONEY, "time_to_first_token_ns"):
        amount = getattr(span, field)
        assert amount is None or (type(amount) is int and 0 <= amount < 2**63), field
    for field in SpanRow.__slots__:
        text = getattr(span, field)
        if isinstance(text, str):
            assert "\0" not in text
            text.encode()
    assert span.cost_source in (None, "reported", "computed")
    assert (span.cost_nusd is None) == (span.cost_source is None)


@settings(max_examples=EXAMPLES // 20, deadline=None)
@given(st.lists(st.tuples(attributes, st.integers(0, 2), st.sampled_from(EVENTS)), min_size=2, max_size=5),
       st.lists(st.tuples(attributes, st.sampled_from(SCOPES)), min_size=3, max_size=3))  # fmt: skip
def test_a_span_is_read_alone_as_among_others(
    sent: list[tuple[dict[str, Any], int, str]], scopes: list[tuple[dict[str, Any], str]]
) -> None:
    spans = [
        received(
            told,
            events=[event(happened)],
            resource=scopes[at][0],
            scope_name=scopes[at][1],
            resource_scope_id=bytes([at]),
        )
        for told, at, happened in sent
    ]
    alone = [row for span in spans for row in normalize([span], project_id="default", received_ns=1)]
    assert normalize(spans, project_id="default", received_ns=1) == alone


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(attributes, attributes, st.sampled_from(EVENTS))
def test_any_attributes_can_be_read_as_messages(sent: dict[str, Any], told: dict[str, Any], event_name: str) -> None:
    happened = event(event_name)
    happened.attributes = told
    for side in read_messages(received(sent).attributes, [happened]):
        for message in side:
            assert isinstance(message.role, str)
            assert all(part.text is None or isinstance(part.text, str) for part in message.parts)
