"""The write engine of the dashboard."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Engine

from collector.config import get_settings
from collector.store.engine import open_writer


def engine() -> Engine:
    engine: Engine = _writer(get_settings().sqlalchemy_url)
    return engine


@st.cache_resource(show_spinner=False)
def _writer(url: str) -> Engine:
    return open_writer(url)
