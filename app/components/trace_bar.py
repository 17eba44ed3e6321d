"""The bar above the views of a trace: which view, how many failures, and what is looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app import state
from app.format import plural
from collector.analysis.study import Study
from collector.analysis.tree import Tree

_PARTLY = "There was no time to read more. Of the others, only the beginnings of what agents and workflows said."


def trace_bar(study: Study, span_id: str | None, on_choose: Callable[[str], None]) -> None:
    """How much there is, and the way from failure to failure. `on_choose` is called with a span_id."""
    tree = study.tree
    failed = f" · {plural(len(study.failed), 'failure')}" if study.failed else ""
    st.caption(f"{plural(len(tree.nodes), 'span')}{failed}", width="content")
    if study.failed:
        target = _next(tree, study.failed, span_id)
        _step("Next error", "error", "E", tree, target, on_choose)


def find_bar(
    tree: Tree,
    found: Sequence[str],
    searched: int | None,
    span_id: str | None,
    on_choose: Callable[[str], None],
) -> None:
    """The text to look for, and the way from one place to the next.

    found: span_ids in the order of the tree. searched: the spans that were read whole; None for all.
    """
    st.text_input(
        "Find in this trace",
        value=state.current().find,
        key=state.follow("find"),
        on_change=state.take,
        args=("find",),
        type="search",
        placeholder="Find in all that was said",
        help="In names, inputs, outputs, attributes, events and errors, without regard to capitals and accents.",
        label_visibility="collapsed",
    )
    if not state.current().find:
        return
    if searched is not None:
        st.caption(f"only the first {searched:,} spans whole", width="content", help=_PARTLY)
    if not found:
        st.caption("nothing found", width="content")
        return
    positions = [tree.index[at] for at in found]
    here = -1 if span_id is None else tree.index[span_id]
    number = f"{positions.index(here) + 1:,} of {len(found):,}" if here in positions else f"{len(found):,} found"
    st.caption(number, width="content")
    before = next((at for at in reversed(positions) if at < here), positions[-1])
    after = next((at for at in positions if at > here), positions[0])
    _step("Previous", "arrow_upward", None, tree, before, on_choose)
    _step("Next", "arrow_downward", None, tree, after, on_choose)


def _step(
    label: str, icon: str, shortcut: str | None, tree: Tree, target: int, on_choose: Callable[[str], None]
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"step_{icon}",
        type="secondary" if shortcut else "tertiary",
        shortcut=shortcut,
        on_click=on_choose,
        args=(tree.nodes[target].span.span_id,),
    )


def _next(tree: Tree, failed: Sequence[int], span_id: str | None) -> int:
    """The failure that starts after the selected span; from the last on to the first."""
    position = tree.index.get(span_id) if span_id is not None else None
    if position is None:
        return failed[0]
    here = (tree.nodes[position].start_ns, position)
    return next((at for at in failed if (tree.nodes[at].start_ns, at) > here), failed[0])
