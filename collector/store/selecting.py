"""Reading the rows of many traces at once with the driver's own statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from collector.store.dialect import is_sqlite, placeholder

TraceKey = tuple[str, str]
"""(project_id, trace_id)."""
SpanKey = tuple[str, str, str]
"""(project_id, trace_id, span_id)."""
_KEYS_A_SELECT = 500
_ROWS_AT_ONCE = 1_000


def rows_of_traces(
    connection: Connection, table: str, columns: Sequence[str], keys: Iterable[TraceKey], *, suffix: str = ""
) -> Iterator[Sequence[Any]]:
    """The table's rows that belong to one of the traces, in no particular order."""
    by_project: defaultdict[str, list[str]] = defaultdict(list)
    for project_id, trace_id in keys:
        by_project[project_id].append(trace_id)
    if not is_sqlite(connection.dialect):  # one statement whatever their number, so that it is prepared once
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE project_id = %s AND trace_id = ANY(%s){suffix}"  # noqa: S608
        for project_id, trace_ids in by_project.items():
            yield from connection.exec_driver_sql(query, (project_id, trace_ids))
        return
    mark = placeholder(connection.dialect)
    for project_id, trace_ids in by_project.items():
        for at in range(0, len(trace_ids), _KEYS_A_SELECT):
            some = trace_ids[at : at + _KEYS_A_SELECT]
            found = connection.exec_driver_sql(
                f"SELECT {', '.join(columns)} FROM {table} WHERE project_id = {mark}"  # noqa: S608 (our own names)
                f" AND trace_id IN ({', '.join([mark] * len(some))}){suffix}",
                (project_id, *some),
            )
            for rows in found.partitions(_ROWS_AT_ONCE):  # row by row takes twice the time
                yield from rows


def rows_of_spans(connection: Connection, columns: Sequence[str], keys: Sequence[SpanKey]) -> Iterator[Sequence[Any]]:
    """The rows of spans, in no particular order."""
    return rows_of_ids(connection, "span", "span_id", columns, keys)


def rows_of_ids(
    connection: Connection, table: str, id_column: str, columns: Sequence[str], keys: Sequence[SpanKey]
) -> Iterator[Sequence[Any]]:
    """The rows with these (project_id, trace_id, id), in no particular order."""
    mark = placeholder(connection.dialect)
    same = f"{table}.project_id = project AND {table}.trace_id = trace AND {table}.{id_column} = id"
    for at in range(0, len(keys), _KEYS_A_SELECT):
        some = keys[at : at + _KEYS_A_SELECT]
        wanted = ", ".join([f"({mark}, {mark}, {mark})"] * len(some))
        yield from connection.exec_driver_sql(  # CROSS JOIN: SQLite takes the keys first, and not all spans
            f"WITH wanted (project, trace, id) AS (VALUES {wanted})"  # noqa: S608 (our own names)
            f" SELECT {', '.join(columns)} FROM wanted CROSS JOIN {table} WHERE {same}",
            tuple(chain.from_iterable(some)),
        )


def sealed_traces(connection: Connection, keys: Iterable[TraceKey]) -> set[TraceKey]:
    """Those that retention once took. What comes of them later is shown, but their ledger stays as it was sealed:
    nobody can tell which of their calls it holds."""
    found = rows_of_traces(connection, "usage", ("project_id", "trace_id"), keys, suffix=" AND sealed_tags IS NOT NULL")
    return {(row[0], row[1]) for row in found}
