"""Traces as the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from app.format import one_line
from app.theme import OUTCOME_MARKS
from collector.store.records import TraceSummary

CUT = frozenset({"workflow", "input", "output", "model"})
"""Columns of free text, too long for a cell."""


def trace_rows(traces: Sequence[TraceSummary], zone: tzinfo) -> pd.DataFrame:
    """One row a trace, in the given order. Unknown is missing, never 0.

    Columns: outcome, started, workflow, input, output, model, duration_ms, tokens, cost_usd.

    `output` is the error of a failed trace: what came out of it.
    """
    frame = pd.DataFrame(
        {
            "outcome": [_outcome(trace.outcome) for trace in traces],
            "started": pd.to_datetime([trace.start_ns for trace in traces], unit="ns", utc=True),
            "workflow": [one_line(trace.workflow or trace.name) for trace in traces],
            "input": [_preview(trace.input_preview) for trace in traces],
            "output": [_preview(_came_out(trace)) for trace in traces],
            "model": [", ".join(one_line(model) for model in trace.models) or None for trace in traces],
            "duration_ms": pd.array([trace.duration_ms for trace in traces], dtype="Float64"),
            "tokens": pd.array([trace.total_tokens for trace in traces], dtype="Int64"),
            "cost_usd": pd.array([trace.cost_usd for trace in traces], dtype="Float64"),
        }
    )
    return frame.assign(started=frame["started"].dt.tz_convert(zone))


def _outcome(outcome: str) -> str:
    mark = OUTCOME_MARKS.get(outcome, "")
    return mark if outcome == "ok" else f"{mark} {outcome}"


def _came_out(trace: TraceSummary) -> str | None:
    return trace.error or trace.output_preview if trace.outcome == "failed" else trace.output_preview


def _preview(text: str | None) -> str | None:
    return None if text is None else one_line(text)
