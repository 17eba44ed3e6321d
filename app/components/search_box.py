"""The search box of the lists, what can be typed into it, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.format import moment, one_line, plural
from collector.query import WrongQuery
from collector.store.records import SearchProgress

_EXAMPLES = (
    ("outcome:failed", "also ok, recovered, running, incomplete"),
    ("outcome:(failed OR recovered)", "one of several; a comma does the same"),
    ('workflow:"support bot"', "quotes round what has blanks"),
    ("model:gpt-4*  provider:openai", "* stands for anything"),
    ("tool:search  agent:planner  kind:retriever", "a span of that tool, agent or kind"),
    ("user:alice  session:s1  tag:prod", "whose run, and how it was marked"),
    ("service:  environment:  version:  name:", "where it came from"),
    ("cost>0.01  duration>2s  tokens>1k", "ms s m h; > >= < <= =; first_token, spans"),
    ("has:exception", "error returned cost unpriced score note user"),
    ("score:thumbs<0  score:thumbs=down", "a score by number or label"),
    ("exception:ToolTimeout  finish:length", "how a span ended"),
    ("id:5b8ef", "trace or span id, its beginning; response id"),
    ("-service:test", "not that"),
    ("timeout  time*", "a word of anything that a span says"),
    ('"no answer"  fetch_orders', "words that follow each other in one span"),
    ("span(kind:tool returned:error duration>1s)", "all of it true of one span"),
)


def draw_search(dimensions: Sequence[str]) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="search_line"):
        st.text_input(
            "Search",
            value=state.current().query,
            key=state.follow("query"),
            on_change=state.take,
            args=("query",),
            type="search",
            icon=":material/search:",
            placeholder="Search, or filter: outcome:failed model:gpt-4* cost>0.01 duration>2s",
            label_visibility="collapsed",
        )
        with st.popover("", icon=":material/help:", help="What to search for", key="search_help"):
            _draw_help(dimensions)


def _draw_help(dimensions: Sequence[str]) -> None:
    st.markdown("**What to search for**", width="content")
    extra = [(f"{name}:value", "your own dimension") for name in dimensions]
    with st.container(key="help_text"):
        st.code("\n".join(f"{example:<44}{meaning}" for example, meaning in (*_EXAMPLES, *extra)), language=None)
    st.caption(
        "Several conditions all have to hold. Words are found whole, or by their beginning with a *, in all that a "
        "span says, without regard to capitals and accents. Of a field, capitals matter in whole values without *."
    )


def draw_progress(progress: SearchProgress, zone: tzinfo, now_ns: int) -> None:
    """Beside a search for words, while something isn't in the index yet."""
    upto = moment(progress.oldest_waiting_ns, zone, now_ns)
    many = plural(progress.waiting, "newer or changed trace")
    st.caption(
        f":material/hourglass_top: Searched up to {upto}. Of {many}, only names, errors and previews of runs yet."
    )


def draw_all_searched() -> None:
    """In the place of `draw_progress`, once there is nothing left to say."""
    st.button("All is searched now: look again", icon=":material/refresh:", key="search_again", type="tertiary")


def draw_wrong_query(error: WrongQuery, query: str) -> None:
    """Says where the query is wrong. Nothing is listed meanwhile: it would look as if it matched."""
    with st.container(key="wrong_query", gap="xsmall"):
        st.error("**This is no query yet.** Nothing is shown until it is.", icon=":material/rule:")
        start = max(0, error.position - 60)
        shown = one_line(query[start : error.position]) + query[error.position : error.position + 60]
        marked = " " * len(one_line(query[start : error.position])) + "^"
        st.code(f"{one_line(shown)}\n{marked} {one_line(error.reason)}", language=None)
        st.button("Clear the search", icon=":material/close:", on_click=state.clear_filters, key="clear_wrong")
