"""The menu of saved views: show one, save what is shown, rename, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from app import state
from app.format import cut, escape_markdown
from collector.errors import MsgtraceError
from collector.store.records import SavedView


class Changes(Protocol):
    """What the menu can do to views."""

    def save_view(self, name: str, params: str) -> str:
        """Returns the id of the new view."""

    def rename_view(self, view_id: str, name: str) -> None: ...

    def update_view(self, view_id: str, params: str) -> None: ...

    def delete_view(self, view_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What views are called on a page."""

    title: str = "Saved views"
    one: str = "view"
    empty: str = "A view keeps the search, the order and the period under a name, for everybody."
    example: str = "Slow answers"


REPORTS = Words(
    title="Saved reports",
    one="report",
    empty="A report keeps the time, the filters and the groups under a name, for everybody.",
    example="Our team, month by month",
)


def draw_saved_views(
    views: Sequence[SavedView], shown: str | None, params: str, changes: Changes, words: Words = Words()
) -> None:
    """shown: the id of the view in the URL. params: what a view would keep of what is shown now."""
    view = next((view for view in views if view.view_id == shown), None)
    label = escape_markdown(cut(view.name, 40)) if view else words.title
    with st.popover(label, icon=":material/bookmark:", key="saved_views"):
        for other in views:
            st.button(
                escape_markdown(cut(other.name, 60)),
                key=f"view_{other.view_id}",
                type="primary" if other is view else "tertiary",
                width="stretch",
                on_click=state.show_view,
                args=(other.params, other.view_id),
            )
        if not views:
            st.caption(words.empty)
        if view:
            _draw_shown(view, params, changes, words)
        _draw_save(params, changes, words)
        if fault := state.kept("view_fault"):
            st.error(escape_markdown(str(fault)), icon=":material/error:")


def _draw_shown(view: SavedView, params: str, changes: Changes, words: Words) -> None:
    st.divider()
    key = f"view_name_{view.view_id}"
    st.text_input(f"Name of this {words.one}", value=view.name, key=key, max_chars=80)

    def rename_it() -> None:
        _try(lambda: changes.rename_view(view.view_id, str(state.chosen(key) or "")))

    def update_it() -> None:
        _try(lambda: changes.update_view(view.view_id, params))

    def delete_it() -> None:
        _try(lambda: changes.delete_view(view.view_id))
        state.change(view=None)

    with st.container(horizontal=True, gap="xsmall"):
        st.button("Rename", key="view_rename", disabled=state.reads_only(), on_click=rename_it)
        if params != view.params:
            st.button(
                "Save changes",
                key="view_update",
                disabled=state.reads_only(),
                on_click=update_it,
                help="Keep what is shown now under this name.",
            )
        st.button(
            "Delete", icon=":material/delete:", key="view_delete", disabled=state.reads_only(), on_click=delete_it
        )


def _draw_save(params: str, changes: Changes, words: Words) -> None:
    st.divider()
    st.text_input("Save what is shown as", key="view_new_name", placeholder=words.example, max_chars=80)

    def save_it() -> None:
        name = str(state.chosen("view_new_name") or "")
        saved = _try(lambda: changes.save_view(name, params))
        if saved:
            state.change(view=saved)
            state.seed("view_new_name", "")

    st.button(f"Save {words.one}", type="primary", key="view_save", disabled=state.reads_only(), on_click=save_it)


def _try(change: Callable[[], object]) -> object:
    """What the change returns; its fault is kept for the next run to show."""
    state.keep("view_fault", None)
    try:
        return change()
    except MsgtraceError as error:
        state.keep("view_fault", str(error))
        return None
