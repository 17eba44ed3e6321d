"""Views that people have saved."""

from __future__ import annotations

from sqlalchemy import Engine, Table, select

from collector.store.engine import reading
from collector.store.models import SavedView as SavedViewTable
from collector.store.records import SavedView, Scope

VIEW: Table = SavedViewTable.__table__  # type: ignore[attr-defined]
_COLUMNS = (VIEW.c.view_id, VIEW.c.name, VIEW.c.params, VIEW.c.created_ns)
_MOST = 1_000


def list_views(engine: Engine, scope: Scope) -> tuple[SavedView, ...]:
    """The oldest first, so that a menu stays as it is."""
    query = select(*_COLUMNS).where(VIEW.c.project_id.in_(scope)).order_by(VIEW.c.created_ns, VIEW.c.view_id)
    with reading(engine) as connection:
        return tuple(SavedView(**row) for row in connection.execute(query.limit(_MOST)).mappings())
