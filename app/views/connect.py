"""Connect: send the first trace, see it arrive, and find out where one stayed."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from app import live, page, queries, state
from app.components import frame, states
from app.components.connect import draw_receiving, draw_recipes, draw_waiting
from app.components.recipes import recipes
from app.components.requests import ONLY_REFUSED, draw_not_listed, draw_requests, draw_requests_head
from app.queries import requests
from app.selection import Selection
from app.theme import palette
from collector.errors import Retryable

LOOK_S = 3.0
"""How often the list of requests looks again; those that bring nothing don't count as something new."""


def draw_status() -> None:
    with states.outage_shown():
        fresh, now_ns = queries.freshness(), time.time_ns()
        if fresh.newest_received_ns is None:
            draw_waiting()
            return
        last_month = replace(Selection(), period="30d").trace_filter(now_ns)
        newest = queries.traces(last_month, limit=1).traces
        draw_receiving(newest[0] if newest else None, fresh.newest_received_ns, state.viewer_zone(), now_ns)


def draw_last_requests() -> None:
    draw_requests_head()
    with suppress(Retryable):  # said above already
        only_refused = state.current().view == ONLY_REFUSED
        draw_requests(requests.last_requests(only_refused=only_refused), state.viewer_zone(), time.time_ns(), palette())
    draw_not_listed()


with frame.head("Connect"):
    live.pulse()
live.content(page.telling(draw_status), follows_clock=False)
endpoint = state.server_url()
st.markdown("This server takes OTLP over HTTP, as protobuf and as JSON, here:")
st.code(f"{endpoint}/v1/traces", language=None)
draw_recipes(recipes(endpoint, queries.needs_api_key()))
st.markdown(
    "Started with `msgtrace start`, it also listens on port 4318, where OpenTelemetry exporters send by default."
)
st.fragment(run_every=None if state.current().is_paused else LOOK_S, key="requests_part")(draw_last_requests)()
