"""The spans of many runs, with the few facts that groups are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, select

from collector.store.engine import reading
from collector.store.reads.contents import SPAN
from collector.store.reads.spans import NANO
from collector.store.records import Scope, StepSpan

MOST_SPANS = 20_000
_SHOWN = (
    "trace_id",
    "name",
    "kind",
    "tool_name",
    "agent_name",
    "workflow",
    "request_model",
    "response_model",
    "status",
)


def list_step_spans(engine: Engine, scope: Scope, trace_ids: Sequence[str]) -> tuple[StepSpan, ...]:
    """Of these traces in turn, whole traces only, until there are MOST_SPANS."""
    columns = [SPAN.c[name] for name in (*_SHOWN, "start_ns", "end_ns", "counted", "cost_nusd")]
    found: list[StepSpan] = []
    with reading(engine) as connection:
        for trace_id in trace_ids:
            of_trace = select(*columns).where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id)
            rows = connection.execute(of_trace.limit(MOST_SPANS + 1 - len(found))).all()
            if len(found) + len(rows) > MOST_SPANS:
                break
            found += map(_step_span, rows)
    return tuple(found)


def _step_span(row: Row[Any]) -> StepSpan:
    return StepSpan(
        **{name: getattr(row, name) for name in _SHOWN},
        duration_ms=_duration_ms(row.start_ns, row.end_ns),
        cost_usd=row.cost_nusd / NANO if row.counted and row.cost_nusd is not None else None,
    )


def _duration_ms(start_ns: int, end_ns: int | None) -> float | None:
    return None if end_ns is None or end_ns < start_ns else (end_ns - start_ns) / 1e6
