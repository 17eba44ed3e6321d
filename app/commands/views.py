"""Changes to saved views."""

from __future__ import annotations

import secrets
import time

from app import queries
from app.commands.engine import engine
from collector.config import get_settings
from collector.store.commands import views as commands
from collector.store.records import SavedView


def save_view(name: str, params: str) -> str:
    """Returns the id of the new view. Raises BadQuery for a name that can't be, StoreUnavailable."""
    view = SavedView(view_id=secrets.token_hex(4), name=name, params=params, created_ns=time.time_ns())
    commands.add_view(engine(), _project(), view)
    queries.look_again()
    return view.view_id


def rename_view(view_id: str, name: str) -> None:
    """Raises BadQuery, NotFound, StoreUnavailable."""
    commands.rename_view(engine(), _project(), view_id, name)
    queries.look_again()


def update_view(view_id: str, params: str) -> None:
    """The view shows this from now on. Raises NotFound, StoreUnavailable."""
    commands.replace_view(engine(), _project(), view_id, params)
    queries.look_again()


def delete_view(view_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_view(engine(), _project(), view_id)
    queries.look_again()


def _project() -> str:
    return get_settings().scope[0]
