"""The whole result as a file. Links, since the server then streams it: nothing of it is held in memory."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from app.selection import Selection
from collector.store.records import Period

EXPORT_PATH = "export"
_FORMATS = {
    "csv": ("CSV", "One row each, for a spreadsheet. Cells can't become formulas."),
    "json": ("JSON", "A list with every field of the read API."),
    "otlp": ("OTLP/JSON", "The spans as they were received, a trace a line, to send to any OpenTelemetry collector."),
}


def draw_export(selection: Selection, period: Period, how_many: str) -> None:
    """how_many: "271 traces". Everything that matches is in the file, not only what the page shows."""
    with st.popover("Export", icon=":material/download:", key="export_menu"):
        st.markdown(f"**All {how_many}**, newest first")
        for name, (label, what) in _FORMATS.items():
            with st.container(key=f"export_{name}", gap=0):
                st.html(f'<a class="export" href="{_link(selection, period, name)}" download>{label}</a>')
                st.caption(what)
        st.caption("The browser shows how far it is. There is no limit; a large result takes its time.")


def _link(selection: Selection, period: Period, name: str) -> str:
    said = {
        "format": name,
        "list": selection.listing,
        "q": selection.query,
        "env": selection.environment or "",
        "from_ns": period.start_ns,
        "to_ns": period.end_ns,
    }
    return f"{EXPORT_PATH}?{urlencode(said)}".replace("&", "&amp;")
