"""The outcome of a trace as it reads now: that of one without a root depends on the time."""

from __future__ import annotations

import time

from sqlalchemy import ColumnElement, Table, case

from collector.store.models import Trace

INCOMPLETE_AFTER_NS = 15 * 60 * 10**9
_TRACE: Table = Trace.__table__  # type: ignore[attr-defined]


def outcome_now() -> ColumnElement[str]:
    """Without a root, a trace runs for 15 minutes and is incomplete then."""
    silent_since = time.time_ns() - INCOMPLETE_AFTER_NS
    return case(
        (_TRACE.c.outcome != "rootless", _TRACE.c.outcome),
        (_TRACE.c.received_ns < silent_since, "incomplete"),
        else_="running",
    )
