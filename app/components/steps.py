"""The steps of a trace as a table: what was called, what changed since the call before, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.components.paging import turned_page
from app.format import count, duration, escape_markdown, fit, plural
from app.frames.steps import loop_sentence, step_rows
from app.theme import Palette
from collector.analysis.loops import loops
from collector.analysis.steps import Call, Comparison, Step, compare, steps
from collector.analysis.tree import Tree
from collector.store.records import SpanRecord

STEPS = 200
"""On one page; the arguments of these and no others are read and compared."""
ROW_PX, HEADER_PX, MOST_ROWS = 30, 34, 22
_MOST_LOOPS = 5
_ALL_PX = {
    "step": 36,
    "agent": 88,
    "action": 106,
    "arguments": 150,
    "result": 118,
    "tokens": 60,
    "cost": 66,
    "duration_ms": 66,
}
_LABELS = {
    "step": ("#", "Steps by start. A step is an action, with the model call that decided it."),
    "agent": ("Agent", "Who made it."),
    "action": ("Action", "The tool, or “answers” for a model call that no action follows."),
    "arguments": ("Arguments", "Of a first call all, later what differs from the same tool's call before. Cut."),
    "result": ("Result", "What came back, cut. All of it stands in the panel: click the row."),
    "tokens": ("Tokens", "Of the model call that decided the step and of what happened inside the action."),
    "cost": ("Cost", "As the tokens. Unknown where a call has no price."),
    "duration_ms": ("Duration", "From the model call to the end of the action."),
}
ReadCalls = Callable[[Iterable[SpanRecord]], Mapping[str, Call]]


def steps_view(
    tree: Tree, span_id: str | None, read_calls: ReadCalls, palette: Palette, on_choose: Callable[[str], None]
) -> None:
    """`read_calls` is asked for the spans of one page. `on_choose` is called with a span_id."""
    found = steps(tree)
    if not found:
        st.caption("Nothing in this trace is a call of a model or a tool, so there are no steps.")
        return
    at = {id_: step.number - 1 for step in found for id_ in (step.decided_by, step.span_id) if id_}
    page = turned_page(-(-len(found) // STEPS), at.get(span_id or "", 0) // STEPS + 1)
    shown = found[(page - 1) * STEPS : page * STEPS]
    calls = read_calls([tree.nodes[tree.index[step.span_id]].span for step in shown])
    compared = compare(shown, calls)
    _say_loops(shown, calls, len(found))
    _table(shown, compared, calls, at.get(span_id or ""), palette)
    if chosen := state.clicked("steps"):
        on_choose(chosen)
        st.rerun()


def _say_loops(shown: Sequence[Step], calls: Mapping[str, Call], last_number: int) -> None:
    told = loops(shown, calls)
    for loop in told[:_MOST_LOOPS]:
        sentence = escape_markdown(loop_sentence(loop, last_number))
        st.markdown(f":orange[:material/sync: **{sentence}**]")
    if len(told) > _MOST_LOOPS:
        st.caption(f"and {plural(len(told) - _MOST_LOOPS, 'more loop')}")


def _table(
    shown: Sequence[Step],
    compared: Sequence[Comparison],
    calls: Mapping[str, Call],
    selected: int | None,
    palette: Palette,
) -> None:
    rows = step_rows(shown, compared, calls)
    widths = dict(_ALL_PX)
    if rows["agent"].nunique() < 2:
        widths["arguments"] += widths.pop("agent")
    for name in ("agent", "action", "arguments", "result"):
        if name in widths:
            rows[name] = [fit(text, widths[name]) if isinstance(text, str) else "" for text in rows[name]]
    st.dataframe(
        _styled(rows[list(widths)], shown, compared, selected, palette),
        hide_index=True,
        height=HEADER_PX + ROW_PX * min(len(rows), MOST_ROWS),
        row_height=ROW_PX,
        key="steps",
        on_select=state.remember_click("steps", [step.span_id for step in shown]),
        selection_mode="single-cell",
        placeholder="",
        column_config={name: _column(name, width) for name, width in widths.items()},
        alt=f"{plural(len(rows), 'step')}. A click on a row shows it in the panel.",
    )


def _column(name: str, width: int) -> Any:
    label, help_text = _LABELS[name]
    right = name in ("step", "tokens", "cost", "duration_ms")
    return st.column_config.Column(label, help=help_text, width=width, alignment="right" if right else "left")


def _styled(
    rows: pd.DataFrame,
    shown: Sequence[Step],
    compared: Sequence[Comparison],
    selected: int | None,
    palette: Palette,
) -> Any:
    def row_style(row: pd.Series[Any]) -> list[str]:
        at = int(str(row.name))
        step = shown[at]
        fails = step.has_failed or step.returned_error is not None
        ground = f"background-color:{palette.failed_row};" if fails else ""
        if selected is not None and step.number == selected + 1:
            ground = f"background-color:{palette.accent}33;"
        same = compared[at].same_as is not None
        colours = {
            "step": palette.muted,
            "action": palette.failed_text if fails else palette.text,
            "arguments": palette.recovered_text if same else palette.text,
            "result": palette.failed_text if fails else palette.muted,
        }
        return [ground + (f"color:{colours[name]}" if (name := str(column)) in colours else "") for column in row.index]

    formats = {"tokens": _or_blank(count), "duration_ms": _or_blank(duration)}
    return rows.style.apply(row_style, axis=1).format(formats)


def _or_blank(text: Any) -> Any:
    return lambda value: "" if pd.isna(value) else text(value)
