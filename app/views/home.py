"""Home: is anything wrong, what does it cost, and what ran last."""

from __future__ import annotations

import time

import streamlit as st

from app import live, page, queries, state
from app.components import states
from app.components.cards import draw_cards
from app.components.overview import draw_charts
from app.components.places import place
from app.components.recipes import first_lines
from app.frames.headline import cards, compared_with, sentence, sentence_help
from app.queries import errors
from app.theme import palette
from app.views.parts.newest import draw_lower
from collector.analysis.forecast import forecast


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection, now_ns = state.current(), time.time_ns()
        window = selection.window(now_ns)
        head, middle, lower = place("head", 128, 6), place("charts", 214, 3), place("lower", 531)
        figures = queries.overview(window, selection.environment)
        if not figures.now.runs:
            states.nothing_in_period(selection)
            return
        wrong = errors.groups(window, selection.environment).groups
        when = selection.time_in_words(state.viewer_zone())
        month = None if selection.between else forecast(figures.month)
        with head:
            st.markdown(sentence(figures, when, month, wrong), help=sentence_help(figures, month))
            draw_cards(cards(figures), compared_with(figures, when), palette())
        live.let_paint("home")
        with middle:
            draw_charts(figures, palette())
        with lower:
            draw_lower(selection, figures, wrong, now_ns)


page.head("Home")
live.content(page.telling(draw))
