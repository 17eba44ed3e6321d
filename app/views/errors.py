"""Errors: what goes wrong, since when, and whether somebody has dealt with it."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from app import page, queries, state
from app.commands import errors as commands
from app.components import states
from app.components.detail_head import draw_missing, draw_nothing_here, draw_way_back
from app.components.error_detail import (
    draw_error_example,
    draw_error_figures,
    draw_error_head,
    draw_error_trend,
    draw_error_workflows,
)
from app.components.error_list import draw_error_table, draw_states
from app.components.recipes import first_lines
from app.components.trace_table import FULL_PX, HEADER_PX, ROW_PX, draw_trace_table
from app.frames.errors import errors_sentence, state_counts
from app.queries import errors
from app.selection import PERIOD_LABELS, Selection
from app.theme import palette
from collector.errors import NotFound
from collector.store.records import ErrorGroup


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection = state.current()
        if selection.error:
            draw_one(selection, selection.error)
        else:
            draw_all(selection)


def draw_all(selection: Selection) -> None:
    found = errors.groups(selection.window(time.time_ns()), selection.environment)
    period = PERIOD_LABELS[selection.period]
    if not found.groups:
        widen = {"offer": "Show the last 30 days", "period": "30d"} if selection.period != "30d" else {}
        draw_nothing_here(f"No errors in the last {period}", "No span failed and no tool returned an error.", **widen)
        return
    st.markdown(errors_sentence(found.groups, period, is_cut=found.is_cut))
    draw_states(state_counts(found.groups), selection.error_state)
    shown = [group for group in found.groups if selection.error_state in (None, group.state)]
    if not shown:
        draw_nothing_here("Nothing matches", f"No {selection.error_state} error.", "All states", error_state=None)
    elif fingerprint := draw_error_table(shown, palette()):
        state.change_page(error=fingerprint)


def draw_one(selection: Selection, fingerprint: str) -> None:
    now_ns = time.time_ns()
    window = selection.window(now_ns)
    try:
        group = errors.group(fingerprint, window, selection.environment)
        runs = errors.runs(fingerprint, window, selection.environment)
        example = errors.example(*(runs.newest_span or (group.trace_id, group.span_id)))
    except NotFound:
        draw_missing("error", fingerprint, state.ERRORS_PAGE, "All errors")
        return
    draw_way_back(state.ERRORS_PAGE, "All errors", error_state=selection.error_state)
    draw_error_head(group, state.viewer_zone(), now_ns, partial(change_state, group))
    draw_error_figures(group, PERIOD_LABELS[selection.period], state.viewer_zone(), now_ns)
    left, right = st.columns([1, 1.6], gap=10)
    with left:
        draw_error_trend(group, window, palette())
        draw_error_workflows(group)
    with right:
        draw_error_example(example)
    if runs.traces:
        st.markdown("**Newest runs with this error**")
        height = ROW_PX * len(runs.traces[:15]) + HEADER_PX
        draw_trace_table(runs.traces, FULL_PX, key="error_runs", height=height, palette=palette())


def change_state(group: ErrorGroup, chosen: str) -> None:
    commands.set_state(group.project, group.fingerprint, chosen)
    st.toast(f"The error is {chosen}.", icon=":material/check:")


page.head("Errors")
page.content(draw)
