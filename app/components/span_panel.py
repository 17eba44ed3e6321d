"""The selected span: facts, then what went in and out, attributes, events and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from app.components.messages import long_text, messages
from app.format import cut, duration_ns, escape_markdown, plural
from app.frames.span_facts import cost_parts, cost_source, counting, facts
from app.theme import KIND_ICONS
from collector.analysis.failures import has_failed
from collector.analysis.span_name import span_name
from collector.analysis.tree import SpanNode, Tree
from collector.store.records import SpanDetail, SpanRecord

_SHORT_PARAMETER = 60
_SHORT_VALUE = 300
"""Characters; longer attributes stand below the list, each whole."""
_STYLE = """<style>
.st-key-span_panel{padding:12px 16px}
.st-key-span_panel>[data-testid=stVerticalBlock],.st-key-span_panel{gap:8px}
.st-key-span_name strong{font-size:1.08rem}
.st-key-span_panel [data-testid=stTabPanel]>[data-testid=stVerticalBlock]{gap:8px}
[class*=st-key-exception_]{background:color-mix(in srgb,#C62F45 7%,transparent);padding:10px 12px;gap:6px}
[data-testid=stColumn]:has(.st-key-span_panel){position:sticky;top:12px;align-self:flex-start;
max-height:calc(100vh - 24px);overflow-y:auto}
@media(max-width:640px){[data-testid=stColumn]:has(.st-key-span_panel){position:static;max-height:none;order:-1}}
</style>"""


def span_panel(detail: SpanDetail, node: SpanNode, tree: Tree) -> None:
    span = detail.record
    with st.container(border=True, key="span_panel", gap="small"):
        st.html(_STYLE)
        _title(span, node, tree)
        first, *others = facts(node, tree.start_ns)
        st.markdown(f"**{escape_markdown(first)}** " + "".join(f" :gray[·] {escape_markdown(fact)}" for fact in others))
        _failure(detail)
        _tabs(detail, tree)


def _tabs(detail: SpanDetail, tree: Tree) -> None:
    """Only the open one is drawn: the others would cost the browser as much again. It stays open for the next span."""
    draw: dict[str, Callable[[], None]] = {
        "Request": lambda: _request(detail),
        "Response": lambda: _response(detail),
        "Attributes": lambda: _attributes(detail),
        "Events": lambda: _events(detail),
        "Cost": lambda: _cost(detail.record, tree),
    }
    for tab, draw_tab in zip(st.tabs(list(draw), key="span_tabs", on_change="rerun"), draw.values(), strict=True):
        if tab.open:
            with tab:
                draw_tab()


def nothing_selected() -> None:
    with st.container(border=True, key="span_panel"):
        st.caption("Click a bar or a row to see its span.")


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
    for number, exception in enumerate(detail.exceptions):
        with st.container(border=True, key=f"exception_{number}"):
            st.markdown(f":red[:material/close: **{escape_markdown(exception.type or 'Exception')}**]")
            if exception.message:
                st.text(exception.message)
            if exception.stacktrace:
                long_text(exception.stacktrace, f"stack_{span.span_id}_{number}")
    if has_failed(span) and not detail.exceptions:
        st.markdown(":red[:material/close: **Failed**]")
        st.text(span.status_message or "The span says that it failed, not why.")
    if span.returned_error:
        st.markdown(":orange[:material/warning: **The tool answered with an error**] :gray[(inferred from its result)]")
        st.text(span.returned_error)


def _request(detail: SpanDetail) -> None:
    key = f"in_{detail.record.span_id}"
    _parameters(detail.request_parameters)
    if detail.tool_definitions:
        with st.expander(f"{plural(len(detail.tool_definitions), 'tool')} offered", type="compact"):
            st.json(list(detail.tool_definitions), expanded=1)
    messages(detail.input, key)
    if detail.input_text:
        st.caption("Arguments" if detail.record.kind == "tool" else "Input")
        long_text(detail.input_text, key)
    elif not detail.input:
        st.caption("This span carries no input.")


def _parameters(parameters: Mapping[str, object]) -> None:
    """Short ones in one line, the others as a tree."""
    short = {
        name: str(value)
        for name, value in parameters.items()
        if isinstance(value, (str, int, float)) and 0 < len(str(value)) <= _SHORT_PARAMETER
    }
    if short:
        shown = (f":gray[{escape_markdown(name)}] **{escape_markdown(value)}**" for name, value in short.items())
        st.markdown(":small[" + " ".join(shown) + "]")
    if others := {name: value for name, value in parameters.items() if name not in short}:
        st.json(others, expanded=1)


def _response(detail: SpanDetail) -> None:
    key = f"out_{detail.record.span_id}"
    messages(detail.output, key)
    if detail.output_text:
        st.caption("Result" if detail.record.kind == "tool" else "Output")
        long_text(detail.output_text, key)
    elif not detail.output:
        st.caption("This span carries no output.")


def _attributes(detail: SpanDetail) -> None:
    span = detail.record
    _mapping("Span", detail.attributes, f"attribute_{span.span_id}")
    _mapping("Resource", detail.resource, f"resource_{span.span_id}")
    scope = " ".join(part for part in (detail.scope_name, detail.scope_version) if part)
    st.caption("Scope")
    st.text(scope or "not named")
    st.caption("Ids")
    st.code(f"trace {span.trace_id}\nspan {span.span_id}\nparent {span.parent_span_id or 'none'}", language=None)


def _mapping(title: str, values: Mapping[str, object], key: str) -> None:
    """Short values in one list, long ones each by itself and whole."""
    long_values = {
        name: value for name, value in values.items() if isinstance(value, str) and len(value) > _SHORT_VALUE
    }
    short_values = {name: value for name, value in values.items() if name not in long_values}
    st.caption(f"{title}: {plural(len(values), 'attribute')}")
    if short_values:
        st.json(short_values, expanded=1)
    for number, (name, value) in enumerate(long_values.items()):
        st.text(name)
        long_text(str(value), f"{key}_{number}")


def _events(detail: SpanDetail) -> None:
    if not detail.events and not detail.links:
        st.caption("This span has no events.")
    for number, event in enumerate(detail.events):
        offset = duration_ns(event.time_ns - detail.record.start_ns)
        st.markdown(f"**{escape_markdown(cut(event.name, 120)) or '(no name)'}** :gray[after {offset}]")
        if event.attributes:
            _mapping("With", event.attributes, f"event_{detail.record.span_id}_{number}")
    for link in detail.links:
        st.caption("Link to another span")
        st.code(f"trace {link.trace_id}\nspan {link.span_id}", language=None)


def _cost(span: SpanRecord, tree: Tree) -> None:
    parts = cost_parts(span)
    if parts.empty:
        st.caption("This span reports neither tokens nor a cost.")
    else:
        st.table(parts)
        st.text(cost_source(span))
    if verdict := counting(span, tree):
        st.text(verdict)
