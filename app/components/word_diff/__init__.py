"""Texts of two runs with the changed words marked, by colour, sign and line."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.frames.compared_texts import ComparedText
from app.theme import Palette

_FOLDER = Path(__file__).parent
_diff = st.components.v2.component(
    "msgtrace_word_diff",
    html='<div class="diff" tabindex="0" role="group" aria-label="Changed words"></div>',
    css=(_FOLDER / "word_diff.css").read_text(),
    js=(_FOLDER / "word_diff.js").read_text(),
)


def word_diff(text: ComparedText, key: str, palette: Palette) -> None:
    data = {
        "rows": [(label, [(passage.sign, passage.text) for passage in passages]) for label, passages in text.rows],
        "mono": text.is_code,
        "colours": {
            "muted": palette.muted,
            "grid": palette.axis,
            "inserted": palette.inserted[0],
            "inserted-ink": palette.inserted[1],
            "deleted": palette.deleted[0],
            "deleted-ink": palette.deleted[1],
        },
    }
    _diff(key=key, data=data)
