"""Home: is anything wrong, what does it cost, and what ran last."""

from __future__ import annotations

import time

import streamlit as st

from app import live, page, queries, state
from app.components import states
from app.components.cards import draw_cards
from app.components.errors import draw_latest_errors
from app.components.overview import draw_charts, draw_dearest, draw_newest_head, draw_slowest
from app.components.recipes import first_lines
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.frames.headline import cards, compared_with, latest_errors, sentence, sentence_help
from app.selection import Selection
from app.theme import palette
from collector.analysis.forecast import forecast
from collector.store.records import Overview

NEWEST = 13


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection, now_ns = state.current(), time.time_ns()
        figures = queries.overview(selection.window(now_ns), selection.environment)
        if not figures.now.runs:
            states.nothing_in_period(selection)
            return
        when = selection.time_in_words(state.viewer_zone())
        month = None if selection.between else forecast(figures.month)
        st.markdown(sentence(figures, when, month), help=sentence_help(figures, month))
        draw_cards(cards(figures), compared_with(figures, when), palette())
        live.let_paint("home")
        draw_charts(figures, palette())
        with st.container(key="lower"):
            table, rail = st.columns([2.62, 1], gap=10)
        with table:
            draw_newest(selection, now_ns, figures.now.runs)
        with rail, st.container(gap=10, key="rail"):
            draw_rail(figures, now_ns)


def draw_newest(selection: Selection, now_ns: int, runs: int) -> None:
    newest = queries.traces(selection.carried().trace_filter(now_ns), limit=NEWEST).traces
    draw_newest_head(runs)
    height = ROW_PX * len(newest) + HEADER_PX
    draw_trace_table(newest, SHORT_PX, key="newest", height=height, palette=palette())


def draw_rail(figures: Overview, now_ns: int) -> None:
    errors = latest_errors(figures.failed_runs)
    draw_latest_errors(errors, figures.now.failed, state.viewer_zone(), now_ns)
    draw_slowest(figures, palette())
    draw_dearest(figures, palette())


page.head("Home")
live.content(page.telling(draw))
