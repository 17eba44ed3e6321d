"""Log records whose span isn't there yet."""

from __future__ import annotations

from sqlalchemy import Engine, Table, func, select

from collector.store.engine import reading
from collector.store.models import LogRecord

LOG: Table = LogRecord.__table__  # type: ignore[attr-defined]


def count_waiting_logs(engine: Engine) -> int:
    """In the whole database, whatever the project."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).where(LOG.c.waiting)).scalar_one()
