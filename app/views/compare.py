"""Compare: why this run was slower or dearer than another."""

from __future__ import annotations

from app import live, queries, state
from app.components import compare_states, states
from app.components.compare_head import GROUPS, PAIR, draw_ids, draw_modes, draw_runs_to_choose
from app.components.filters import draw_period
from app.components.frame import head
from app.components.recipes import first_lines
from app.selection import Selection
from app.views.parts import compare_groups
from app.views.parts.compare_choice import draw_with, find
from collector.store.records import TraceFilter

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


chosen_mode = GROUPS if state.current().view == GROUPS else PAIR
with head("Compare"):
    live.pulse()
    if chosen_mode == GROUPS:
        draw_period()
    draw_modes(chosen_mode)
draw(state.current())
