"""What a span cost and why: tokens by kind, rates and their source, what is counted, and what the trace leaves open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.format import cut, escape_markdown, plural
from app.frames.span_facts import cost_parts, cost_source, counting
from collector.analysis.audit import Audit, AuditWarning
from collector.analysis.tree import Tree
from collector.store.records import SpanRecord

_MOST_WARNINGS = 10
_TITLES = {
    "usage_missing": "Usage is missing",
    "totals_differ": "Totals differ",
    "unpriced": "No price",
}


def cost(span: SpanRecord, tree: Tree, audit: Audit, on_choose: Callable[[str], None]) -> None:
    parts = cost_parts(span)
    if parts.empty:
        st.caption("This span reports neither tokens nor a cost.")
    else:
        st.table(parts)
        st.text(cost_source(span))
    if verdict := counting(span, tree):
        st.text(verdict)
        if not span.counted and tree.find(span.excluded_by) is not None:
            _go_to(span.excluded_by or "", tree, "instead", on_choose)
    _warnings(span, tree, audit, on_choose)


def _warnings(span: SpanRecord, tree: Tree, audit: Audit, on_choose: Callable[[str], None]) -> None:
    """Those of this span first, then what the rest of the trace leaves open."""
    own = [warning for warning in audit.warnings if warning.span_id == span.span_id]
    others = [warning for warning in audit.warnings if warning.span_id != span.span_id]
    for warning in own:
        _said(warning)
    if others:
        st.caption(f"Token audit: {plural(len(others), 'warning')} on other spans of this trace")
    for number, warning in enumerate(others[:_MOST_WARNINGS]):
        with st.container(border=True, key=f"warning_{number}", gap="xsmall"):
            _said(warning)
            _go_to(warning.span_id, tree, str(number), on_choose)
    if len(others) > _MOST_WARNINGS:
        st.caption(f"and {plural(len(others) - _MOST_WARNINGS, 'more', 'more')}")


def _said(warning: AuditWarning) -> None:
    st.markdown(f":orange[:material/warning: **{_TITLES.get(warning.code, escape_markdown(warning.code))}**]")
    st.text(warning.message)


def _go_to(span_id: str, tree: Tree, key: str, on_choose: Callable[[str], None]) -> None:
    node = tree.find(span_id)
    if node is not None:
        label = f"Go to {escape_markdown(cut(node.span.name, 60)) or 'it'}"
        st.button(
            label,
            icon=":material/arrow_forward:",
            key=f"go_{key}",
            type="tertiary",
            on_click=on_choose,
            args=(span_id,),
        )
