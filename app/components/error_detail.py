"""One error: what a person can say of it, when it occurred, and its newest example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

import streamlit as st

from app import state
from app.charts.error_trend import error_trend_chart
from app.components.detail_head import draw_figures, draw_name
from app.components.long_text import long_text
from app.components.panel import draw_chart, panel
from app.format import count, cut, escape_markdown, moment, plural
from app.frames.errors import STATE_MARKS, error_name, trend_bars
from app.frames.trace_facts import Card
from app.theme import Palette
from collector.store.records import ErrorGroup, Period, SpanDetail

CHART_PX = 150
_BADGES = {"new": "red", "reopened": "orange", "known": "gray", "resolved": "green"}
_KINDS = {
    "exception": "Recorded as an exception.",
    "status": "A span with status error, without an exception.",
    "returned": "Returned by a tool as its result, under status ok (inferred from what it answered).",
}

Change = Callable[[str], None]


def draw_error_head(group: ErrorGroup, zone: tzinfo, now_ns: int, on_change: Change) -> None:
    """`on_change` is called with the state that a person chose."""
    badge = f":{_BADGES[group.state]}-badge[{STATE_MARKS[group.state]} {group.state}]"
    if group.kind == "returned":
        badge += " :orange-badge[:material/keyboard_return: returned, not raised]"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="error_head"
    ):
        draw_name(error_name(group), badge)
        with st.container(horizontal=True, gap="xsmall", width="content", key="error_actions"):
            if group.state in ("new", "reopened"):
                _action(
                    "Mark as known",
                    "visibility",
                    "known",
                    "It keeps being counted, and is no news any more.",
                    on_change,
                )
            if group.state == "resolved":
                _action("Reopen", "replay", "reopened", "It is not gone after all.", on_change)
            else:
                meaning = "It reopens by itself when a run that begins from now on has it."
                _action("Resolve", "check", "resolved", meaning, on_change)
    if refusal := state.kept("error_refusal"):
        st.error(f"**That could not be stored.** {escape_markdown(refusal)}", icon=":material/cloud_off:")
        state.keep("error_refusal", None)
    if group.message:
        st.code(group.message, language=None, wrap_lines=True)
    since = f" {_since(group)} {moment(group.state_ns, zone, now_ns)}." if _since(group) else ""
    st.caption(f"{_KINDS[group.kind]}{since}")


def _since(group: ErrorGroup) -> str:
    return {"resolved": "Resolved", "reopened": "Reopened"}.get(group.state, "")


def _action(label: str, icon: str, chosen: str, help_text: str, on_change: Change) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"error_{chosen}",
        disabled=state.reads_only(),
        help=help_text,
        type="primary" if chosen == "resolved" else "secondary",
        on_click=on_change,
        args=(chosen,),
    )


def draw_error_figures(group: ErrorGroup, zone: tzinfo, now_ns: int) -> None:
    spans = "A run counts once. An exception is recorded by every span that it passes on its way up."
    draw_figures(
        [
            Card("Runs", count(group.runs), "in this time", spans),
            Card("Spans", count(group.spans), "in this time", spans),
            Card("First seen", moment(group.first_seen_ns, zone, now_ns), None, "Start of the first span that has it."),
            Card("Last seen", moment(group.last_seen_ns, zone, now_ns), None, "Start of the newest span that has it."),
        ],
        "error",
    )


def draw_error_trend(group: ErrorGroup, period: Period, palette: Palette) -> None:
    words = f"Runs with this error over time: {plural(group.runs, 'run')} in all."
    with panel("error_trend", "When it occurred", "runs", help="Runs that have it, by when they met it."):
        draw_chart(error_trend_chart(trend_bars(group.trend, period), period, palette), CHART_PX, "error_trend", words)


def draw_error_workflows(group: ErrorGroup) -> None:
    with panel("error_workflows", "Workflows", plural(group.runs, "run")):
        for name, runs in group.workflows[:6]:
            with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
                st.text(cut(name or "no workflow", 40), width="content")
                st.caption(plural(runs, "run"), width="content")
        if len(group.workflows) > 6:
            st.caption(f"and {len(group.workflows) - 6} others")


def draw_error_example(example: SpanDetail) -> None:
    """The newest span that has it: where, with what, and the stack trace."""
    span = example.record
    with panel("error_example", "Newest example"):
        st.page_link(
            state.TRACE_PAGE,
            label=f"Open {escape_markdown(cut(span.name, 60))} in its trace",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params=state.trace_params(span.trace_id, span.span_id),
        )
        known = {
            "Kind": span.kind,
            "Service": span.service,
            "Version": span.version,
            "Environment": span.environment,
            "Agent": span.agent_name,
            "Tool": span.tool_name,
            "Model": span.response_model or span.request_model,
        }
        facts = [f"{label} **{escape_markdown(cut(value, 60))}**" for label, value in known.items() if value]
        st.caption(" · ".join(facts))
        if example.input_text:
            st.caption("What went in")
            long_text(example.input_text, "error_input")
        if span.returned_error and example.output_text:
            st.caption("What the tool answered")
            long_text(example.output_text, "error_output")
        stack = next((e.stacktrace for e in reversed(example.exceptions) if e.stacktrace), None)
        if stack:
            st.caption("Stack trace")
            long_text(stack, "error_stack", "markdown")
        elif not span.returned_error:
            st.caption("No stack trace was sent.")
