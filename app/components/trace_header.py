"""The head of a trace: name, outcome, what it waited on, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.frame import name_tab
from app.format import cut, escape_markdown, local
from app.frames.trace_facts import Card
from collector.store.records import TraceSummary

_COLOURS = {"failed": "red", "recovered": "orange", "running": "blue"}
_ICONS = {
    "ok": ":material/check:",
    "recovered": ":material/replay:",
    "failed": ":material/close:",
    "running": ":material/progress_activity:",
    "incomplete": ":material/help:",
}
_STYLE = """<style>
.st-key-trace_head h1{font-size:1.5rem;padding:0;overflow-wrap:anywhere}
.st-key-trace_head .stMarkdownBadge{font-size:.86rem}
.st-key-trace_head button{min-height:26px;padding:0 4px;font-size:.86rem}
[class*=st-key-card_trace_] [data-testid=stMetric]{font-variant-numeric:tabular-nums}
@media(min-width:1100px){.st-key-trace_cards{grid-template-columns:repeat(5,1fr)!important}}
@media(max-width:640px){.st-key-trace_cards>:last-child{grid-column:1/-1}}
</style>"""


@contextmanager
def trace_top() -> Iterator[None]:
    """The way back to the list; what is drawn inside stands on the right."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="trace_top"):
        _traces_link("Traces")
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="xsmall"):
            yield


def _traces_link(label: str) -> None:
    st.page_link(state.TRACES_PAGE, label=label, icon=":material/arrow_back:", query_params=state.list_params())


def trace_header(trace: TraceSummary, outcome: str, zone: tzinfo, beside: Callable[[], None]) -> None:
    """`beside` draws what a person can mark, next to the title."""
    st.html(_STYLE)
    name_tab(trace.workflow or trace.name)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="trace_head"
    ):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.title(escape_markdown(cut(trace.workflow or trace.name, 120)), anchor=False, width="content")
            st.markdown(_badge(trace.outcome, outcome), width="content")
            beside()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.caption(escape_markdown(_when_and_where(trace, zone)), width="content")
            _identity(trace)


def _badge(outcome: str, text: str) -> str:
    icon = _ICONS.get(outcome, _ICONS["incomplete"])
    return f":{_COLOURS.get(outcome, 'gray')}-badge[{icon} {escape_markdown(text)}]"


def _when_and_where(trace: TraceSummary, zone: tzinfo) -> str:
    started = local(trace.start_ns, zone)
    facts = [f"{started.day} {started:%b %Y, %H:%M:%S}"]
    if trace.version:
        facts.append(f"version {cut(trace.version, 24)}")
    if trace.environment:
        facts.append(cut(trace.environment, 24))
    return " · ".join(facts)


def _identity(trace: TraceSummary) -> None:
    """Everything a trace is known by, to read and to copy."""
    short = f"{trace.trace_id[:8]}…{trace.trace_id[-4:]}"
    known = {
        "Trace": trace.trace_id,
        "Name": trace.name,
        "Workflow": trace.workflow,
        "Service": trace.service,
        "Environment": trace.environment,
        "Version": trace.version,
        "Session": trace.session_id,
        "User": trace.user_id,
        "Models": ", ".join(trace.models),
        "Tags": ", ".join(trace.tags),
    }
    with (
        st.popover(f"trace {short}", type="tertiary", help="Its ids and names, to copy"),
        st.container(key="trace_identity", gap=4),
    ):
        for label, value in known.items():
            if value:
                st.caption(label)
                st.code(value, language=None, wrap_lines=True)


def trace_sentence(before: str, emphasis: str, error: str | None, standing: str) -> None:
    """What the time went into, what failed, and how that is for a run of its workflow."""
    parts = [f"{before} **{escape_markdown(emphasis)}**"] if before else []
    if error:
        parts.append(f":gray[the error was] {escape_markdown(cut(error, 160))}")
    if standing:
        parts.append(f":gray[{escape_markdown(standing)}]")
    if parts:
        st.markdown(" :gray[—] ".join(parts))


def trace_cards(cards: Sequence[Card]) -> None:
    with st.grid("auto", min_column_width=165, gap=10, key="trace_cards"):
        for number, card in enumerate(cards):
            with st.container(border=True, key=f"card_trace_{number}", height=96, gap=None):
                st.metric(
                    card.label,
                    escape_markdown(card.value),
                    escape_markdown(card.note) if card.note else None,
                    delta_color="off",
                    delta_arrow="off",
                    help=card.help,
                )
