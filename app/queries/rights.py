"""What the dashboard may do with the database."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from app.queries.asking import reader
from collector.config import get_settings
from collector.errors import Retryable
from collector.store import rights

_TTL_S = 30.0


def may_write() -> bool:
    """Whether what people set can be kept. While nobody can say, it is taken for so."""
    settings = get_settings()
    if settings.sqlite_path:
        return True
    with suppress(Retryable):
        return bool(_may_write(settings.sqlalchemy_url))
    return True


@st.cache_resource(ttl=_TTL_S, show_spinner=False)
def _may_write(database: str) -> bool:
    return rights.may_write(reader(database))
