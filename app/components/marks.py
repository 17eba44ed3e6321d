"""What people and evaluators say of a trace or of a span: star, note, thumbs and scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from app import state
from app.format import cut, escape_markdown, plural
from app.frames.marks import score_text, thumb_of
from collector.store.records import Score, TraceNote

_SHOWN = 3
"""Scores that stand in the header; all of them stand behind the button."""
_SOURCES = {"api": "sent by a program", "event": "from the trace itself", "person": "given here"}
_THUMBS = {1: True, 0: False, None: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What a person can do. `span_id` None means the whole trace."""

    star: Callable[[bool], None]
    note: Callable[[str], None]
    thumb: Callable[[str | None, bool | None], None]
    """None takes the verdict back."""
    score: Callable[[str | None, str, float, str], None]
    """Name, value, comment."""
    remove: Callable[[str], None]
    """By the score's id."""
    refusal: str | None = None
    """Why the last of these could not be done."""


def trace_marks(note: TraceNote, scores: Sequence[Score], marking: Marking) -> None:
    """Beside the title of a trace. Every change is written at once."""
    own = [score for score in scores if score.span_id is None]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content", key="trace_marks"):
        star = "★ Starred" if note.is_starred else "☆ Star"
        st.button(
            star,
            key="star",
            type="tertiary",
            on_click=marking.star,
            args=(not note.is_starred,),
            disabled=state.reads_only(),
        )
        _thumbs("trace", None, own, marking)
        for score in [one for one in own if thumb_of([one]) is None][:_SHOWN]:
            st.badge(escape_markdown(score_text(score, 40)), color="gray")
        _note(note, marking)
        _scores("trace", None, own, len(scores) - len(own), marking)


def trace_note(note: TraceNote, marking: Marking) -> None:
    """Below the title: what somebody wrote, and why a mark could not be kept; nothing without either."""
    if note.note:
        with st.container(key="trace_note", horizontal=True, wrap=False, gap="xsmall"):
            st.markdown(":gray[:material/edit_note:]", width="content")
            st.text(note.note)
    if marking.refusal:
        st.error("**This could not be kept.** Try again in a moment.", icon=":material/cloud_off:")
        st.code(marking.refusal, language=None, wrap_lines=True)


def span_marks(span_id: str, scores: Sequence[Score], marking: Marking) -> None:
    """At the foot of a span's panel."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="span_marks"):
        _thumbs(span_id, span_id, scores, marking)
        for score in [one for one in scores if thumb_of([one]) is None][:_SHOWN]:
            st.badge(escape_markdown(score_text(score, 40)), color="gray")
        _scores(span_id, span_id, scores, 0, marking)


def _thumbs(name: str, span_id: str | None, scores: Sequence[Score], marking: Marking) -> None:
    given = thumb_of(scores)
    key = f"thumbs_{name}"
    state.seed(key, None if given is None else int(given))

    def take() -> None:
        marking.thumb(span_id, _THUMBS[state.value_of(key)])

    st.feedback("thumbs", key=key, disabled=state.reads_only(), on_change=take)


def _note(note: TraceNote, marking: Marking) -> None:
    label = "Note" if note.note else "Add a note"
    with st.popover(label, icon=":material/edit_note:", type="tertiary", key="note_popover"):
        st.text_area("Note", note.note or "", key="note_text", height=120, max_chars=10_000)
        st.button(
            "Save",
            key="note_save",
            disabled=state.reads_only(),
            type="primary",
            on_click=lambda: marking.note(str(state.value_of("note_text") or "")),
        )


def _scores(name: str, span_id: str | None, scores: Sequence[Score], elsewhere: int, marking: Marking) -> None:
    label = plural(len(scores), "score") if scores else "Score"
    with st.popover(
        label, icon=":material/rate_review:", type="tertiary", key=f"scores_{name}", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        for number, score in enumerate(scores):
            _score(score, f"{name}_{number}", marking)
        if elsewhere:
            st.caption(f"{plural(elsewhere, 'more', 'more')} on single spans: see their panels.")
        _form(name, span_id, marking)


def _score(score: Score, key: str, marking: Marking) -> None:
    with st.container(border=True, key=f"score_{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            source = _SOURCES.get(score.source, escape_markdown(cut(score.source, 40)))
            st.markdown(f"**{escape_markdown(score_text(score, 80))}** :gray[:small[{source}]]", width="content")
            if score.source == "person":
                st.button(
                    "Remove",
                    key=f"unscore_{key}",
                    type="tertiary",
                    on_click=marking.remove,
                    args=(score.id,),
                    disabled=state.reads_only(),
                )
        if score.comment:
            st.text(score.comment)


def _form(name: str, span_id: str | None, marking: Marking) -> None:
    keys = [f"{field}_{name}" for field in ("score_name", "score_value", "score_comment")]

    def add() -> None:
        said, value, comment = map(state.value_of, keys)
        if said and str(said).strip() and value is not None:
            marking.score(span_id, str(said), float(value), str(comment or ""))

    with st.form(f"score_form_{name}", border=False, clear_on_submit=True):
        st.text_input("Name", key=keys[0], max_chars=200, placeholder="such as helpful")
        st.number_input("Value", value=None, key=keys[1], placeholder="such as 0.8", step=None)
        st.text_input("Comment", key=keys[2], max_chars=10_000)
        st.form_submit_button("Add score", disabled=state.reads_only(), on_click=add)
