"""Metric cards with a sparkline and a chip against an earlier time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from app import state
from app.charts.sparkline import data_uri, sparkline_svg
from app.format import escape_markdown
from app.frames.headline import Card
from app.theme import Palette

Colour = Literal["off", "red", "orange", "green"]
Arrow = Literal["up", "down", "off"]


def draw_cards(cards: Sequence[Card], before_label: str, palette: Palette) -> None:
    with st.grid(len(cards), min_column_width=160, gap=10, key="cards"):
        for card in cards:
            _draw(card, before_label, palette)


def _draw(card: Card, before_label: str, palette: Palette) -> None:
    arrow: Arrow = "up" if card.direction > 0 else "down" if card.direction < 0 else "off"
    with st.container(border=True, key=f"card_{card.key}", height=96, gap=None):
        st.metric(
            escape_markdown(card.label),
            escape_markdown(card.value),
            escape_markdown(card.change) if card.change else None,
            delta_color=_colour(card),
            delta_arrow=arrow,
            delta_description=before_label if card.change else None,
            help=escape_markdown(card.help),
        )
        if any(value is not None for value in card.trend):
            picture = data_uri(sparkline_svg(card.trend, palette.sparkline))
            st.html(f'<img class="sparkline" alt="" src="{picture}">')
        if card.behind:
            label, selects = card.behind
            st.page_link(state.TRACES_PAGE, label=label, query_params=state.page_params(**selects))


def _colour(card: Card) -> Colour:
    """Red only for failures; slower is orange, faster or fewer failures green."""
    if card.judged == "no" or not card.direction:
        return "off"
    if card.direction < 0:
        return "green"
    return "red" if card.judged == "failed" else "orange"
