"""Other runs of a trace's workflow: what it can be compared with."""

from __future__ import annotations

from sqlalchemy import Engine

from collector.store.reads.traces import list_traces
from collector.store.records import Period, Scope, TraceFilter, TraceSummary

LOOK_BACK_NS = 30 * 86_400 * 10**9
OVER = ("ok", "recovered", "failed")
GOOD = ("ok", "recovered")


def list_earlier_runs(
    engine: Engine, scope: Scope, trace: TraceSummary, *, limit: int, outcomes: tuple[str, ...] = OVER
) -> tuple[TraceSummary, ...]:
    """Runs of the same workflow and environment in the 30 days before the trace, newest first.

    Empty for a trace without a workflow.
    """
    if not trace.workflow:
        return ()
    wanted = TraceFilter(
        period=Period(trace.start_ns - LOOK_BACK_NS, trace.start_ns),
        workflows=(trace.workflow,),
        environments=(trace.environment,) if trace.environment else (),
        outcomes=outcomes,
    )
    return list_traces(engine, scope, wanted, limit=limit).traces


def last_good_run(engine: Engine, scope: Scope, trace: TraceSummary) -> TraceSummary | None:
    """The newest earlier run that ended ok; else one that recovered; None when there is neither."""
    for outcome in GOOD:
        if found := list_earlier_runs(engine, scope, trace, limit=1, outcomes=(outcome,)):
            return found[0]
    return None


def run_before(engine: Engine, scope: Scope, trace: TraceSummary) -> TraceSummary | None:
    """The newest earlier run, however it ended."""
    found = list_earlier_runs(engine, scope, trace, limit=1)
    return found[0] if found else None
