"""What happened during a span, and the spans it points to."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components.long_text import long_text
from app.format import cut, duration_ns, escape_markdown, plural
from app.frames.attributes import value_text
from collector.store.records import ExceptionRecord, SpanDetail, SpanEvent

STACKTRACE = "exception.stacktrace"
"""Laid out by its lines, as code is."""
_SHORT_VALUE = 300
"""Characters; longer attributes stand below the list, each whole."""
_MOST_EVENTS = 50


def events(detail: SpanDetail) -> None:
    span = detail.record
    if not detail.events and not detail.links:
        st.caption("This span has no events.")
    page = 1
    if len(detail.events) > _MOST_EVENTS:
        st.caption(plural(len(detail.events), "event"))
        page = st.pagination(-(-len(detail.events) // _MOST_EVENTS), key=f"page_events_{span.span_id}")
    for number in range((page - 1) * _MOST_EVENTS, min(page * _MOST_EVENTS, len(detail.events))):
        _event(detail.events[number], span.start_ns, f"event_{span.span_id}_{number}")
    for link in detail.links:
        st.caption("Link to another span")
        st.code(f"trace {link.trace_id}\nspan {link.span_id}", language=None)


def exception(told: ExceptionRecord, key: str) -> None:
    with st.container(border=True, key=f"exception_{key}"):
        st.markdown(f":red[:material/close: **{escape_markdown(cut(told.type or 'Exception', 120))}**]")
        if told.message:
            long_text(told.message, f"said_{key}")
        if told.stacktrace:
            with st.expander(
                "Stack trace", expanded=True, type="compact", key=f"trace_{key}", on_change="rerun"
            ) as folded:
                if folded.open:
                    long_text(told.stacktrace, f"stack_{key}", "markdown")


def _event(event: SpanEvent, span_start_ns: int, key: str) -> None:
    offset = duration_ns(event.time_ns - span_start_ns)
    with st.container(border=True, key=f"happened_{key}", gap="xsmall"):
        st.markdown(f"**{escape_markdown(cut(event.name, 120)) or '(no name)'}** :gray[:small[after {offset}]]")
        _attributes(event.attributes, key)


def _attributes(values: Mapping[str, object], key: str) -> None:
    texts = {name: value_text(value) for name, value in values.items()}
    short = {name: values[name] for name, text in texts.items() if len(text) <= _SHORT_VALUE and "\n" not in text}
    if short:
        st.json(short, expanded=1)
    for number, (name, text) in enumerate((n, t) for n, t in texts.items() if n not in short):
        st.text(name)
        long_text(text, f"{key}_{number}", "markdown" if name == STACKTRACE else "text")
