"""The ASGI app: the dashboard with the collector's routes in it, so that one port does both.

`streamlit run app/Home.py` and `uvicorn app.Home:app` serve the same.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

sys.path.append(str(Path(__file__).parents[1]))  # `streamlit run` in a clone that nobody has installed

from app import export_route, sign_in
from app.stale_clicks import StaleClicks
from app.warm_up import warm_up
from collector.access import AccessGuard
from collector.main import Collector, lifespan, routes

_RUN_BY_STREAMLIT = __name__ != "app.Home"
"""Then Streamlit's own setting says where it listens; without one it listens everywhere."""

_SWITCH_S = 0.0001
"""Spans come in beside pages that are being drawn: a thread that has a little to do waits this long for a busy one."""
sys.setswitchinterval(_SWITCH_S)

collector = Collector(host=(st.get_option("server.address") or "0.0.0.0") if _RUN_BY_STREAMLIT else None)


def _dashboard_password() -> str | None:
    secret = collector.settings.dashboard_password
    return secret.get_secret_value() if secret else None


def _export_source() -> export_route.Source:
    return export_route.Source(collector.reading, collector.settings)


@asynccontextmanager
async def run_collector(_app: object) -> AsyncIterator[None]:
    async with lifespan(collector):
        warm_up()
        yield


app = st.App(
    Path(__file__).with_name("ui.py"),  # absolute: a relative path is looked up elsewhere under uvicorn
    routes=[*routes(collector), *sign_in.routes(_dashboard_password), export_route.route(_export_source)],
    middleware=[Middleware(AccessGuard, settings=lambda: collector.settings), Middleware(StaleClicks)],
    lifespan=run_collector,
)
