"""What a person says of an error."""

from __future__ import annotations

import time

from sqlalchemy import Engine, Table, update

from collector.errors import BadQuery, NotFound
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.models import ErrorGroup

GROUP: Table = ErrorGroup.__table__  # type: ignore[attr-defined]
STATES = ("known", "resolved", "reopened")


def set_error_state(engine: Engine, project_id: str, fingerprint: str, state: str) -> None:
    """known, resolved or reopened. A resolved error reopens by itself when a span that begins after now has it.

    Raises BadQuery, NotFound, StoreUnavailable.
    """
    if state not in STATES:
        raise BadQuery(f"state: expected one of {', '.join(STATES)}, got {state!r}")
    now_ns = time.time_ns()
    changed = {"state": state, "state_ns": now_ns, "resolved_ns": now_ns if state == "resolved" else None}
    wanted = (GROUP.c.project_id == project_id, GROUP.c.fingerprint == fingerprint)
    with writing(engine) as connection:
        if not connection.execute(update(GROUP).where(*wanted).values(**changed)).rowcount:
            raise NotFound(f"no error {fingerprint}")
        bump_counter(connection)
