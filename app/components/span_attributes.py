"""Everything that a client sent with a span: searchable, typed, and each value whole."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app import state
from app.components.long_text import long_text
from app.components.removed import no_longer_kept
from app.format import fit, plural
from app.frames.attributes import attribute_rows, kind, value_text
from app.frames.messages import as_json
from collector.store.records import SpanDetail, SpanRecord

_ROW_PX, _HEADER_PX, _MOST_ROWS = 28, 32, 11
_NAME_PX, _VALUE_PX, _TYPE_PX = 174, 162, 86


def attributes(detail: SpanDetail) -> None:
    span = detail.record
    if detail.content_removed:
        no_longer_kept()
        _ids(span)
        return
    wanted = st.text_input(
        "Search in attributes",
        key="attributes_wanted",
        placeholder="Search names and values",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    _table("Span", detail.attributes, wanted, f"attribute_{span.span_id}")
    _table("Resource", detail.resource, wanted, f"resource_{span.span_id}")
    scope = " ".join(part for part in (detail.scope_name, detail.scope_version) if part)
    st.caption("Scope")
    st.text(scope or "not named")
    _ids(span)


def _ids(span: SpanRecord) -> None:
    st.caption("Ids")
    st.code(f"trace {span.trace_id}\nspan {span.span_id}\nparent {span.parent_span_id or 'none'}", language=None)


def _table(title: str, values: Mapping[str, object], wanted: str, key: str) -> None:
    rows = attribute_rows(values, wanted)
    found = f" of {len(values)}" if wanted and len(rows) < len(values) else ""
    st.caption(f"{title}: {len(rows)}{found} {'attribute' if len(values) == 1 else 'attributes'}")
    if rows.empty:
        if wanted and values:
            st.text("Nothing matches.")
        return
    shown = rows.assign(
        shown_name=[fit(name, _NAME_PX) or "" for name in rows["shown_name"]],
        value=[fit(value, _VALUE_PX) or "" for value in rows["value"]],
    )
    st.dataframe(
        shown[["shown_name", "value", "type"]],
        hide_index=True,
        height=_HEADER_PX + _ROW_PX * min(len(rows), _MOST_ROWS),
        row_height=_ROW_PX,
        key=f"rows_{key}",
        on_select=state.remember_click(f"rows_{key}", list(rows["name"])),
        selection_mode="single-cell",
        column_config={
            "shown_name": st.column_config.TextColumn("Name", width=_NAME_PX),
            "value": st.column_config.TextColumn("Value", width=_VALUE_PX, help="Click a row to see all of it."),
            "type": st.column_config.TextColumn("Type", width=_TYPE_PX),
        },
        alt=f"{plural(len(rows), 'attribute')}. A click on a row shows the whole value below.",
    )
    _whole(values, key)


def _whole(values: Mapping[str, object], key: str) -> None:
    """The value that was clicked, else all of them as JSON, on demand."""
    if (clicked := state.clicked(f"rows_{key}")) is not None:
        state.keep(key, clicked)
    name = state.kept(key)
    if name in values:
        with st.container(border=True, key=f"value_{key}", gap="xsmall"):
            st.text(f"{name}\n{kind(values[name])}")
            long_text(value_text(values[name]), f"{key}_value")
    with st.expander("All as JSON", type="compact", key=f"json_{key}", on_change="rerun") as folded:
        if folded.open:
            long_text(as_json(values), f"{key}_json")
