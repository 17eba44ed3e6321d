"""What a person changes. The only caller of the store's commands, on a write engine of its own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from sqlalchemy import Engine

from app import queries
from collector import repricing
from collector.config import get_settings
from collector.price_overrides import new_override
from collector.store import commands
from collector.store.engine import open_writer
from collector.store.records import Period, Scope


def set_price(said: Mapping[str, object]) -> None:
    """said: by the names of `price_overrides.FIELDS`. Raises BadQuery that names the field, StoreUnavailable."""
    commands.add_override(_engine(), new_override(said))
    queries.look_again()


def remove_price(override_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_override(_engine(), override_id)
    queries.look_again()


def reprice(period: Period) -> int:
    """Prices the period's calls by the prices in force; returns how many spans changed. Raises StoreUnavailable."""
    book = queries.price_source().refresh()
    changed = repricing.apply(_engine(), Scope(get_settings().scope), period, book)
    queries.look_again()
    return changed


def _engine() -> Engine:
    engine: Engine = _writer(get_settings().sqlalchemy_url)
    return engine


@st.cache_resource(show_spinner=False)
def _writer(url: str) -> Engine:
    return open_writer(url)
