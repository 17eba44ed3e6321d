"""Which two runs are compared."""

from __future__ import annotations

from app import queries
from app.components import compare_states
from app.components.compare_head import draw_about, draw_ids
from app.queries import comparison as ask
from app.selection import BEFORE
from app.views.parts.compare_pair import draw_pair
from collector.store.records import TraceSummary

EARLIER_RUNS = 50


def draw_with(b: TraceSummary, a_id: str | None) -> None:
    if a_id is None or a_id == BEFORE:
        a = ask.run_before(b.trace_id) if a_id else ask.last_good_run(b.trace_id)
        chosen_by = "A is the run before B" if a_id else "A is the last good run before B"
        if a is None:
            compare_states.nothing_to_compare_with(b)
            draw_ids()
            return
    else:
        a, chosen_by = find("A", a_id), "A and B as chosen"
        if a is None:
            return
    if a.trace_id == b.trace_id:
        compare_states.same_run(b)
        draw_ids()
        return
    draw_about(a, b, chosen_by, ask.earlier_runs(b.trace_id, EARLIER_RUNS))
    draw_pair(a, b)


def find(side: str, beginning: str) -> TraceSummary | None:
    """None after saying on the page that there is none."""
    run: TraceSummary | None = None
    with compare_states.missing_run_shown(side, beginning):
        run = queries.trace(queries.whole_trace_id(beginning))
    return run
