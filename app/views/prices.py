"""Prices: what models cost, prices of one's own, and pricing stored calls again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from app import commands, live, queries, state
from app.components import frame, states
from app.components.prices import draw_form, draw_in_force, draw_overrides, draw_refusal, draw_unpriced
from app.components.repricing import draw_period, draw_preview
from collector.errors import Permanent


def draw() -> None:
    now_ns = time.time_ns()
    last_month = replace(state.Selection(), period="30d").window(now_ns)
    found = queries.prices_in_force(last_month, now_ns)
    unpriced = [seen for seen, _ in found if seen.unpriced_calls]
    if not queries.freshness().any_spans:
        states.nothing_yet()
    else:
        draw_unpriced(unpriced)
        st.subheader("In force now", anchor=False)
        draw_in_force(found)
    st.subheader("Your prices", anchor=False)
    if removed := draw_overrides(queries.price_overrides()):
        attempt(lambda: commands.remove_price(removed), "Removed. New calls are priced without it within seconds.")
    form = state.kept("price_form") or 0
    models = dict.fromkeys([*(seen.model for seen in unpriced), *(seen.model for seen, _ in found)])
    if said := draw_form(list(models), form):
        attempt(lambda: commands.set_price(said), "Set. New calls are priced so within seconds.", price_form=form + 1)
    st.subheader("Price stored calls again", anchor=False)
    st.text("With the prices of today. What a client reported as its cost stays.")
    draw_repricing()


def draw_repricing() -> None:
    if period := draw_period(datetime.now(UTC).date()):
        with st.spinner("Looking at every call of the period ..."):
            state.keep("repricing", (period, queries.repricing_preview(period)))
    if kept := state.kept("repricing"):
        period, found = kept
        if draw_preview(found):
            with st.spinner("Pricing ..."):
                attempt(lambda: commands.reprice(period), "The stored calls are priced anew.")


def attempt(change: Callable[[], object], done: str, **kept: object) -> None:
    """Makes a change and draws the page anew with `kept` remembered; what can't be done is said where it was asked.

    A preview of re-pricing is forgotten: it showed how things were before.
    """
    try:
        change()
    except Permanent as refusal:
        draw_refusal(str(refusal))
        return
    for name, value in {"repricing": None, **kept}.items():
        state.keep(name, value)
    st.toast(done, icon=":material/check:")
    st.rerun()


with frame.head("Prices"):
    live.pulse()
with states.outage_shown():
    try:
        draw()
    except Permanent as refusal:
        draw_refusal(str(refusal))
