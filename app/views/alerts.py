"""Budgets & alerts: what the rules have found, the rules, and where it is told."""

from __future__ import annotations

import streamlit as st

from app import live, page, state
from app.components import frame, states
from app.views.parts.alert import draw_event
from app.views.parts.alert_channels import draw_where
from app.views.parts.alert_inbox import draw_all
from app.views.parts.alert_rule import draw_rule


def draw() -> None:
    selection = state.current()
    with states.outage_shown():
        if selection.event:
            draw_event(selection.event)
        elif not selection.rule:
            draw_all()


def draw_forms() -> None:
    """Outside of what is drawn again by itself: what is half typed stays."""
    selection = state.current()
    if selection.event:
        return
    if selection.rule:
        draw_rule(selection.rule)
    else:
        draw_where()


with frame.head("Budgets & alerts"):
    live.pulse()
live.content(page.telling(draw))
st.fragment(draw_forms)()
