"""What the chosen span said in both runs, with the changed words marked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components.word_diff import word_diff
from app.format import escape_markdown, plural
from app.frames.compared_texts import ComparedText
from app.theme import Palette
from collector.store.records import SpanRecord


def draw_texts(
    where: str,
    changes: str,
    texts: Sequence[ComparedText],
    spans: Sequence[tuple[str, SpanRecord]],
    palette: Palette,
) -> None:
    """`where`: the span by step and name; `changes`: what is different; `spans`: those to open, by their side."""
    name = spans[-1][1].span_id
    with st.container(key=f"compared_{name}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            said = changes or "nothing but its figures differs"
            st.markdown(f"**{escape_markdown(where)}** :gray[:small[{escape_markdown(said)}]]", width="content")
            with st.container(horizontal=True, width="content", gap="small"):
                for side, span in spans:
                    st.page_link(
                        state.TRACE_PAGE,
                        label=f"Open in {side}",
                        icon=":material/open_in_new:",
                        query_params=state.trace_params(span.trace_id, span.span_id),
                    )
        for at in range(0, len(texts), 2):
            for column, text in zip(st.columns(min(2, len(texts)), gap=10), texts[at : at + 2], strict=False):
                key = f"{text.title.lower().replace(' ', '_')}_{name}"
                with column, st.container(border=True, key=f"text_{key}", gap="xsmall", height="stretch"):
                    st.markdown(f"**{escape_markdown(text.title)}** :gray[:small[{escape_markdown(text.note)}]]")
                    word_diff(text, f"diff_{key}", palette)


def draw_unread(unread: int) -> None:
    if unread:
        st.caption(f"What {plural(unread, 'span')} said was not compared: too much of it, or no longer kept.")
