"""What is alike on pages that show one thing of a list: the way back, the name, figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import state
from app.components.frame import name_tab
from app.format import cut, escape_markdown
from app.frames.trace_facts import Card
from app.selection import Selection


def draw_way_back(label: str, **changes: object) -> None:
    """To the list: changes the selection, since a link to the page that is open would leave its URL as it is."""
    draw_step("way_back", label, "arrow_back", **changes)


def draw_step(key: str, label: str, icon: str, **changes: object) -> None:
    """To something else on the same page. `label` is our own or escaped."""
    st.button(label, icon=f":material/{icon}:", key=key, type="tertiary", on_click=state.change_page, kwargs=changes)


def draw_name(name: str, badge: str = "") -> None:
    """`name` is text that is not ours, `badge` markdown."""
    name_tab(name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="detail_name"):
        st.subheader(escape_markdown(cut(name, 120)), anchor=False, width="content")
        if badge:
            st.markdown(badge, width="content")


def draw_figures(cards: Sequence[Card], key: str) -> None:
    with st.grid(len(cards), min_column_width=120, gap=10, key=f"figures_{key}"):
        for number, card in enumerate(cards):
            with st.container(border=True, key=f"card_{key}_{number}", height=92, gap=None):
                st.metric(
                    escape_markdown(card.label),
                    escape_markdown(card.value),
                    escape_markdown(card.note) if card.note else None,
                    delta_color="off",
                    delta_arrow="off",
                    help=card.help,
                )


def draw_missing(what: str, identity: str, label: str, **changes: object) -> None:
    """A link names something that is not there."""
    with st.container(border=True, key="state_missing", gap="small"):
        st.markdown(f"### :material/search_off: No such {what}")
        st.text("Nothing with this name is stored. It may not have arrived yet, or have been removed.")
        st.code(identity, language=None, wrap_lines=True)
        draw_way_back(label, **changes)


def draw_nothing_here(title: str, hint: str, offer: str | None = None, **changes: object) -> None:
    """A list without rows: why, and a button that changes the selection."""
    with st.container(border=True, key="state_nothing_here", gap="small"):
        st.markdown(f"### :material/inbox: {title}")
        st.text(hint)
        if offer:
            st.button(offer, on_click=state.change_page, kwargs=changes, key="nothing_here_offer")


def wider(selection: Selection) -> dict[str, Any]:
    """For `draw_nothing_here`: the offer of a longer time, where there is one."""
    if selection.period in ("30d", "90d"):
        return {}
    return {"offer": "Show the last 30 days", "period": "30d", "between": None}
