"""Compare, groups of runs: one version against another, one model against another."""

from __future__ import annotations

import time

from app.components.compare_groups import draw_groups, draw_queries, draw_steps, nobody, nothing_asked
from app.frames.groups import steps
from app.queries import comparison as ask
from app.selection import Selection
from app.theme import palette
from collector.analysis.groups import compare_groups, compare_steps
from collector.store.records import TraceFilter

STEP_RUNS = 100
"""Newest runs of each group whose steps are read."""


def draw(selection: Selection) -> None:
    draw_queries()
    if not (selection.group_a and selection.group_b):
        nothing_asked()
        return
    now_ns = time.time_ns()
    a, b = (ask.group_runs(group_filter(selection, group, now_ns)) for group in (selection.group_a, selection.group_b))
    groups = compare_groups(a, b)
    for side, runs, group in (("A", groups.a_runs, selection.group_a), ("B", groups.b_runs, selection.group_b)):
        if not runs:
            nobody(side, group)
            return
    draw_groups(groups, ask.MOST_RUNS, palette())
    newest = [tuple(run.trace_id for run in runs[:STEP_RUNS]) for runs in (a, b)]
    compared = compare_steps(*(ask.group_steps(ids) for ids in newest))
    draw_steps(steps(compared), len(newest[0]), len(newest[1]))


def group_filter(selection: Selection, group: str, now_ns: int) -> TraceFilter:
    """The runs of a group: `version:43 model:gpt-5`, other words as text; in the chosen time and environment."""
    named: dict[str, list[str]] = {"version": [], "model": [], "workflow": [], "outcome": []}
    words: list[str] = []
    for word in group.split():
        key, _, value = word.partition(":")
        (named[key] if key in named and value else words).append(value if key in named and value else word)
    return TraceFilter(
        period=selection.window(now_ns),
        text=" ".join(words),
        versions=tuple(named["version"]),
        models=tuple(named["model"]),
        workflows=tuple(named["workflow"]),
        outcomes=tuple(named["outcome"]),
        environments=(selection.environment,) if selection.environment else (),
    )
