"""Connect: send the first trace, and see it arrive."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from app import live, queries, state
from app.components import frame, states
from app.components.connect import draw_receiving, draw_recipes, draw_waiting
from app.components.recipes import recipes
from app.selection import Selection


def draw_status() -> None:
    with states.outage_shown():
        fresh, now_ns = queries.freshness(), time.time_ns()
        if fresh.newest_received_ns is None:
            draw_waiting()
            return
        last_month = replace(Selection(), period="30d").trace_filter(now_ns)
        newest = queries.traces(last_month, limit=1).traces
        draw_receiving(newest[0] if newest else None, fresh.newest_received_ns, state.viewer_zone(), now_ns)


with frame.head("Connect"):
    live.pulse()
live.content(draw_status, follows_clock=False)
endpoint = state.server_url()
st.markdown("This server takes OTLP over HTTP, as protobuf and as JSON, here:")
st.code(f"{endpoint}/v1/traces", language=None)
draw_recipes(recipes(endpoint, queries.needs_api_key()))
st.markdown(
    "Started with `msgtrace start`, it also listens on port 4318, where OpenTelemetry exporters send by default."
)
