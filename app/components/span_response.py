"""What a span answered: text, tool calls, reasoning, and why it stopped."""

from __future__ import annotations

import streamlit as st

from app.components.long_text import long_text
from app.components.look import look_switch
from app.components.messages import messages
from app.format import cut, escape_markdown
from app.frames.messages import messages_json
from collector.store.records import SpanDetail


def response(detail: SpanDetail) -> None:
    span = detail.record
    key = f"out_{span.span_id}"
    facts = {"finished by": span.finish_reason, "id": span.response_id}
    look = look_switch(
        "  ".join(f":gray[{name}] **{escape_markdown(cut(value, 28))}**" for name, value in facts.items() if value)
    )
    if look == "json" and detail.output:
        long_text(messages_json(detail.output), key, look)
    else:
        messages(detail.output, key, look)
    if detail.output_text:
        st.caption("Result" if span.kind == "tool" else "Output")
        long_text(detail.output_text, key, look)
    elif not detail.output:
        st.caption("This span has no end yet." if span.end_ns is None else "This span carries no output.")
