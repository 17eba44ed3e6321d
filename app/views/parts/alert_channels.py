"""Where alerts are sent."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from app import state
from app.commands import alerts as commands
from app.components.alert_rules import draw_channel_form, draw_channels
from app.components.panel import panel
from app.queries import alerts
from app.views.parts.alert_rule import later, say_what_came_of_it
from collector.errors import Retryable

SENT = "On its way: the answer appears under What was sent."


def draw_where() -> None:
    """Outside of what is drawn again by itself: what is half typed stays."""
    with suppress(Retryable):  # said above already
        found = alerts.channels()
        form = state.kept("channel_form") or 0
        with panel("alert_channels", "Channels", "Where alerts are sent, besides this page"):
            draw_channels(
                found,
                lambda channel: later(lambda: commands.send_test(channel), SENT),
                lambda channel: later(lambda: commands.remove_channel(channel), "Removed."),
            )
            if said := draw_channel_form(form):
                later(lambda: commands.add_channel(*said), "Added.")
                if not state.kept("alert_refusal"):
                    state.keep("channel_form", form + 1)
                    st.rerun()
            say_what_came_of_it()
