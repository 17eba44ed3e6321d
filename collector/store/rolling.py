"""Sums over runs, calls and errors by five minutes, the hour and the day, for pages whose time does not grow with the
spans.

A rolled stretch is a pure function of what lies in it: it is made of those rows alone, and whoever changes one of them
forgets the stretches it lies in, in the same transaction, which is the removal of three narrow rows. Pages take rolled
stretches from here and read all else from the rows themselves (`reads.covering`), so they are exact at every moment,
whatever comes late, twice, or goes.

Five minutes are rolled soon after their end, so that pages never read more than a few minutes of rows, and are kept for
some hours. What counts does so without a lock: it marks the stretch, reads one moment of the database, and stores what
it found if the mark is still there. Who changes a row in between takes the mark as it would take a rolled stretch.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.store.dialect import as_store_error, is_sqlite, placeholder
from collector.store.engine import without_lock
from collector.store.models import RolledLoop, RolledStretch, Trace
from collector.store.rolled_loops import Repeated, repeated_of_stretch
from collector.store.rolled_sums import ALL_TOPICS, FINE_TOPICS, SUM, Row, gaps, sums_of_day, sums_of_stretch
from collector.store.rows import SpanRow, TraceRow
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.sums import DAY_NS, FINE_NS, HOUR_NS, MINUTE_NS

STRETCH: Table = RolledStretch.__table__  # type: ignore[attr-defined]
LOOP: Table = RolledLoop.__table__  # type: ignore[attr-defined]
TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
SETTLED_NS = {FINE_NS: 2 * MINUTE_NS, HOUR_NS: HOUR_NS // 4, DAY_NS: HOUR_NS // 4}
"""A stretch is rolled so long after its end: by then few spans come late."""
KEPT_NS = 3 * HOUR_NS
"""Five minutes are rolled, and stay so, for so long: an hour that changes is made anew of them."""
OLDEST_NS = 800 * DAY_NS
_LONGEST_S = 0.5
"""What is counted without a lock is one moment of the database, which SQLite has to keep."""
_MOST_A_TURN = 12
Stretch = tuple[str, int]
"""Project, and start of five minutes."""
_SHORT_TOPICS = tuple(name for name in ALL_TOPICS if name not in FINE_TOPICS)
"""Those of which an hour doesn't tell the sums of its five minutes."""


def roll_sums(engine: Engine, scope: Iterable[str], now_ns: int, stops: Callable[[float], object] = lambda _: 0) -> int:
    """Rolls all that is over and not rolled yet, the newest first; returns how many hours.

    stops: is handed seconds to rest between two transactions; says whether to stop. Raises StoreUnavailable.
    """
    rolled = 0
    try:
        for project_id in scope:
            for step_ns in (FINE_NS, HOUR_NS, DAY_NS):
                due = _due(engine, project_id, step_ns, now_ns)
                while due:
                    done = _turn(engine, project_id, step_ns, due)
                    rolled += done if step_ns == HOUR_NS else 0
                    if stops(0.02):
                        return rolled
            _let_go(engine, project_id, _kept_since(now_ns))
    except (DBAPIError, TimeoutError) as error:
        raise as_store_error(error) from error
    return rolled


def stretches_of_traces(connection: Connection, keys: Collection[TraceKey]) -> set[Stretch]:
    """Where the traces begin, as they are stored."""
    return {(row[0], _fine(row[1])) for row in rows_of_traces(connection, "trace", ("project_id", "start_ns"), keys)}


def stretches_of_spans(connection: Connection, keys: Collection[TraceKey]) -> set[Stretch]:
    """Where their spans do."""
    columns = (f"DISTINCT project_id, start_ns / {FINE_NS} * {FINE_NS}",)
    return {(row[0], row[1]) for row in rows_of_traces(connection, "span", columns, keys)}


def stretches_of(rows: Iterable[SpanRow | TraceRow]) -> set[Stretch]:
    """Where they begin."""
    return {(row.project_id, _fine(row.start_ns)) for row in rows}


