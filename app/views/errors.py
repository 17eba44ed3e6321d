"""Errors: what goes wrong, since when, and whether somebody has dealt with it."""

from __future__ import annotations

import time

import streamlit as st

from app import live, page, queries, state
from app.components import states
from app.components.detail_head import draw_nothing_here, wider
from app.components.error_list import draw_error_table, draw_states
from app.components.places import place
from app.components.recipes import first_lines
from app.frames.errors import errors_sentence, state_counts
from app.queries import errors
from app.selection import Selection
from app.theme import palette
from app.views.parts.error import draw_error

LIST_PX = 754


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection = state.current()
        if selection.error:
            draw_error(selection, selection.error)
        else:
            draw_errors(selection)


def draw_errors(selection: Selection) -> None:
    head, below = place("head", 60), place("list", LIST_PX)
    found = errors.groups(selection.window(time.time_ns()), selection.environment)
    words = selection.time_in_words(state.viewer_zone())
    if not found.groups:
        draw_nothing_here(f"No errors {words}", "No span failed and no tool returned an error.", **wider(selection))
        return
    with head:
        st.markdown(errors_sentence(found.groups, words, is_cut=found.is_cut))
        draw_states(state_counts(found.groups), selection.error_state)
    shown = [group for group in found.groups if selection.error_state in (None, group.state)]
    if not shown:
        draw_nothing_here("Nothing matches", f"No error is {selection.error_state}.", "All states", error_state=None)
        return
    with below:
        draw_error_table(shown, palette())


page.head("Errors")
live.content(page.telling(draw))
