"""The three states without data, each its own: nothing yet, nothing matches, database unreachable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.selection import Selection
from collector.errors import BadQuery, NotFound, QueryTimeout, Retryable, SearchUnfinished


def nothing_yet(first_lines: str) -> None:
    """No span was ever received. `first_lines`: the code that sends one."""
    with st.container(border=True, key="state_nothing_yet", gap="small"):
        st.markdown("### :material/sensors: Waiting for the first trace")
        st.text("Nothing has been received yet. Two lines in a msgflux program send its runs here:")
        st.code(first_lines, language="python")
        st.page_link(
            state.CONNECT_PAGE,
            label="Other clients: OpenTelemetry in Python and JavaScript, msgtrace-sdk, curl",
            icon=":material/cable:",
            query_params=state.page_params(),
        )


def beside_nothing_yet() -> DeltaGenerator:
    """Room for another way to the first trace, in line with the box above."""
    return st.container(key="state_nothing_yet_more")


def nothing_in_period(selection: Selection) -> None:
    """There are spans, but none in the chosen time and environment."""
    with st.container(border=True, key="state_nothing_in_period", gap="small"):
        st.markdown(f"### :material/schedule: No runs {selection.time_in_words(state.viewer_zone())}")
        if selection.environment:
            st.text(f"None in the environment {selection.environment}.")
            st.button("All environments", on_click=state.clear_filters, key="clear_environment")
        if selection.between or selection.period not in ("30d", "90d"):
            st.text("There may be others.")
            wider = {"period": "30d", "between": None}
            st.button("Show the last 30 days", on_click=state.change_page, kwargs=wider, key="widen")


def nothing_matches(selection: Selection, *, looks_for_words: bool = False) -> None:
    """There are traces, but the filters leave none."""
    with st.container(border=True, key="state_nothing_matches", gap="small"):
        st.markdown("### :material/filter_alt_off: Nothing matches")
        st.text(f"No trace {selection.time_in_words(state.viewer_zone())} fits these filters.")
        if looks_for_words:
            st.text("Words are found whole. A * at the end finds all that begin so: time* finds timeout.")
        with st.container(horizontal=True, gap="xsmall"):
            st.button("Clear filters", icon=":material/close:", on_click=state.clear_filters, key="clear_all")
            if selection.between or selection.period not in ("30d", "90d"):
                widen = {"period": "30d", "between": None}
                st.button("Look in the last 30 days", on_click=state.change_page, kwargs=widen, key="widen")


@contextmanager
def outage_shown() -> Iterator[None]:
    """Says so on the page when the database can't be read, so that an outage never looks like no data."""
    try:
        yield
    except SearchUnfinished as error:
        _unfinished(error)
    except Retryable as error:
        unreachable(error)
    except BadQuery as error:
        _senseless(error)


def _unfinished(error: SearchUnfinished) -> None:
    unfinished("Many runs hold these words, and whether they follow each other is looked up in each.", str(error))


def unfinished(so_far: str, how_far: str | None = None, *, search_on: Callable[[], None] | None = None) -> None:
    """so_far: what the page has of the search. search_on: called before the page asks again."""
    with st.container(key="state_unfinished", gap="small"):
        hint = "A rarer word beside them, or a shorter period, is found at once."
        st.info(f"**Not done yet.** {so_far} {hint}", icon=":material/manage_search:")
        if how_far:
            st.code(how_far, language=None, wrap_lines=True)
        st.button("Search on", icon=":material/arrow_forward:", key="search_on", on_click=search_on)


def _senseless(error: BadQuery) -> None:
    """A link can hold what no database can look for, such as a text of many pages."""
    with st.container(key="state_senseless", gap="small"):
        st.error("**These filters can't be asked for.**", icon=":material/filter_alt_off:")
        st.code(str(error), language=None, wrap_lines=True)
        st.button("Clear filters", icon=":material/close:", on_click=state.clear_filters, key="clear_senseless")


def unreachable(error: Retryable) -> None:
    slow = isinstance(error, QueryTimeout)
    with st.container(key="state_unreachable", gap="small"):
        if slow:
            st.error("**That took too long.** Choose a shorter period or fewer filters.", icon=":material/timer_off:")
        else:
            st.error(
                "**The database can't be reached.** Nothing is lost: clients keep their spans and send them again. "
                "Check that it runs and that MSGTRACE_DATABASE_URL is right. This page comes back by itself.",
                icon=":material/cloud_off:",
            )
        st.code(str(error) or type(error).__name__, language=None, wrap_lines=True)
        st.button("Try again", icon=":material/refresh:", key="retry")


@contextmanager
def missing_trace_shown(trace_id: str | None) -> Iterator[None]:
    """Says so on the page when the id in the link fits no trace, or several."""
    try:
        yield
    except NotFound:
        _no_such_trace(trace_id)
    except BadQuery:
        _several_traces(trace_id or "")


def _no_such_trace(trace_id: str | None) -> None:
    with st.container(border=True, key="state_trace_missing", gap="small"):
        st.markdown("### :material/search_off: No such trace")
        if trace_id:
            st.text("Nothing with this id is stored. It may be cut off, not have arrived yet, or have been removed.")
            st.code(trace_id, language=None)
        else:
            st.text("The link names no trace.")
        st.page_link(
            state.TRACES_PAGE, label="All traces", icon=":material/arrow_back:", query_params=state.page_params()
        )


def _several_traces(beginning: str) -> None:
    with st.container(border=True, key="state_trace_ambiguous", gap="small"):
        st.markdown("### :material/call_split: Several traces begin so")
        st.text("More digits of the id would say which.")
        st.code(beginning, language=None)
        st.page_link(
            state.TRACES_PAGE,
            label="Find them in the list",
            icon=":material/search:",
            query_params=state.page_params(query=f"id:{beginning}", period="30d"),
        )
