"""The line above the tree: how many spans and failures there are, and the steps from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.format import plural
from collector.analysis.tree import Tree

_STYLE = "<style>.st-key-tree_bar button{min-height:30px;height:30px;padding:0 .6rem}</style>"


def tree_bar(tree: Tree, failed: Sequence[int], span_id: str | None, on_choose: Callable[[str], None]) -> None:
    """`failed` are positions in the tree, by time. `on_choose` is called with a span_id."""
    position = tree.index.get(span_id) if span_id is not None else None
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="tree_bar"):
        st.markdown(f"**Tree** :gray[{plural(len(tree.nodes), 'span')}]", width="content")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            if failed:
                _step("Next error", "error", "E", tree, _following(failed, position), on_choose)
            _step("Previous", "keyboard_arrow_up", "P", tree, _neighbour(tree, position, -1), on_choose)
            _step("Next", "keyboard_arrow_down", "N", tree, _neighbour(tree, position, 1), on_choose)


def _step(
    label: str, icon: str, shortcut: str, tree: Tree, target: int | None, on_choose: Callable[[str], None]
) -> None:
    span_id = None if target is None else tree.nodes[target].span.span_id
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"step_{icon}",
        shortcut=shortcut,
        disabled=span_id is None,
        on_click=on_choose,
        args=(span_id,),
    )


def _following(failed: Sequence[int], position: int | None) -> int:
    """The failure after the selected one, by time; from the last on to the first."""
    at = failed.index(position) if position in failed else -1
    return failed[(at + 1) % len(failed)]


def _neighbour(tree: Tree, position: int | None, step: int) -> int | None:
    if position is None:
        return None
    return position + step if 0 <= position + step < len(tree.nodes) else None
