"""The last requests, for "my trace isn't there"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.trace_rows import draw_rows
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import escape_markdown, moment, plural
from app.frames.requests import REQUEST_COLUMNS, Refusal, refusals, request_rows
from app.theme import Palette
from collector.store.records import Receipt

ONLY_REFUSED = "refused"
_SHOWN_REFUSALS = 4
_MOST_PX = 430
_NOT_LISTED = """
- **Another address or port.** This page lists what reached this msgtrace, on every port it listens on.
- **gRPC.** It is not spoken here: `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`, port 4318 rather than 4317.
- **Not sent yet.** Exporters send in batches, every five seconds as a rule, and when the program ends in peace:
  `provider.force_flush()` or `provider.shutdown()` at its end.
- **Not recorded.** `OTEL_SDK_DISABLED=true`, `OTEL_TRACES_EXPORTER=none`, or a sampler that keeps a part.
- **Not in the chosen time.** A trace has its place where it began, which may be long before it was sent.
"""


def draw_requests(receipts: Sequence[Receipt], zone: tzinfo, now_ns: int, palette: Palette) -> None:
    """A click on a row opens the trace that came with it."""
    if not receipts:
        st.text("No request yet." if not state.current().view else "None was refused.")
        return
    for position, refusal in enumerate(refusals(receipts)[:_SHOWN_REFUSALS]):
        _draw_refusal(refusal, position, zone, now_ns)
    rows = request_rows(receipts, zone, state.trace_link)
    draw_rows(
        rows,
        REQUEST_COLUMNS,
        key="requests",
        height=min(_MOST_PX, ROW_PX * len(rows) + HEADER_PX),
        palette=palette,
        label=f"The last {plural(len(rows), 'request')}: a row opens the trace that came with it",
    )
    st.caption(f"A click on a row opens the trace that came with it. Times in {escape_markdown(str(zone))}.")


def draw_requests_head() -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="requests_head"
    ):
        st.header("My trace isn't there: the last 50 requests", anchor=False, width="content")
        st.pills(
            "Which requests",
            [ONLY_REFUSED],
            format_func=lambda _: "Only refused",
            default=ONLY_REFUSED if state.current().view == ONLY_REFUSED else None,
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
