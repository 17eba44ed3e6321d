"""What the Compare page says when it can't compare two runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app import state
from app.format import cut, escape_markdown
from collector.errors import BadQuery, NotFound
from collector.store.records import TraceSummary


@contextmanager
def nothing_chosen() -> Iterator[None]:
    """What is drawn inside chooses."""
    with st.container(border=True, key="state_nothing_chosen", gap="small"):
        st.markdown("### :material/compare_arrows: Choose a run")
        st.text("It is put beside the last good run of its workflow, step by step. Or name both.")
        with st.container(horizontal=True, gap="small"):
            yield


def nothing_to_compare_with(b: TraceSummary) -> None:
    with st.container(border=True, key="state_no_other_run", gap="small"):
        st.markdown("### :material/compare_arrows: Nothing to compare it with")
        st.text("No good run of this workflow is stored in the 30 days before it. Name another run as A.")
        st.page_link(
            state.TRACE_PAGE,
            label=f"Back to {escape_markdown(cut(b.workflow or b.name, 60))}",
            icon=":material/arrow_back:",
            query_params=state.trace_params(b.trace_id),
        )


def same_run(trace: TraceSummary) -> None:
    with st.container(border=True, key="state_same_run", gap="small"):
        st.markdown("### :material/drag_handle: This is one run, twice")
        st.text("A and B are the same trace, so nothing differs. Compare it with another one.")
        params = state.page_params(b=trace.trace_id)
        label = "With the last good run before it"
        st.page_link(state.COMPARE_PAGE, label=label, icon=":material/compare_arrows:", query_params=params)


def other_workflow(a: TraceSummary, b: TraceSummary) -> None:
    """A note above the comparison: it is made all the same."""
    st.info(
        f"These are runs of two workflows, {escape_markdown(cut(a.workflow or a.name, 60))} and "
        f"{escape_markdown(cut(b.workflow or b.name, 60))}: few steps may have a counterpart.",
        icon=":material/alt_route:",
    )


def unfinished(side: str, trace: TraceSummary) -> None:
    st.info(f"{side} is {trace.outcome}: what it has not sent yet counts as missing.", icon=":material/hourglass_top:")


@contextmanager
def missing_run_shown(side: str, trace_id: str) -> Iterator[None]:
    """Says which of the two is not there."""
    try:
        yield
    except NotFound:
        text = "Nothing with this id is stored. It may be cut off or have been removed."
        _missing(f"Run {side} is not there", text, trace_id)
    except BadQuery:
        text = "An id has hex digits: the first 8 at least, and as many as fit one trace only."
        _missing(f"Run {side} can't be told from this", text, trace_id)


def _missing(title: str, text: str, trace_id: str) -> None:
    with st.container(border=True, key="state_run_missing", gap="small"):
        st.markdown(f"### :material/search_off: {title}")
        st.text(text)
        st.code(trace_id, language=None)
        st.page_link(
            state.TRACES_PAGE, label="All traces", icon=":material/arrow_back:", query_params=state.page_params()
        )
