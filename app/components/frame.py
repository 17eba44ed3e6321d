"""What is round every page: style, sidebar and the row at the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from app import state
from app.components.page_keys import page_keys
from app.format import cut
from app.theme import Palette

_READS_ONLY = (
    "The database may only be read from here: it is a replica, or its role may not write. "
    "Stars, notes, scores, views, prices, rules and states of errors are changed in a dashboard whose "
    "MSGTRACE_DATABASE_URL may."
)
_STYLE = Path(__file__).parents[1] / "static" / "style.css"


def style(palette: Palette) -> None:
    """The style sheet, with the palette's colours as CSS variables."""
    colours = {
        "muted": palette.muted,
        "line": palette.grid,
        "failed": palette.failed_text,
        "better": palette.better_text,
        "accent": palette.accent,
        "side-a": palette.side("a"),
        "side-b": palette.side("b"),
        "failed-bar": palette.kind("failed"),
    }
    on_accent = palette.background if palette.is_dark else "#FFFFFF"
    named = ";".join(f"--{name}:{colour}" for name, colour in {**colours, "on-accent": on_accent}.items())
    st.html(f"<style>:root{{{named}}}{_STYLE.read_text()}</style>")


def sidebar(wordmark: Path, logo: Path, menu: Mapping[str, Mapping[str, Page]], sign_out: str | None) -> None:
    """menu: sections of icons and pages. Its links take environment and period along, as the built-in menu can't.

    sign_out: the path that does so, where there is something to sign out of.
    """
    st.logo(str(wordmark), size="large", icon_image=str(logo))
    params = state.page_params()
    with st.sidebar, st.container(key="menu", gap=None):
        for section, pages in menu.items():
            st.caption(section)
            for icon, page in pages.items():
                st.page_link(page, icon=icon, query_params=params)
        page_keys()
        if state.reads_only():
            st.caption(":material/lock: Read only. What would change something is off.", help=_READS_ONLY)
        if sign_out:
            st.html(f'<a class="sign-out" href="{sign_out}">Sign out</a>')


def name_tab(title: str) -> None:
    """What the browser's tab, its history and a bookmark say. Plain text."""
    st.set_page_config(page_title=f"{cut(title, 80)} - msgtrace")


@contextmanager
def head(title: str) -> Iterator[None]:
    """The title on the left; what is drawn inside stands on the right."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="page_head"
    ):
        st.title(title, anchor=False, width="content")
        with st.container(
            horizontal=True, width="content", vertical_alignment="center", gap="xsmall", key="page_controls"
        ):
            yield
