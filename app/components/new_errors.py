"""One toast for errors that nobody has seen before."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from app import state
from app.format import cut, escape_markdown, plural
from collector.store.records import NewError


def announce_new_errors(errors: Sequence[NewError]) -> None:
    """At least one, the newest first."""
    newest = errors[0]
    if len(errors) == 1:
        name = escape_markdown(cut(newest.type or "Failed", 60))
        said = f"**New error: {name}**  \n{escape_markdown(cut(newest.message or '', 120))}"
        chosen = {"error": newest.fingerprint}
    else:
        said = f"**{plural(len(errors), 'new error')}**"
        chosen = {"error_state": "new"}
    link = f"[Open it](/errors?{urlencode(state.page_params(**chosen), doseq=True)})"
    st.toast(f"{said}  \n{link}", icon=":material/error:", duration="long")
