"""Which runs may hold a loop: a tool that was called again and again with the same arguments."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from collector.store.dialect import placeholder

LOOP_CALLS = 3
"""Calls of one tool with the same arguments in one run make a loop."""


class MaybeLoop(NamedTuple):
    trace_id: str
    first_ns: int
    last_ns: int
    """Of the calls that were repeated."""


def loops_of_stretch(connection: Connection, project_id: str, start_ns: int, end_ns: int) -> list[MaybeLoop]:
    """Of the traces that begin in it, by their whole length."""
    mark = placeholder(connection.dialect)
    rows = connection.exec_driver_sql(
        "SELECT trace_id, min(first_ns), max(last_ns) FROM ("  # noqa: S608 (our own names)
        " SELECT s.trace_id AS trace_id, min(s.start_ns) AS first_ns, max(s.start_ns) AS last_ns"
        " FROM trace t JOIN span s ON s.project_id = t.project_id AND s.trace_id = t.trace_id"
        f" WHERE t.project_id = {mark} AND t.start_ns >= {mark} AND t.start_ns < {mark} AND t.span_count >= {mark}"
        " AND s.kind = 'tool' AND s.arguments_hash IS NOT NULL"
        f" GROUP BY s.trace_id, s.tool_name, s.arguments_hash HAVING count(*) >= {mark}) AS repeated"
        " GROUP BY trace_id",
        (project_id, start_ns, end_ns, LOOP_CALLS, LOOP_CALLS),
    )
    return [MaybeLoop(*row) for row in rows]
