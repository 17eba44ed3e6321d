"""What a run is measured against: the last runs of its workflow."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask
from collector.store.reads import traces as trace_reads
from collector.store.records import Period, Scope, TraceFilter, TraceSummary

MOST_RUNS = 50
LOOK_BACK_NS = 30 * 86_400 * 10**9
_OVER = ("ok", "recovered", "failed")


def earlier_runs(trace: TraceSummary) -> tuple[TraceSummary, ...]:
    """The last runs of the same workflow and environment that began before the trace, newest first."""
    if not trace.workflow:
        return ()
    return ask(_earlier_runs, trace.workflow, trace.environment, trace.start_ns)


def _earlier_runs(
    engine: Engine, scope: Scope, workflow: str, environment: str | None, start_ns: int
) -> tuple[TraceSummary, ...]:
    wanted = TraceFilter(
        period=Period(start_ns - LOOK_BACK_NS, start_ns),
        workflows=(workflow,),
        environments=(environment,) if environment else (),
        outcomes=_OVER,
    )
    return trace_reads.list_traces(engine, scope, wanted, limit=MOST_RUNS).traces
