"""Pages of a view, turned in the URL."""

from __future__ import annotations

import streamlit as st

from app import state


def turned_page(pages: int, at_first: int) -> int:
    """The page in the URL, within bounds; `at_first` while nobody has turned one. Draws what turns them."""
    page = min(state.current().page or at_first, pages)
    if pages > 1:
        key = state.follow_as("page", page)
        st.pagination(pages, default=page, key=key, max_visible_pages=7, on_change=state.take, args=("page",))
    return page
