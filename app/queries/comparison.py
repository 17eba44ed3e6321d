"""Two runs beside each other, and what they can be compared with."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask, ask_settled
from collector import compare_view
from collector.analysis.comparison import Comparison
from collector.analysis.spread import NormalSpread
from collector.errors import SearchUnfinished
from collector.store.reads import groups, neighbours
from collector.store.reads.traces import get_trace, list_traces
from collector.store.records import Scope, StepSpan, TraceFilter, TraceSummary

MOST_RUNS = 1_000
"""Of a group, the newest."""


def comparison(a: TraceSummary, b: TraceSummary) -> Comparison:
    """Made again only when one of the two changes."""
    return ask_settled(compare_view.read_comparison, (_stamp(a), _stamp(b)), a.trace_id, b.trace_id)


def _stamp(trace: TraceSummary) -> str:
    """Says everything of a trace that late or repriced spans change."""
    return repr(trace)


def normal_spread(a_id: str, b_id: str) -> NormalSpread:
    """Raises NotFound."""
    return ask(_normal_spread, a_id, b_id)


def last_good_run(trace_id: str) -> TraceSummary | None:
    """Of the trace's workflow, before it. Raises NotFound."""
    return ask(_last_good_run, trace_id)


def run_before(trace_id: str) -> TraceSummary | None:
    """Raises NotFound."""
    return ask(_run_before, trace_id)


def earlier_runs(trace_id: str, limit: int) -> tuple[TraceSummary, ...]:
    """Of the same workflow, newest first. Raises NotFound."""
    return ask(_earlier_runs, trace_id, limit)


def _normal_spread(engine: Engine, scope: Scope, a_id: str, b_id: str) -> NormalSpread:
    return compare_view.normal_spread(engine, scope, get_trace(engine, scope, a_id), get_trace(engine, scope, b_id))


def _last_good_run(engine: Engine, scope: Scope, trace_id: str) -> TraceSummary | None:
    return neighbours.last_good_run(engine, scope, get_trace(engine, scope, trace_id))


def _run_before(engine: Engine, scope: Scope, trace_id: str) -> TraceSummary | None:
    return neighbours.run_before(engine, scope, get_trace(engine, scope, trace_id))


def _earlier_runs(engine: Engine, scope: Scope, trace_id: str, limit: int) -> tuple[TraceSummary, ...]:
    return neighbours.list_earlier_runs(engine, scope, get_trace(engine, scope, trace_id), limit=limit)


def group_runs(wanted: TraceFilter) -> tuple[TraceSummary, ...]:
    """The newest MOST_RUNS of a group. Raises BadQuery."""
    return ask(_group_runs, wanted)


def group_steps(trace_ids: tuple[str, ...]) -> tuple[StepSpan, ...]:
    return ask(groups.list_step_spans, trace_ids)


def _group_runs(engine: Engine, scope: Scope, wanted: TraceFilter) -> tuple[TraceSummary, ...]:
    page = list_traces(engine, scope, wanted, limit=MOST_RUNS)
    if page.is_unfinished:
        raise SearchUnfinished("the runs of the group are still looked for: asked again, the search goes on")
    return page.traces
