"""No attribute value makes normalising raise, or yields a figure that can't be true."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.messages import read_messages
from collector.pricing import price_span
from collector.semconv import genai, openinference, traceloop, vercel
from collector.semconv.index import INDEX
from collector.store.rows import SpanRow
from tests.collector.factories import event, received, row

COUNTS = [field for field in SpanRow.__slots__ if field.endswith("_tokens")]
MONEY = [field for field in SpanRow.__slots__ if field.endswith("_nusd")]
PREFIXES = (openinference.INPUT_MESSAGES, openinference.OUTPUT_MESSAGES, traceloop.PROMPT)
PATHS = ("message.role", "message.content", "message.tool_calls.0.tool_call", "role", "content", "tool_calls")
KEYS = [
    *INDEX,
    *(f"{prefix}0.{path}" for prefix in PREFIXES for path in PATHS),
    *(genai.INPUT_MESSAGES, genai.OUTPUT_MESSAGES, genai.SYSTEM_INSTRUCTIONS, genai.PROMPT, genai.COMPLETION),
    *(vercel.RESPONSE_TEXT, vercel.RESPONSE_TOOL_CALLS),
]  # fmt: skip
EVENTS = ["exception", genai.CHOICE_EVENT, *genai.EVENT_ROLES, genai.DETAILS_EVENT, traceloop.CHUNK_EVENT]

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
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
attributes = st.dictionaries(st.sampled_from(KEYS) | st.text(), values, max_size=12)
times = st.integers(0, 2**64 - 1)


@settings(max_examples=400, deadline=None)
@given(attributes, attributes, attributes, times, times, st.sampled_from(EVENTS), st.booleans(), st.booleans())
def test_any_attributes_become_a_row_that_can_be_stored(
    sent: dict[str, Any],
    told: dict[str, Any],
    resource: dict[str, Any],
    start_ns: int,
    end_ns: int,
    event_name: str,
    is_error: bool,
    is_root: bool,
) -> None:
    happened = event(event_name, start_ns)
    happened.attributes = told
    changes = {"parent_span_id": None} if is_root else {}
    span = row(
        sent, start_ns=start_ns, end_ns=end_ns, events=[happened], resource=resource, is_error=is_error, **changes
    )
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


@settings(max_examples=200, deadline=None)
@given(attributes, attributes, st.sampled_from(EVENTS))
def test_any_attributes_can_be_read_as_messages(sent: dict[str, Any], told: dict[str, Any], event_name: str) -> None:
    happened = event(event_name)
    happened.attributes = told
    for side in read_messages(received(sent).attributes, [happened]):
        for message in side:
            assert isinstance(message.role, str)
            assert all(part.text is None or isinstance(part.text, str) for part in message.parts)
