"""One toast for what the rules have found."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from app import state
from app.format import cut, escape_markdown, plural
from collector.store.records import AlertEvent


def announce_alerts(events: Sequence[AlertEvent]) -> None:
    """At least one, the newest first."""
    newest = events[0]
    chosen = {"event": newest.event_id} if len(events) == 1 else {}
    title = escape_markdown(cut(newest.title, 90)) if chosen else plural(len(events), "alert")
    said = f"**{title}**" + (f"  \n{escape_markdown(cut(newest.detail, 120))}" if chosen and newest.detail else "")
    link = f"[Open it](/alerts?{urlencode(state.page_params(**chosen), doseq=True)})"
    st.toast(f"{said}  \n{link}", icon=":material/notifications:", duration="long")
