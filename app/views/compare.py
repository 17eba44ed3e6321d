"""Compare: why this run was slower or dearer than another."""

from __future__ import annotations

from app import live, queries, state
from app.components import compare_states, states
from app.components.compare_head import GROUPS, PAIR, draw_about, draw_ids, draw_modes, draw_runs_to_choose
from app.components.filters import draw_period
from app.components.frame import head
from app.components.recipes import first_lines
from app.queries import comparison as ask
from app.selection import BEFORE, Selection
from app.views import compare_groups
from app.views.compare_pair import draw_pair
from collector.store.records import TraceFilter, TraceSummary

EARLIER_RUNS = 50
NEWEST_RUNS = 12


def draw(selection: Selection) -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
        elif selection.view == GROUPS:
            compare_groups.draw(selection)
        elif selection.b is None:
            with compare_states.nothing_chosen():
                draw_ids()
            draw_runs_to_choose(queries.traces(TraceFilter(), limit=NEWEST_RUNS).traces)
        elif (b := find("B", selection.b)) is not None:
            draw_with(b, selection.a)


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


chosen_mode = GROUPS if state.current().view == GROUPS else PAIR
with head("Compare"):
    live.pulse()
    if chosen_mode == GROUPS:
        draw_period()
    draw_modes(chosen_mode)
draw(state.current())
