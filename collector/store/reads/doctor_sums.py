"""Recounting what is rolled up, and saying where it differs from the rows that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, or_, select

from collector.store.engine import snapshot
from collector.store.records import Scope, WrongStretch
from collector.store.rolled_loops import repeated_of_stretch
from collector.store.rolled_sums import ALL_TOPICS, FINE_TOPICS, SUM, sums_of_day, sums_of_stretch
from collector.store.rolling import LOOP, STRETCH
from collector.store.rollup import HOUR, ROLLED, lines_of_hours
from collector.store.sums import DAY_NS, FINE_NS, HOUR_NS

_Row = Mapping[str, Any] | RowMapping
_NAMES = {FINE_NS: "five minutes", HOUR_NS: "hour", DAY_NS: "day"}


def examine_sums(engine: Engine, scope: Scope) -> Iterator[WrongStretch]:
    """Every rolled stretch of the projects that differs from a recount. Raises StoreUnavailable."""
    for project_id in scope:
        with snapshot(engine) as connection:
            stretches = connection.execute(
                select(STRETCH.c.step_ns, STRETCH.c.start_ns)
                .where(STRETCH.c.project_id == project_id, STRETCH.c.counting.is_(None))
                .order_by(STRETCH.c.start_ns, STRETCH.c.step_ns)
            ).all()
            ledger = connection.execute(select(ROLLED.c.quarter_ns).where(ROLLED.c.project_id == project_id))
            hours = sorted(ledger.scalars())
        for step_ns, start_ns in stretches:
            with snapshot(engine) as connection:
                if not _holds(connection, project_id, step_ns, start_ns):
                    yield WrongStretch(project_id, _NAMES[step_ns], start_ns)
        for hour_ns in hours:
            with snapshot(engine) as connection:
                if not _ledger_holds(connection, project_id, hour_ns):
                    yield WrongStretch(project_id, "ledger", hour_ns)


def _holds(connection: Connection, project_id: str, step_ns: int, start_ns: int) -> bool:
    """Also of a stretch that was forgotten meanwhile."""
    mark = (STRETCH.c.project_id == project_id, STRETCH.c.step_ns == step_ns, STRETCH.c.start_ns == start_ns)
    if connection.execute(select(STRETCH.c.start_ns).where(*mark, STRETCH.c.counting.is_(None))).first() is None:
        return True
    names = [column.name for column in SUM.columns if column.name != "slot"]
    inside = (SUM.c.start_ns >= start_ns, SUM.c.start_ns < start_ns + step_ns)
    rows = connection.execute(
        select(*(SUM.c[name] for name in names)).where(SUM.c.project_id == project_id, _stands_for(step_ns), *inside)
    ).mappings()
    if step_ns == DAY_NS:
        return _alike(rows, sums_of_day(connection, project_id, start_ns), names)
    is_right = _alike(rows, sums_of_stretch(connection, project_id, start_ns, step_ns), names)
    return is_right and _loops_hold(connection, project_id, start_ns, start_ns + step_ns)


def _stands_for(step_ns: int) -> ColumnElement[bool]:
    """Which rows of `rolled_sum` have to be right for a stretch of that length."""
    whole = and_(SUM.c.topic.in_(ALL_TOPICS), SUM.c.step_ns == step_ns)
    return or_(whole, and_(SUM.c.topic.in_(FINE_TOPICS), SUM.c.step_ns == FINE_NS)) if step_ns == HOUR_NS else whole


def _loops_hold(connection: Connection, project_id: str, start_ns: int, end_ns: int) -> bool:
    names = [column.name for column in LOOP.columns if column.name not in ("slot", "stretch_ns")]
    rows = connection.execute(
        select(*(LOOP.c[name] for name in names)).where(
            LOOP.c.project_id == project_id, LOOP.c.stretch_ns >= start_ns, LOOP.c.stretch_ns < end_ns
        )
    ).mappings()
    found = repeated_of_stretch(connection, project_id, start_ns, end_ns)
    return _alike(rows, [loop._asdict() for loop in found], names)


def _ledger_holds(connection: Connection, project_id: str, hour_ns: int) -> bool:
    mark = (ROLLED.c.project_id == project_id, ROLLED.c.quarter_ns == hour_ns)
    if connection.execute(select(ROLLED.c.quarter_ns).where(*mark)).first() is None:
        return True
    names = [column.name for column in HOUR.columns if column.name != "slot"]
    rows = connection.execute(
        select(*(HOUR.c[name] for name in names)).where(HOUR.c.project_id == project_id, HOUR.c.quarter_ns == hour_ns)
    ).mappings()
    return _alike(rows, lines_of_hours(connection, project_id, [hour_ns]), names)


def _alike(stored: Iterable[_Row], made: Iterable[_Row], names: list[str]) -> bool:
    """In whatever order."""

    def told(rows: Iterable[_Row]) -> list[str]:
        return sorted(repr([_plain(row[name]) for name in names]) for row in rows)

    return told(stored) == told(made)


def _plain(value: Any) -> Any:
    """PostgreSQL has its own ways with bytes and flags."""
    if isinstance(value, memoryview):
        return bytes(value)
    return int(value) if isinstance(value, bool) else value
