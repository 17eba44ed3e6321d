"""The selected span: facts, then what went in and out, attributes, events and cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app import state
from app.components.marks import Marking, span_marks
from app.components.removed import no_longer_kept
from app.components.span_attributes import attributes
from app.components.span_cost import cost
from app.components.span_events import events, exception
from app.components.span_request import request
from app.components.span_response import response
from app.format import cut, escape_markdown
from app.frames.span_facts import facts
from app.selection import TABS
from app.theme import KIND_ICONS
from collector.analysis.audit import Audit, audit
from collector.analysis.calls import call_before
from collector.analysis.failures import failed_calls, has_failed
from collector.analysis.span_name import span_name
from collector.analysis.tree import SpanNode, Tree
from collector.store.records import SpanDetail, SpanRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a panel needs beside its span."""

    tree: Tree
    detail: Callable[[str], SpanDetail]
    """Reads a span of the tree whole, by its span_id."""
    choose: Callable[[str], None]
    """To be called with a span_id, before the page is drawn again."""
    marking: Marking


def span_panel(detail: SpanDetail, node: SpanNode, panel: Panel) -> None:
    with st.container(border=True, key="span_panel", gap="small"):
        _title(detail.record, node, panel.tree)
        first, *others = facts(node, panel.tree.start_ns)
        st.markdown(f"**{escape_markdown(first)}** " + "".join(f" :gray[·] {escape_markdown(fact)}" for fact in others))
        _failure(detail)
        _tabs(detail, panel)
        span_marks(detail.record.span_id, detail.scores, panel.marking)


def nothing_selected() -> None:
    with st.container(border=True, key="span_panel"):
        st.caption("Click a bar or a row to see its span.")


def _tabs(detail: SpanDetail, panel: Panel) -> None:
    """Only the open one is drawn: the others would cost the browser as much again. It stays open for the next span."""
    selection = state.current()
    draw: dict[str, Callable[[], None]] = {
        "request": lambda: request(detail, _before(detail.record, panel), failed_calls(panel.tree)),
        "response": lambda: response(detail),
        "attributes": lambda: attributes(detail),
        "events": lambda: events(detail),
        "cost": lambda: cost(detail.record, panel.tree, _audit(panel.tree), panel.choose),
    }
    labels = [tab.capitalize() for tab in TABS]
    key = state.follow_as("tab", selection.tab.capitalize())
    tabs = st.tabs(labels, key=key, on_change=state.take_lower, args=("tab",))
    for name, tab in zip(TABS, tabs, strict=True):
        if name == selection.tab:
            with tab:
                if detail.content_removed and name not in ("attributes", "cost"):
                    no_longer_kept()
                else:
                    draw[name]()


def _before(span: SpanRecord, panel: Panel) -> SpanDetail | None:
    before = call_before(panel.tree, span.span_id) if span.kind == "llm" else None
    return None if before is None else panel.detail(before)


def _audit(tree: Tree) -> Audit:
    return audit([node.span for node in tree.nodes])


def _title(span: SpanRecord, node: SpanNode, tree: Tree) -> None:
    icon = KIND_ICONS.get(span.kind, KIND_ICONS["other"])
    name = escape_markdown(cut(span_name(span), 120)) or "(no name)"
    where = "its parent never arrived" if node.is_orphan else ""
    if node.parent is not None:
        where = f"in {escape_markdown(cut(span_name(tree.nodes[node.parent].span), 60))}"
    with st.container(key="span_name"):
        st.markdown(f"{icon} **{name}** :gray-badge[{escape_markdown(span.kind)}] :gray[:small[{where}]]")


def _failure(detail: SpanDetail) -> None:
    span = detail.record
    for number, told in enumerate(detail.exceptions):
        exception(told, f"{span.span_id}_{number}")
    if has_failed(span) and not detail.exceptions:
        st.markdown(":red[:material/close: **Failed**]")
        st.text(span.status_message or "The span says that it failed, not why.")
    if span.returned_error:
        st.markdown(":orange[:material/warning: **The tool answered with an error**] :gray[(inferred from its result)]")
        st.text(span.returned_error)
