"""The line above a list that is a part of one on the page Traces."""

from __future__ import annotations

import streamlit as st

from app import state


def draw_list_head(title: str, link: str, **selected: object) -> None:
    """`title` and `link` are our own words or escaped; the link leads to all of them, as `selected`."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        st.page_link(
            state.TRACES_PAGE,
            label=link,
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params=state.page_params(**selected),
        )
