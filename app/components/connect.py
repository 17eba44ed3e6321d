"""The blocks of Connect: whether something arrives, and the lines for each client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.recipes import Recipe
from app.format import cut, escape_markdown, moment
from collector.store.records import TraceSummary


def draw_waiting() -> None:
    with st.container(border=True, key="connect_waiting", horizontal=True, vertical_alignment="center"):
        st.markdown(":material/sensors: **Waiting for the first span ...** This line turns green when it arrives.")


def draw_receiving(newest: TraceSummary | None, newest_received_ns: int, zone: tzinfo, now_ns: int) -> None:
    """newest: the newest trace, when there is one in the last 30 days."""
    with st.container(border=True, key="connect_receiving", horizontal=True, vertical_alignment="center"):
        when = moment(newest_received_ns, zone, now_ns)
        st.markdown(f":green[:material/check_circle: **Spans arrive.**] The newest came at {when}.", width="content")
        if newest:
            st.page_link(
                state.TRACE_PAGE,
                label=f"Open {escape_markdown(cut(newest.workflow or newest.name, 60))}",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params=state.trace_params(newest.trace_id),
            )


def draw_recipes(recipes: Sequence[Recipe]) -> None:
    for tab, recipe in zip(st.tabs([recipe.title for recipe in recipes], key="recipes"), recipes, strict=True):
        with tab:
            if recipe.install:
                st.code(recipe.install, language="bash")
            st.code(recipe.code, language=recipe.language)
            st.caption(recipe.note)
