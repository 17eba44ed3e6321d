"""What a person says of an error."""

from __future__ import annotations

from app import queries
from app.commands.engine import engine
from collector.store.commands import errors as commands


def set_state(project: str, fingerprint: str, state: str) -> None:
    """known, resolved or reopened. Raises NotFound, StoreUnavailable."""
    commands.set_error_state(engine(), project, fingerprint, state)
    queries.look_again()
