"""One question asked of many stretches of time at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from collector.store.dialect import is_sqlite, placeholder
from collector.store.sums import Topic

_ARMS = 200
_ROWS_AT_ONCE = 1_000


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
