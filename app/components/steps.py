"""The steps of a trace as a list: what was called, what changed since the call before, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import streamlit as st

from app import state
from app.components.paging import turned_page
from app.components.trace_rows import draw_rows
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import escape_markdown, plural
from app.frames.steps import loop_sentence, step_columns, step_rows
from app.selection import Selection
from app.theme import Palette
from collector.analysis.loops import Loop, loops, scattered
from collector.analysis.steps import Call, Step, compare, repeated, steps
from collector.analysis.study import Study
from collector.analysis.tree import Tree
from collector.store.records import SpanRecord

STEPS = 200
"""On one page; the arguments of these and no others are read and compared."""
_MOST_ROWS = 22
_MOST_LOOPS = 5
_CARDS_PX = 480
ReadCalls = Callable[[Iterable[SpanRecord]], Mapping[str, Call]]
ReadHashes = Callable[[Tree], Mapping[str, str]]


def steps_view(
    study: Study,
    span_id: str | None,
    read_calls: ReadCalls,
    read_hashes: ReadHashes,
    palette: Palette,
    on_choose: Callable[[str], None],
) -> None:
    """`read_calls` is asked for the spans of one page. `on_choose` is called with a span_id."""
    tree = study.tree
    found = steps(tree)
    if not found:
        st.caption("Nothing in this trace is a call of a model or a tool, so there are no steps.")
        return
    at = {id_: step.number - 1 for step in found for id_ in (step.decided_by, step.span_id) if id_}
    hashes = read_hashes(tree)
    page = turned_page(-(-len(found) // STEPS), at.get(span_id or "", 0) // STEPS + 1)
    shown = found[(page - 1) * STEPS : page * STEPS]
    calls = read_calls([tree.nodes[tree.index[step.span_id]].span for step in shown])
    _say_loops(found, calls, hashes, on_choose)
    rows = step_rows(
        shown,
        repeated(compare(shown, calls), shown, found, hashes),
        calls,
        {node.span.span_id: number for node, number in zip(tree.nodes, study.steps, strict=True) if number},
        lambda chosen: state.selection_link("trace", span_id=chosen),
        span_id,
    )
    draw_rows(
        rows,
        step_columns(shown),
        key="steps",
        height=HEADER_PX + ROW_PX * min(len(rows), _MOST_ROWS),
        palette=palette,
        label=f"{plural(len(rows), 'step')}: a row shows it in the panel",
        cards_px=_CARDS_PX,
        on_open=on_choose,
    )


def _say_loops(
    found: Sequence[Step], calls: Mapping[str, Call], hashes: Mapping[str, str], on_choose: Callable[[str], None]
) -> None:
    """Of all steps, whatever page is shown: equal hashes are equal arguments."""
    known = {**calls, **{span_id: Call(hashed, None) for span_id, hashed in hashes.items()}}
    told = loops(found, known)
    again = scattered(found, known, told)
    shown = (*told[:_MOST_LOOPS], *again[:1])
    if not shown:
        return
    with st.container(key="loops_told", gap=None):
        for number, loop in enumerate(shown):
            _say_loop(loop, found, number, on_choose)
        if more := len(told) + len(again) - len(shown):
            st.caption(f"and {plural(more, 'other call')} that come back three times or more")


def _say_loop(loop: Loop, found: Sequence[Step], number: int, on_choose: Callable[[str], None]) -> None:
    first = found[loop.numbers[0] - 1]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"loop_told_{number}"):
        sentence = escape_markdown(loop_sentence(loop, len(found)))
        st.markdown(f":orange[:material/sync: **{sentence}**]", width="content")
        st.button(
            f"Show step {first.number:,}",
            type="tertiary",
            key=f"loop_first_{number}",
            on_click=_go_to,
            args=(first.span_id, on_choose),
        )


def _go_to(span_id: str, on_choose: Callable[[str], None]) -> None:
    """On the page of the list that has it."""
    state.change(page=Selection().page)
    on_choose(span_id)
