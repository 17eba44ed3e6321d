"""Text of any length that is not ours: to read, to copy and to keep. Only what is looked at is sent to the browser."""

from __future__ import annotations

import streamlit as st

from app.components.copy_button import copy_button
from app.format import count
from app.frames.span_facts import pages, pretty

FIRST_CHARACTERS = 2_000
"""Shown of a long text at first."""
PAGE_CHARACTERS = 20_000
_WHOLE_CHARACTERS = 2 * FIRST_CHARACTERS
"""A text up to here is shown at once: a switch for the last lines would be in the way."""


def long_text(text: str, key: str, look: str = "text") -> None:
    """Short texts at once, long ones opened and paged on demand. Code has a copy button of its own.

    look: one of `selection.LOOKS`. JSON is laid out in every look but markdown's source.
    """
    shown, language = _shown(text, look)
    if len(shown) <= _WHOLE_CHARACTERS:
        _code(shown, language, key)
        return
    size = f"{count(len(text))} characters"
    if not st.toggle(f"Show all, {size}", key=f"all_{key}"):
        _code(shown[:FIRST_CHARACTERS] + "…", language, key)
        return
    pieces = pages(shown, PAGE_CHARACTERS)
    page = st.pagination(len(pieces), key=f"page_{key}", max_visible_pages=5) if len(pieces) > 1 else 1
    _code(pieces[page - 1], language if len(pieces) == 1 else None, key)
    keep_all(text, key, size)


def keep_all(text: str, key: str, size: str) -> None:
    """All of a text that is shown in pieces, exactly as sent."""
    with st.container(horizontal=True, gap="xsmall", key=f"keep_{key}"):
        copy_button(lambda: text, key, help_text=f"All {size}, exactly as sent")
        st.download_button(
            f"Download, {size}",
            lambda: text,
            f"{key}.txt",
            "text/plain",
            key=f"save_{key}",
            icon=":material/download:",
            on_click="ignore",
        )


def _shown(text: str, look: str) -> tuple[str, str | None]:
    if look == "markdown":
        return text, "markdown"
    shown, is_json = pretty(text)
    return shown, "json" if is_json else None


def _code(text: str, language: str | None, key: str) -> None:
    """Plain text looks like text, not like a program: see the style sheet on `prose_`."""
    if language is None:
        with st.container(key=f"prose_{key}"):
            st.code(text, language=None, wrap_lines=True)
    else:
        st.code(text, language=language, wrap_lines=True)
