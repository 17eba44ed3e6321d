"""The last requests, for "my trace isn't there"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import streamlit as st

from app import state
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import UNKNOWN, escape_markdown, moment, plural
from app.frames.requests import Refusal, refusals, request_rows
from collector.store.records import Receipt

ONLY_REFUSED = "refused"
_SHOWN_REFUSALS = 4
_MOST_PX = 430
_COLUMNS: dict[str, tuple[str, int, str | None]] = {
    "time": ("Time", 84, None),
    "answer": ("Answer", 138, "The HTTP status and what became of the request. Only 200 means stored."),
    "service": ("Service", 130, "service.name of the first span; empty where nothing was read."),
    "brought": ("Brought", 96, "Spans or log records in the request."),
    "key": ("Key", 150, "The name of the key that came along. Of an unknown one the beginning of its SHA-256."),
    "client": ("Client", 200, "What the client calls itself (User-Agent)."),
    "address": ("Came in at", 150, "Port and path."),
    "why": ("Reason", 300, "As the client was told."),
    "to_do": ("What to do", 460, None),
}
_NOT_LISTED = """
- **Another address or port.** This page lists what reached this msgtrace, on every port it listens on.
- **gRPC.** It is not spoken here: `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`, port 4318 rather than 4317.
- **Not sent yet.** Exporters send in batches, every five seconds as a rule, and when the program ends in peace:
  `provider.force_flush()` or `provider.shutdown()` at its end.
- **Not recorded.** `OTEL_SDK_DISABLED=true`, `OTEL_TRACES_EXPORTER=none`, or a sampler that keeps a part.
- **Not in the chosen time.** A trace has its place where it began, which may be long before it was sent.
"""


def draw_requests(receipts: Sequence[Receipt], zone: tzinfo, now_ns: int) -> None:
    """A click on a row opens the trace that came with it."""
    if not receipts:
        st.text("No request yet." if not state.current().view else "None was refused.")
        return
    for position, refusal in enumerate(refusals(receipts)[:_SHOWN_REFUSALS]):
        _draw_refusal(refusal, position, zone, now_ns)
    frame = request_rows(receipts, zone)
    st.dataframe(
        frame,
        hide_index=True,
        height=min(_MOST_PX, ROW_PX * len(frame) + HEADER_PX),
        row_height=ROW_PX,
        key="requests",
        on_select=state.remember_click("requests", [receipt.trace_id or "" for receipt in receipts]),
        selection_mode="single-cell",
        placeholder=UNKNOWN,
        column_config={name: _column(name) for name in _COLUMNS},
        alt=f"The last {plural(len(receipts), 'request')} with time, answer, reason and what to do.",
    )
    st.caption(f"A click on a row opens the trace that came with it. Times in {escape_markdown(str(zone))}.")
    if trace_id := state.clicked("requests"):
        state.open_trace(trace_id)


def draw_requests_head() -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="requests_head"
    ):
        st.header("My trace isn't there: the last 50 requests", anchor=False, width="content")
        st.pills(
            "Which requests",
            [ONLY_REFUSED],
            format_func=lambda _: "Only refused",
            key=state.follow("view"),
            on_change=state.take,
            args=("view",),
            label_visibility="collapsed",
        )


def draw_not_listed() -> None:
    with st.expander("Your request is not listed?", key="not_listed"):
        st.markdown(_NOT_LISTED)


def _draw_refusal(refusal: Refusal, position: int, zone: tzinfo, now_ns: int) -> None:
    many = plural(refusal.requests, "request")
    said = "partly stored" if refusal.status < 400 else "told to try again" if refusal.status == 503 else "refused"
    with st.container(border=True, key=f"refusal_{position}", gap=None):
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
            st.markdown(f":material/error: **{many} {said} ({refusal.status})**", width="content")
            senders = escape_markdown("; ".join(refusal.senders[:3]))
            st.caption(f"{senders}, last {moment(refusal.newest_ns, zone, now_ns)}", width="content")
        st.text(refusal.reason or "No reason was given.")
        st.text(f"→ {refusal.advice}")


def _column(name: str) -> Any:
    label, width, help_text = _COLUMNS[name]
    if name == "time":
        return st.column_config.DatetimeColumn(label, width=width, format="HH:mm:ss")
    return st.column_config.TextColumn(label, width=width, help=help_text)