def forget_sums(connection: Connection, stretches: Collection[Stretch]) -> None:
    """They are not rolled any more, nor is what they lie in, and who counts them just now counts in vain. On PostgreSQL
    this comes after the transaction has written to `trace`: whoever rolls waits for those who have, and those who come
    wait for it."""
    steps = (FINE_NS, HOUR_NS, DAY_NS)
    rows = {(project_id, step_ns, ns // step_ns * step_ns) for project_id, ns in stretches for step_ns in steps}
    if rows:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"DELETE FROM {STRETCH.name} WHERE project_id = {mark} AND step_ns = {mark} AND start_ns = {mark}",  # noqa: S608
            sorted(rows),
        )


@dataclass(frozen=True, slots=True)
class _Counted:
    start_ns: int
    sums: list[Row]
    loops: list[tuple[int, Repeated]]
    """Each with the start of what was looked through for it."""
    made_of: Collection[int] = ()
    """Those five minutes of an hour that were rolled already."""


def _turn(engine: Engine, project_id: str, step_ns: int, due: list[int]) -> int:
    """Takes the newest of those that are due, as many as fit into a turn; returns how many."""
    token = random.getrandbits(63)
    some = due[-_MOST_A_TURN:]
    with _without_writers(engine) as connection:
        _mark(connection, project_id, step_ns, some, token)
    found: list[_Counted] = []
    began_s = time.monotonic()
    with _one_moment(engine) as connection:
        while some and time.monotonic() - began_s < _LONGEST_S:
            found += _count(connection, project_id, step_ns, some.pop())
            due.pop()
    with _without_writers(engine) as connection:
        for counted in found:
            if _seal(connection, project_id, step_ns, counted.start_ns, token):
                _store(connection, project_id, step_ns, counted)
    return len(found)


@contextmanager
def _without_writers(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        if not is_sqlite(connection.dialect):  # waits for writers, and makes those who come wait
            connection.exec_driver_sql(f"LOCK TABLE {TRACE.name} IN SHARE ROW EXCLUSIVE MODE")
        yield connection


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    with without_lock(engine).connect() as connection:
        if not is_sqlite(connection.dialect):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


def _mark(connection: Connection, project_id: str, step_ns: int, starts_ns: Sequence[int], token: int) -> None:
    """As being counted; what another process has rolled meanwhile stays so."""
    mark = placeholder(connection.dialect)
    connection.exec_driver_sql(
        f"INSERT INTO {STRETCH.name} (project_id, step_ns, start_ns, counting)"  # noqa: S608 (our own names)
        f" VALUES ({mark}, {mark}, {mark}, {mark}) ON CONFLICT (project_id, step_ns, start_ns)"
        f" DO UPDATE SET counting = excluded.counting WHERE {STRETCH.name}.counting IS NOT NULL",
        [(project_id, step_ns, start_ns, token) for start_ns in starts_ns],
    )


def _seal(connection: Connection, project_id: str, step_ns: int, start_ns: int, token: int) -> bool:
    """False if a row of the stretch has changed since it was marked."""
    marked = (*_lies_in(project_id, step_ns, start_ns, start_ns + 1), STRETCH.c.counting == token)
    return connection.execute(update(STRETCH).where(*marked).values(counting=None)).rowcount == 1


def _count(connection: Connection, project_id: str, step_ns: int, start_ns: int) -> Iterator[_Counted]:
    """Nothing of a day whose hours are not all rolled."""
    end_ns = start_ns + step_ns
    if step_ns == DAY_NS:
        if len(_rolled(connection, project_id, HOUR_NS, start_ns, end_ns)) == DAY_NS // HOUR_NS:
            yield _Counted(start_ns, sums_of_day(connection, project_id, start_ns), [])
        return
    made_of = _rolled(connection, project_id, FINE_NS, start_ns, end_ns) if step_ns == HOUR_NS else ()
    loops = [
        (gap[0], found)
        for gap in gaps(start_ns, end_ns, made_of)
        for found in repeated_of_stretch(connection, project_id, *gap)
    ]
    yield _Counted(start_ns, sums_of_stretch(connection, project_id, start_ns, step_ns, made_of), loops, made_of)


def _store(connection: Connection, project_id: str, step_ns: int, counted: _Counted) -> None:
    start_ns, end_ns = counted.start_ns, counted.start_ns + step_ns
    _drop(connection, project_id, ALL_TOPICS, step_ns, start_ns, end_ns)
    if step_ns == HOUR_NS:
        _drop(connection, project_id, FINE_TOPICS, FINE_NS, start_ns, end_ns)
        # Five minutes that another process has rolled since: their loops are the hour's now.
        others = (*_lies_in(project_id, FINE_NS, start_ns, end_ns), STRETCH.c.start_ns.not_in(counted.made_of))
        connection.execute(delete(STRETCH).where(*others))
    if step_ns != DAY_NS:
        inside = (LOOP.c.project_id == project_id, LOOP.c.stretch_ns >= start_ns, LOOP.c.stretch_ns < end_ns)
        connection.execute(delete(LOOP).where(*inside, LOOP.c.stretch_ns.not_in(counted.made_of)))
    if counted.loops:
        rows = [{"stretch_ns": ns, "slot": n, **loop._asdict()} for n, (ns, loop) in enumerate(counted.loops)]
        connection.execute(insert(LOOP), rows)
    if counted.sums:
        connection.execute(insert(SUM), counted.sums)


def _drop(
    connection: Connection, project_id: str, topics: Collection[str], step_ns: int, start_ns: int, end_ns: int
) -> None:
    connection.execute(
        delete(SUM).where(
            SUM.c.project_id == project_id,
            SUM.c.topic.in_(topics),
            SUM.c.step_ns == step_ns,
            SUM.c.start_ns >= start_ns,
            SUM.c.start_ns < end_ns,
        )
    )


def _let_go(engine: Engine, project_id: str, before_ns: int) -> None:
    """Of five minutes that old. Their hours have their loops, and their runs."""
    old = _lies_in(project_id, FINE_NS, 0, before_ns)
    with _one_moment(engine) as connection:
        if connection.execute(select(STRETCH.c.start_ns).where(*old).limit(1)).first() is None:
            return
    with _without_writers(engine) as connection:
        connection.execute(delete(STRETCH).where(*old))
        _drop(connection, project_id, _SHORT_TOPICS, FINE_NS, 0, before_ns)


def _due(engine: Engine, project_id: str, step_ns: int, now_ns: int) -> list[int]:
    """Oldest first: hours and days from the beginning of the first day."""
    end_ns = (now_ns - SETTLED_NS[step_ns]) // step_ns * step_ns
    with _one_moment(engine) as connection:
        first = select(TRACE.c.start_ns).where(TRACE.c.project_id == project_id).order_by(TRACE.c.start_ns).limit(1)
        first_ns = connection.execute(first).scalar()
        if first_ns is None:
            return []
        oldest_ns = max(first_ns, end_ns - OLDEST_NS) // DAY_NS * DAY_NS
        if step_ns == FINE_NS:
            oldest_ns = max(_fine(first_ns), _kept_since(now_ns))
        rolled = _rolled(connection, project_id, step_ns, oldest_ns, end_ns)
        hours = _rolled(connection, project_id, HOUR_NS, oldest_ns // HOUR_NS * HOUR_NS, end_ns)
    due = [start_ns for start_ns in range(oldest_ns, end_ns, step_ns) if start_ns not in rolled]
    if step_ns == FINE_NS:
        return [start_ns for start_ns in due if start_ns // HOUR_NS * HOUR_NS not in hours]
    if step_ns == HOUR_NS:
        return due
    return [day for day in due if all(hour in hours for hour in range(day, day + DAY_NS, HOUR_NS))]


def _rolled(connection: Connection, project_id: str, step_ns: int, start_ns: int, end_ns: int) -> set[int]:
    found = select(STRETCH.c.start_ns).where(
        *_lies_in(project_id, step_ns, start_ns, end_ns), STRETCH.c.counting.is_(None)
    )
    return set(connection.execute(found).scalars())


def _lies_in(project_id: str, step_ns: int, start_ns: int, end_ns: int) -> tuple[ColumnElement[bool], ...]:
    """Stretches of that length which begin between the two times."""
    return (
        STRETCH.c.project_id == project_id,
        STRETCH.c.step_ns == step_ns,
        STRETCH.c.start_ns >= start_ns,
        STRETCH.c.start_ns < end_ns,
    )


def _kept_since(now_ns: int) -> int:
    return (now_ns - KEPT_NS) // HOUR_NS * HOUR_NS


def _fine(time_ns: int) -> int:
    return time_ns // FINE_NS * FINE_NS
