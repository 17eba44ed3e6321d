"""Changes to prices."""

from __future__ import annotations

from collections.abc import Mapping

from app import queries
from app.commands.engine import engine
from collector import repricing
from collector.config import get_settings
from collector.price_overrides import new_override
from collector.store.commands import prices as commands
from collector.store.records import Period, Scope


def set_price(said: Mapping[str, object]) -> None:
    """said: by the names of `price_overrides.FIELDS`. Raises BadQuery that names the field, StoreUnavailable."""
    commands.add_override(engine(), new_override(said))
    queries.look_again()


def remove_price(override_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_override(engine(), override_id)
    queries.look_again()


def reprice(period: Period) -> int:
    """Prices the period's calls by the prices in force; returns how many spans changed. Raises StoreUnavailable."""
    book = queries.price_source().refresh()
    changed = repricing.apply(engine(), Scope(get_settings().scope), period, book)
    queries.look_again()
    return changed
