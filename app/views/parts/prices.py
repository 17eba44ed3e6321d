"""What models cost, prices of one's own, and pricing stored calls again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from app import queries, state
from app.commands import prices as commands
from app.components import states
from app.components.prices import draw_form, draw_in_force, draw_overrides, draw_refusal, draw_unpriced
from app.components.recipes import first_lines
from app.components.repricing import draw_period, draw_preview
from app.selection import Selection
from collector.errors import MsgtraceError
from collector.store.records import PriceInForce, SeenModel


def seen_models() -> Sequence[tuple[SeenModel, PriceInForce | None]]:
    now_ns = time.time_ns()
    return queries.prices_in_force(replace(Selection(), period="30d").window(now_ns), now_ns)


def draw_seen() -> None:
    with refusals_shown(), states.outage_shown():
        found = seen_models()
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        draw_unpriced([(seen, price) for seen, price in found if seen.unpriced_calls])
        st.header("In force now", anchor=False)
        draw_in_force(found)


def draw_own() -> None:
    try:
        overrides, found = queries.price_overrides(), seen_models()
    except MsgtraceError:
        return  # said above already
    st.header("Your prices", anchor=False)
    if removed := draw_overrides(overrides):
        attempt(lambda: commands.remove_price(removed), "Removed. New calls are priced without it within seconds.")
    unpriced_first = sorted(found, key=lambda one: (one[1] is not None, not one[0].unpriced_calls))
    form = state.kept("price_form") or 0
    if said := draw_form(list(dict.fromkeys(seen.model for seen, _ in unpriced_first)), form):
        attempt(lambda: commands.set_price(said), "Set. New calls are priced so within seconds.", price_form=form + 1)
    st.header("Price stored calls again", anchor=False)
    st.text("With the prices of today. What a client reported as its cost stays.")
    draw_repricing()


def draw_repricing() -> None:
    if period := draw_period(datetime.now(UTC).date()):
        with refusals_shown(), st.spinner("Looking at every call of the period ..."):
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
    with refusals_shown():
        change()
        for name, value in {"repricing": None, **kept}.items():
            state.keep(name, value)
        st.toast(done, icon=":material/check:")
        st.rerun()


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Says why the block inside could not be done."""
    try:
        yield
    except MsgtraceError as refusal:
        draw_refusal(str(refusal))
