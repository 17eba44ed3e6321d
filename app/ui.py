"""The script of every page: theme, navigation, gate, then the page itself. Nothing of a page runs before the gate."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import queries, sign_in, state
from app.components import frame, gate
from app.components.filters import draw_project
from app.theme import palette

STATIC = Path(__file__).with_name("static")

# The icons stand in the menu only: one given to st.Page becomes the favicon, fetched from a third party.
home = st.Page(state.HOME_PAGE, title="Home", default=True)
traces = st.Page(state.TRACES_PAGE, title="Traces", url_path="traces")
trace = st.Page(state.TRACE_PAGE, title="Trace", url_path="trace", visibility="hidden")
sessions = st.Page(state.SESSIONS_PAGE, title="Sessions & users", url_path="sessions")
errors = st.Page(state.ERRORS_PAGE, title="Errors", url_path="errors")
agents = st.Page(state.AGENTS_PAGE, title="Agents & tools", url_path="agents")
costs = st.Page(state.COSTS_PAGE, title="Costs", url_path="costs")
compare = st.Page(state.COMPARE_PAGE, title="Compare", url_path="compare")
alerts = st.Page(state.ALERTS_PAGE, title="Budgets & alerts", url_path="alerts")
prices = st.Page(state.PRICES_PAGE, title="Prices", url_path="prices")
connect = st.Page(state.CONNECT_PAGE, title="Connect", url_path="connect")
settings = st.Page(state.SETTINGS_PAGE, title="Settings", url_path="settings")
MENU = {
    "Observe": {
        ":material/home:": home,
        ":material/list_alt:": traces,
        ":material/forum:": sessions,
        ":material/error:": errors,
    },
    "Understand": {":material/compare_arrows:": compare, ":material/smart_toy:": agents},
    "Spend": {":material/payments:": costs, ":material/notifications:": alerts, ":material/sell:": prices},
    "Set up": {":material/cable:": connect, ":material/settings:": settings},
}

page = st.navigation(
    [home, traces, trace, sessions, errors, compare, agents, costs, alerts, prices, connect, settings],
    position="hidden",
)
st.set_page_config(
    page_title=f"{page.title} - msgtrace",
    page_icon=str(STATIC / "logo.svg"),
    layout="wide",
    initial_sidebar_state=224,
    menu_items={"About": "msgtrace: traces of LLM workflows"},
)
frame.style(palette())
state.show_address(page.url_path)
password = queries.dashboard_password()
gate.require(password, STATIC / "wordmark.svg")
with st.sidebar:
    draw_project(queries.projects())
state.keep("reads_only", not queries.may_write())
frame.sidebar(STATIC / "wordmark.svg", STATIC / "logo.svg", MENU, sign_in.SIGN_OUT_PATH if password else None)
page.run()
