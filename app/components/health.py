"""The blocks of Settings: a verdict, and facts with what they mean."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components.panel import panel
from app.format import escape_markdown, plural
from app.frames.health import Fact, Section


def draw_verdict(sections: Sequence[Section]) -> None:
    troubled = [fact for section in sections for fact in section.facts if fact.to_do]
    if not troubled:
        st.markdown(":green[:material/check_circle:] **All is well.** Nothing here needs you.")
        return
    names = escape_markdown(", ".join(fact.label for fact in troubled))
    st.markdown(f":orange[:material/error:] **{plural(len(troubled), 'thing')} to look at**: {names}.")


def draw_sections(sections: Sequence[Section]) -> None:
    with st.container(key="health"):
        columns = st.columns(2, gap=10)
        for position, section in enumerate(sections):
            with columns[position % 2], panel(section.key, section.title):
                for number, fact in enumerate(section.facts):
                    _draw(fact, f"fact_{section.key}_{number}")


def draw_way_to_connect() -> None:
    st.page_link(
        state.CONNECT_PAGE,
        label="How to send, and the last requests",
        icon=":material/cable:",
        query_params=state.page_params(),
    )


def _draw(fact: Fact, key: str) -> None:
    with st.container(key=key, gap=None):
        st.text(fact.label)
        st.text(fact.value)
        st.text(fact.meaning)
        if fact.to_do:
            st.markdown(f":orange[:material/error: {escape_markdown(fact.to_do)}]")
