"""The write engine of the dashboard."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Engine

from app import queries
from collector.config import get_settings
from collector.errors import OnlyReads
from collector.store.commands.writing import ONLY_READS
from collector.store.engine import open_writer


def engine() -> Engine:
    """Raises OnlyReads where the database may not be changed."""
    if not queries.may_write():
        raise OnlyReads(ONLY_READS)
    engine: Engine = _writer(get_settings().sqlalchemy_url)
    return engine


@st.cache_resource(show_spinner=False)
def _writer(url: str) -> Engine:
    return open_writer(url)
