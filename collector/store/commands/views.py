"""Saving, renaming and removing views."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, func, insert, select, update
from sqlalchemy.sql.dml import Delete, Update

from collector.errors import BadQuery, NotFound
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.models import SavedView as SavedViewTable
from collector.store.records import SavedView

VIEW: Table = SavedViewTable.__table__  # type: ignore[attr-defined]
MAX_VIEWS = 200
MAX_NAME = 80


def add_view(engine: Engine, project_id: str, view: SavedView) -> None:
    """Raises BadQuery for a name that is empty, too long or one too many, StoreUnavailable."""
    row = {**asdict(view), "name": _checked(view.name), "project_id": project_id}
    with writing(engine) as connection:
        there = connection.execute(select(func.count()).where(VIEW.c.project_id == project_id)).scalar_one()
        if there >= MAX_VIEWS:
            raise BadQuery(f"there are {MAX_VIEWS} views: delete one first")
        connection.execute(insert(VIEW).values(**row))
        bump_counter(connection)


def rename_view(engine: Engine, project_id: str, view_id: str, name: str) -> None:
    """Raises BadQuery, NotFound, StoreUnavailable."""
    _change(engine, update(VIEW).where(_is(project_id, view_id)).values(name=_checked(name)), view_id)


def replace_view(engine: Engine, project_id: str, view_id: str, params: str) -> None:
    """The view shows something else from now on. Raises NotFound, StoreUnavailable."""
    _change(engine, update(VIEW).where(_is(project_id, view_id)).values(params=params), view_id)


def remove_view(engine: Engine, project_id: str, view_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    _change(engine, delete(VIEW).where(_is(project_id, view_id)), view_id)


def _is(project_id: str, view_id: str) -> ColumnElement[bool]:
    return and_(VIEW.c.project_id == project_id, VIEW.c.view_id == view_id)


def _change(engine: Engine, statement: Update | Delete, view_id: str) -> None:
    with writing(engine) as connection:
        if not connection.execute(statement).rowcount:
            raise NotFound(f"no view with the id {view_id}")
        bump_counter(connection)


def _checked(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= MAX_NAME:
        raise BadQuery(f"name: expected 1 to {MAX_NAME} characters")
    return name
