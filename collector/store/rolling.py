"""Sums over runs, calls and errors by the hour and by the day, for pages whose time does not grow with the spans.

A rolled hour is a pure function of what lies in it: it is made of those rows alone, and whoever changes one of them
forgets the hour, and its day, in the same transaction, which is the removal of two narrow rows. Pages take rolled
stretches from here and read all else from the rows themselves (`reads.covering`), so they are exact at every moment,
whatever comes late, twice, or goes. A day is the sum of its hours.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.store.dialect import as_store_error, is_sqlite, placeholder
from collector.store.histograms import add_counts, pack, unpack
from collector.store.models import RolledLoop, RolledStretch, RolledSum, Trace
from collector.store.rolled_errors import ERROR_TOPICS, errors_of_hour
from collector.store.rolled_loops import repeated_of_stretch
from collector.store.rows import SpanRow, TraceRow
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.sums import AMOUNTS, COUNTS, DAY_NS, FINE_NS, HOUR_NS, MINUTE_NS, TOPICS, Sums, Topic

SUM: Table = RolledSum.__table__  # type: ignore[attr-defined]
STRETCH: Table = RolledStretch.__table__  # type: ignore[attr-defined]
LOOP: Table = RolledLoop.__table__  # type: ignore[attr-defined]
TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
SETTLED_NS = HOUR_NS // 4
"""An hour is rolled so long after its end: by then few spans come late."""
OLDEST_NS = 800 * DAY_NS
_TURN_S = 0.04
"""Writers wait for a transaction of about this length."""
Hour = tuple[str, int]
"""Project and start."""
_ARMS = 200
_ROWS_AT_ONCE = 1_000


def roll_sums(engine: Engine, scope: Iterable[str], now_ns: int, stops: Callable[[float], object] = lambda _: 0) -> int:
    """Rolls every hour and day that is over and not rolled yet, the newest first; returns how many hours.

    stops: is handed seconds to rest between two transactions; says whether to stop. Raises StoreUnavailable.
    """
    rolled = 0
    try:
        for project_id in scope:
            for step_ns, roll in ((HOUR_NS, _roll_hour), (DAY_NS, _roll_day)):
                due = _due(engine, project_id, step_ns, now_ns)
                while due:
                    with engine.begin() as connection:
                        done = _turn(connection, project_id, due, roll)
                    rolled += done if step_ns == HOUR_NS else 0
                    if stops(0.02):
                        return rolled
    except (DBAPIError, TimeoutError) as error:
        raise as_store_error(error) from error
    return rolled


def hours_of_traces(connection: Connection, keys: Collection[TraceKey]) -> set[Hour]:
    """Where the traces begin, as they are stored."""
    return {(row[0], _hour(row[1])) for row in rows_of_traces(connection, "trace", ("project_id", "start_ns"), keys)}


def hours_of_spans(connection: Connection, keys: Collection[TraceKey]) -> set[Hour]:
    """Where their spans do."""
    hour = f"start_ns / {HOUR_NS} * {HOUR_NS}"
    columns = (f"DISTINCT project_id, {hour}",)
    return {(row[0], row[1]) for row in rows_of_traces(connection, "span", columns, keys)}


def hours_of(rows: Iterable[SpanRow | TraceRow]) -> set[Hour]:
    """Where they begin."""
    return {(row.project_id, _hour(row.start_ns)) for row in rows}


def forget_sums(connection: Connection, hours: Collection[Hour]) -> None:
    """They are not rolled any more. On PostgreSQL this comes after the transaction has written to `trace`: whoever
    rolls waits for those who have, and those who come wait for it."""
    stretches = {(project_id, HOUR_NS, hour_ns) for project_id, hour_ns in hours}
    stretches |= {(project_id, DAY_NS, hour_ns // DAY_NS * DAY_NS) for project_id, hour_ns in hours}
    if stretches:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"DELETE FROM {STRETCH.name} WHERE project_id = {mark} AND step_ns = {mark} AND start_ns = {mark}",  # noqa: S608
            sorted(stretches),
        )


def raw_rows(
    connection: Connection, topic: Topic, parts: Iterable[tuple[int, str, int, int]], environment: str | None = None
) -> Iterator[Any]:
    """Rows of the topic, each behind the number of its part. parts: number, project, start and end."""
    mark = placeholder(connection.dialect)
    suffix = f" AND {topic.environment} = {mark}" if environment else ""
    arm = (
        f"{topic.select} FROM {topic.source}"
        f" WHERE {topic.project} = {mark} AND {topic.time} >= {mark} AND {topic.time} < {mark}{suffix}"
    )
    last = (environment,) if environment else ()
    yield from in_arms(connection, arm, [(number, project_id, *times, *last) for number, project_id, *times in parts])


def in_arms(connection: Connection, arm: str, values: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """The rows that the SELECT finds with each of the values, behind the first of these, which is a number. Each goes
    its own way through an index: in SQLite some of them are a statement, PostgreSQL would plan that for long."""
    if not is_sqlite(connection.dialect):
        if values:
            yield from _rows(connection, *_lateral(arm, values))
        return
    for at in range(0, len(values), _ARMS):
        some = values[at : at + _ARMS]
        arms = " UNION ALL ".join(f"SELECT {number:d}, {arm}" for number, *_ in some)
        yield from _rows(connection, arms, tuple(value for _, *bound in some for value in bound))


def _lateral(arm: str, values: Sequence[tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    columns = tuple(map(list, zip(*values, strict=True)))
    types = ", ".join("%s::text[]" if isinstance(column[0], str) else "%s::bigint[]" for column in columns)
    names = [f"v{number}" for number in range(len(columns))]
    bound = arm.replace("%s", "{}").format(*(f"part.{name}" for name in names[1:]))
    return (
        f"SELECT part.v0, arm.* FROM unnest({types}) AS part({', '.join(names)})"  # noqa: S608 (our own names)
        f" CROSS JOIN LATERAL (SELECT {bound} OFFSET 0) AS arm",  # OFFSET: looked up for each part
        columns,
    )


def _rows(connection: Connection, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
    for rows in connection.exec_driver_sql(statement, values).partitions(_ROWS_AT_ONCE):  # by row takes twice the time
        yield from rows


def sums_of_hour(connection: Connection, project_id: str, hour_ns: int) -> list[dict[str, Any]]:
    """The hour's rows of `rolled_sum`, worked out from what they stand for."""
    rows = []
    for topic in TOPICS:
        found: defaultdict[tuple[int, int, Any], Sums] = defaultdict(Sums)
        for _, start_ns, *names, duration_ns in raw_rows(
            connection, topic, [(0, project_id, hour_ns, hour_ns + HOUR_NS)]
        ):
            key, figures = tuple(names[:3]), names[3:]
            found[HOUR_NS, hour_ns, key].take(start_ns, figures, duration_ns)
            if topic.is_fine:
                found[FINE_NS, start_ns // FINE_NS * FINE_NS, key].take(start_ns, figures, duration_ns)
        rows += [
            _row(topic.name, step_ns, stretch_ns, key, sums, _minutes(sums, hour_ns) if topic.has_minutes else None)
            for (step_ns, stretch_ns, key), sums in found.items()
        ]
    rows += errors_of_hour(connection, project_id, hour_ns)
    return _numbered(project_id, rows)


def _row(topic: str, step_ns: int, start_ns: int, key: Any, sums: Sums, minutes: bytes | None = None) -> dict[str, Any]:
    environment, name, detail = key
    return {
        "topic": topic,
        "step_ns": step_ns,
        "start_ns": start_ns,
        "environment": environment,
        "name": name,
        "detail": detail,
        **{column: int(getattr(sums, column)) for column in COUNTS},
        **{column: getattr(sums, column) for column in AMOUNTS},
        "durations": pack(sums.durations),
        "minutes": minutes,
    }


def _minutes(sums: Sums, hour_ns: int) -> bytes | None:
    return pack(Counter((start_ns - hour_ns) // MINUTE_NS for start_ns in sums.starts_ns))


def _numbered(project_id: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "project_id": project_id, "slot": slot} for slot, row in enumerate(rows)]


def _turn(connection: Connection, project_id: str, due: list[int], roll: Callable[[Connection, str, int], None]) -> int:
    """Takes the newest of those that are due, as many as fit into a turn; returns how many."""
    if not is_sqlite(connection.dialect):  # waits for writers, and makes those who come wait
        connection.exec_driver_sql(f"LOCK TABLE {TRACE.name} IN SHARE ROW EXCLUSIVE MODE")
    began_s, done = time.monotonic(), 0
    while due and time.monotonic() - began_s < _TURN_S:
        roll(connection, project_id, due.pop())
        done += 1
    return done


def _roll_hour(connection: Connection, project_id: str, hour_ns: int) -> None:
    rows = sums_of_hour(connection, project_id, hour_ns)
    _drop(connection, project_id, hour_ns, (HOUR_NS, FINE_NS), HOUR_NS)
    connection.execute(delete(LOOP).where(LOOP.c.project_id == project_id, LOOP.c.hour_ns == hour_ns))
    loops = repeated_of_stretch(connection, project_id, hour_ns, hour_ns + HOUR_NS)
    if loops:
        connection.execute(
            insert(LOOP), [{"hour_ns": hour_ns, "slot": n, **loop._asdict()} for n, loop in enumerate(loops)]
        )
    _store(connection, project_id, HOUR_NS, hour_ns, rows)


def _roll_day(connection: Connection, project_id: str, day_ns: int) -> None:
    """Of its hours, if all of them are still rolled."""
    if _count_hours(connection, project_id, day_ns) < DAY_NS // HOUR_NS:
        return
    rows = sums_of_day(connection, project_id, day_ns)
    _drop(connection, project_id, day_ns, (DAY_NS,), DAY_NS)
    _store(connection, project_id, DAY_NS, day_ns, rows)


def sums_of_day(connection: Connection, project_id: str, day_ns: int) -> list[dict[str, Any]]:
    """The day's rows of `rolled_sum`, from those of its hours."""
    found: defaultdict[tuple[str, Any], Sums] = defaultdict(Sums)
    columns = ("topic", "environment", "name", "detail", *COUNTS, *AMOUNTS, "durations")
    hours = select(*(SUM.c[name] for name in columns)).where(
        SUM.c.project_id == project_id,
        SUM.c.topic.in_(ALL_TOPICS),
        SUM.c.step_ns == HOUR_NS,
        SUM.c.start_ns >= day_ns,
        SUM.c.start_ns < day_ns + DAY_NS,
    )
    for topic, environment, name, detail, *figures, durations in connection.execute(hours):
        sums = found[topic, (environment, name, detail)]
        sums.take(day_ns, figures, None)
        add_counts(sums.histogram, unpack(durations))
    return _numbered(project_id, [_row(topic, DAY_NS, day_ns, key, sums) for (topic, key), sums in found.items()])


ALL_TOPICS = tuple(topic.name for topic in TOPICS) + ERROR_TOPICS


def _drop(connection: Connection, project_id: str, start_ns: int, steps: Collection[int], length_ns: int) -> None:
    connection.execute(
        delete(SUM).where(
            SUM.c.project_id == project_id,
            SUM.c.topic.in_(ALL_TOPICS),
            SUM.c.step_ns.in_(steps),
            SUM.c.start_ns >= start_ns,
            SUM.c.start_ns < start_ns + length_ns,
        )
    )


def _store(connection: Connection, project_id: str, step_ns: int, start_ns: int, rows: list[dict[str, Any]]) -> None:
    key = {"project_id": project_id, "step_ns": step_ns, "start_ns": start_ns}
    connection.execute(delete(STRETCH).where(*(STRETCH.c[name] == value for name, value in key.items())))
    if rows:
        connection.execute(insert(SUM), rows)
    connection.execute(insert(STRETCH), [key])


def _due(engine: Engine, project_id: str, step_ns: int, now_ns: int) -> list[int]:
    """Oldest first, from the beginning of the first day."""
    end_ns = (now_ns - SETTLED_NS) // step_ns * step_ns
    with engine.connect() as connection:
        first = select(TRACE.c.start_ns).where(TRACE.c.project_id == project_id).order_by(TRACE.c.start_ns).limit(1)
        first_ns = connection.execute(first).scalar()
        rolled = {HOUR_NS: set[int](), DAY_NS: set[int]()}
        for step, start_ns in connection.execute(
            select(STRETCH.c.step_ns, STRETCH.c.start_ns).where(STRETCH.c.project_id == project_id)
        ):
            rolled[step].add(start_ns)
        connection.rollback()
    if first_ns is None:
        return []
    oldest_ns = max(first_ns, end_ns - OLDEST_NS) // DAY_NS * DAY_NS
    due = [start_ns for start_ns in range(oldest_ns, end_ns, step_ns) if start_ns not in rolled[step_ns]]
    if step_ns == HOUR_NS:
        return due
    return [day for day in due if all(hour in rolled[HOUR_NS] for hour in range(day, day + DAY_NS, HOUR_NS))]


def _count_hours(connection: Connection, project_id: str, day_ns: int) -> int:
    hours = select(func.count()).where(
        STRETCH.c.project_id == project_id,
        STRETCH.c.step_ns == HOUR_NS,
        STRETCH.c.start_ns >= day_ns,
        STRETCH.c.start_ns < day_ns + DAY_NS,
    )
    return int(connection.execute(hours).scalar_one())


def _hour(time_ns: int) -> int:
    return time_ns // HOUR_NS * HOUR_NS
