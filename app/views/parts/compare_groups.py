"""Compare, groups of runs: one version against another, one model against another."""

from __future__ import annotations

import time
from dataclasses import replace

from app.components.compare_groups import draw_groups, draw_queries, draw_steps, nobody, nothing_asked
from app.components.search_box import draw_wrong_query
from app.frames.groups import steps
from app.queries import comparison as ask
from app.queries import search
from app.selection import Selection
from app.theme import palette
from collector.analysis.groups import Contrast, compare_groups, compare_steps, contrasts
from collector.query import WrongQuery
from collector.store.records import TraceFilter

MOST_SUGGESTED = 6
STEP_RUNS = 100
"""Newest runs of each group whose steps are read."""


def draw(selection: Selection) -> None:
    draw_queries()
    if not (selection.group_a and selection.group_b):
        nothing_asked(suggested(selection))
        return
    now_ns, wanted = time.time_ns(), []
    for group in (selection.group_a, selection.group_b):
        try:
            wanted.append(group_filter(selection, group, now_ns))
        except WrongQuery as error:
            draw_wrong_query(error, group)
            return
    a, b = map(ask.group_runs, wanted)
    groups = compare_groups(a, b)
    for side, runs, group in (("A", groups.a_runs, selection.group_a), ("B", groups.b_runs, selection.group_b)):
        if not runs:
            nobody(side, group)
            return
    draw_groups(groups, ask.MOST_RUNS, palette())
    newest = [tuple(run.trace_id for run in runs[:STEP_RUNS]) for runs in (a, b)]
    compared = compare_steps(*(ask.group_steps(ids) for ids in newest))
    draw_steps(steps(compared), len(newest[0]), len(newest[1]), palette())


def suggested(selection: Selection) -> list[tuple[Contrast, str, str]]:
    """Groups that there are in the chosen time, with their queries."""
    runs = ask.group_runs(group_filter(selection, "", time.time_ns()))
    found = []
    for contrast in contrasts(runs)[:MOST_SUGGESTED]:
        of_workflow = replace(selection, query="").choosing("workflow", [contrast.workflow])
        a, b = (of_workflow.choosing(contrast.field, [value]).query for value in (contrast.a, contrast.b))
        found.append((contrast, a, b))
    return found


def group_filter(selection: Selection, group: str, now_ns: int) -> TraceFilter:
    """The runs of a group, in the chosen time and environment. Raises WrongQuery."""
    return replace(selection, query=group).trace_filter(now_ns, search.dimensions())
