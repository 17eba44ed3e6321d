"""Errors of five minutes or an hour, for `rolled_sum`.

A run counts once however many of its spans have an error, so runs of two stretches don't simply add up. Those that have
the error in this one alone, and begin in it, are counted under "error" (name: fingerprint, detail: workflow; calls:
runs, failed: spans). Others are listed under "error run" (detail: trace id; failed: spans), for a reader to tell apart.
A run that is counted begins in the stretch, so any change to it forgets that; of one that is listed all but its spans
is looked up when it is read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection

from collector.store.dialect import placeholder

ERROR, ERROR_RUN = "error", "error run"
ERROR_TOPICS = (ERROR, ERROR_RUN)
_OF_NOTHING = {
    **{"calls": 0, "failed": 0, "recovered": 0, "unfinished": 0, "unpriced": 0},
    **{"input_tokens": None, "output_tokens": None, "cost_nusd": None, "durations": None, "minutes": None},
}
SEEN = (
    "s.project_id = {mark} AND s.exception_fingerprint IS NOT NULL AND s.exception_fingerprint IN"
    " (SELECT g.fingerprint FROM error_group g WHERE g.project_id = {mark}"
    " AND g.last_seen_ns >= {mark} AND g.first_seen_ns < {mark})"
    " AND s.start_ns >= {mark} AND s.start_ns < {mark}"
)
"""Spans `s` of a project with an error that began in a stretch of time: the index of errors goes by fingerprint."""


def seen_values(project_id: str, start_ns: int, end_ns: int) -> tuple[Any, ...]:
    return project_id, project_id, start_ns, end_ns, start_ns, end_ns


def errors_of_stretch(connection: Connection, project_id: str, stretch_ns: int, step_ns: int) -> list[dict[str, Any]]:
    """Without project and slot."""
    mark, end_ns = placeholder(connection.dialect), stretch_ns + step_ns
    elsewhere = (
        "SELECT 1 FROM span o WHERE o.project_id = s.project_id AND o.trace_id = s.trace_id"  # noqa: S608
        f" AND o.exception_fingerprint = s.exception_fingerprint AND (o.start_ns < {mark} OR o.start_ns >= {mark})"
    )
    rows = connection.exec_driver_sql(
        "SELECT s.exception_fingerprint, s.trace_id, t.environment, t.workflow, t.start_ns,"  # noqa: S608 (our own)
        f" count(*), CASE WHEN EXISTS ({elsewhere}) THEN 1 ELSE 0 END"
        " FROM span s JOIN trace t ON t.project_id = s.project_id AND t.trace_id = s.trace_id"
        f" WHERE {SEEN.format(mark=mark)}"
        " GROUP BY s.project_id, s.exception_fingerprint, s.trace_id, t.environment, t.workflow, t.start_ns",
        (stretch_ns, end_ns, *seen_values(project_id, stretch_ns, end_ns)),
    )
    counted: defaultdict[tuple[str, str | None, str | None], list[int]] = defaultdict(list)
    listed: list[tuple[str, str, int]] = []
    for fingerprint, trace_id, environment, workflow, start_ns, spans, is_elsewhere in rows:
        if is_elsewhere or not stretch_ns <= start_ns < end_ns:
            listed.append((fingerprint, trace_id, spans))
        else:
            counted[fingerprint, environment, workflow].append(spans)
    same = {"step_ns": step_ns, "start_ns": stretch_ns}
    found = [
        {**_OF_NOTHING, **same, "topic": ERROR, "environment": environment, "name": fingerprint, "detail": workflow}
        | {"calls": len(spans), "failed": sum(spans)}
        for (fingerprint, environment, workflow), spans in counted.items()
    ]
    return found + [
        {**_OF_NOTHING, **same, "topic": ERROR_RUN, "environment": None, "name": fingerprint, "detail": trace_id}
        | {"failed": spans}
        for fingerprint, trace_id, spans in listed
    ]
