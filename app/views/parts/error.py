"""One error: since when, how often, where, and what to do about it."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from app import state
from app.commands import errors as commands
from app.components.detail_head import draw_missing, draw_way_back
from app.components.error_detail import (
    draw_error_example,
    draw_error_figures,
    draw_error_head,
    draw_error_trend,
    draw_error_workflows,
)
from app.components.list_head import draw_list_head
from app.components.trace_table import FULL_PX, HEADER_PX, ROW_PX, draw_trace_table
from app.queries import errors
from app.selection import Selection, asks
from app.theme import palette
from collector.errors import MsgtraceError, NotFound
from collector.store.records import ErrorGroup

RUNS = 15


def draw_error(selection: Selection, fingerprint: str) -> None:
    now_ns, zone = time.time_ns(), state.viewer_zone()
    window = selection.window(now_ns)
    try:
        group = errors.group(fingerprint, window, selection.environment)
        runs = errors.runs(fingerprint, window, selection.environment)
        example = errors.example(*(runs.newest_span or (group.trace_id, group.span_id)))
    except NotFound:
        draw_missing("error", fingerprint, "All errors", error=None)
        return
    draw_way_back("All errors", error=None)
    draw_error_head(group, zone, now_ns, partial(change_state, group))
    draw_error_figures(group, zone, now_ns)
    left, right = st.columns([1, 1.6], gap=10)
    with left:
        draw_error_trend(group, window, palette())
        draw_error_workflows(group)
    with right:
        draw_error_example(example)
    if runs.traces:
        draw_list_head("Newest runs with this error", "All in Traces", query=asks("error", fingerprint))
        height = ROW_PX * min(RUNS, len(runs.traces)) + HEADER_PX
        draw_trace_table(runs.traces, FULL_PX, key="error_runs", height=height, palette=palette())


def change_state(group: ErrorGroup, chosen: str) -> None:
    try:
        commands.set_state(group.project, group.fingerprint, chosen)
    except MsgtraceError as refusal:
        state.keep("error_refusal", str(refusal))
    else:
        st.toast(f"This error is {chosen} now.", icon=":material/check:")
